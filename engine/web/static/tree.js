/* Trees: a branch opens and closes where it stands; a row is moved by dragging it onto another, by Alt with an arrow (in
   below the row before it, out to the level above), or on the page behind its button. Branches that are open stay open. */
(() => {
  "use strict";
  const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);
  const treeOf = (element) => element.closest("table[data-tree]");
  const levelOf = (row) => Number(row.dataset.level || 0);
  const idOf = (row) => row.id.slice(2);
  let focusAfter = null;
  let dragged = null;

  function insideOf(row) {
    const found = [];
    let next = row.nextElementSibling;
    while (next && levelOf(next) > levelOf(row)) {
      found.push(next);
      next = next.nextElementSibling;
    }
    return found;
  }
  function parentOf(row) {
    let before = row.previousElementSibling;
    while (before && levelOf(before) >= levelOf(row)) before = before.previousElementSibling;
    return before;
  }
  // The row before this one on the same level: below it is where Alt+Right puts a row.
  function siblingBefore(row) {
    let before = row.previousElementSibling;
    while (before && levelOf(before) > levelOf(row)) before = before.previousElementSibling;
    return before && levelOf(before) === levelOf(row) ? before : null;
  }

  async function twist(button, open) {
    const row = button.closest("tr");
    const isOpen = button.getAttribute("aria-expanded") === "true";
    if (isOpen === open) return;
    if (isOpen) {
      for (const inner of insideOf(row)) inner.remove();
      button.setAttribute("aria-expanded", "false");
      return;
    }
    button.setAttribute("aria-expanded", "true");
    const answer = await fetch(button.dataset.twist, { headers: { "HX-Request": "true" }, credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok || !row.isConnected) {
      button.setAttribute("aria-expanded", "false");
      return;
    }
    const template = document.createElement("template");
    template.innerHTML = `<table>${await answer.text()}</table>`;
    row.after(...template.content.querySelectorAll("tbody > tr"));
    row.dispatchEvent(new CustomEvent("htmx:after:swap", { bubbles: true }));
  }

  const opened = (table) => [...table.querySelectorAll("[data-twist][aria-expanded=true]")].map((button) => idOf(button.closest("tr")));
  function token() {
    const headers = document.body.getAttribute("hx-headers:inherited");
    return headers ? JSON.parse(headers)["X-CSRFToken"] : "";
  }
  async function place(row, parent) {
    const table = treeOf(row);
    if (!table || !table.hasAttribute("data-moves")) return;
    const open = opened(table);
    if (parent) open.push(parent);
    focusAfter = row.id;
    await window.htmx.ajax("POST", `${table.dataset.place}/${idOf(row)}/place`, {
      source: document.getElementById("registry"), target: "#registry", swap: "outerMorph",
      values: { parent: parent || "", version: row.dataset.version, list: table.dataset.list, open: [...new Set(open)].join(","), csrf_token: token() },
    });
  }

  function pressed(event) {
    const cell = closest(event, "table[data-tree] tbody td");
    if (!cell || event.target !== cell || event.isComposing) return;
    const row = cell.parentElement;
    const button = row.querySelector("[data-twist]");
    if (event.altKey && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
      event.preventDefault();
      event.stopPropagation();
      if (event.key === "ArrowRight") {
        const before = siblingBefore(row);
        if (before) place(row, idOf(before));
      } else {
        const above = parentOf(row);
        if (above) place(row, parentOf(above) ? idOf(parentOf(above)) : "");
      }
      return;
    }
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || !cell.classList.contains("q-key") || !button) return;
    if (event.key === "ArrowRight" && button.getAttribute("aria-expanded") === "false") {
      event.preventDefault();
      event.stopPropagation();
      twist(button, true);
    } else if (event.key === "ArrowLeft" && button.getAttribute("aria-expanded") === "true") {
      event.preventDefault();
      event.stopPropagation();
      twist(button, false);
    }
  }

  document.addEventListener("click", (event) => {
    const button = closest(event, "[data-twist]");
    if (!button || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    twist(button, button.getAttribute("aria-expanded") !== "true");
  }, true);
  document.addEventListener("keydown", pressed, true);

  /* ---- dragging a row onto another ---- */
  function enliven() {
    for (const row of document.querySelectorAll("table[data-tree][data-moves] tbody > tr[id]")) row.draggable = true;
  }
  document.addEventListener("dragstart", (event) => {
    const row = closest(event, "table[data-tree] tbody > tr");
    if (!row) return;
    dragged = row;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", row.querySelector("td.q-key a:not(.q-twist)")?.textContent || "");
  });
  const under = (event) => {
    const row = dragged && closest(event, "table[data-tree] tbody > tr[id]");
    return row && row !== dragged && treeOf(row) === treeOf(dragged) && !insideOf(dragged).includes(row) ? row : null;
  };
  function clear() {
    for (const row of document.querySelectorAll("tr.is-target")) row.classList.remove("is-target");
  }
  document.addEventListener("dragover", (event) => {
    const row = under(event);
    clear();
    if (!row) return;
    event.preventDefault();
    row.classList.add("is-target");
  });
  document.addEventListener("drop", (event) => {
    const row = under(event);
    clear();
    if (!row) return;
    event.preventDefault();
    place(dragged, idOf(row));
  });
  document.addEventListener("dragend", () => {
    dragged = null;
    clear();
  });

  document.addEventListener("DOMContentLoaded", enliven);
  document.addEventListener("htmx:after:swap", () => {
    enliven();
    if (!focusAfter) return;
    const row = document.getElementById(focusAfter);
    focusAfter = null;
    const cell = row?.querySelector("td.q-key");
    if (cell) window.qCells?.focus(cell);
    const notice = document.querySelector("#notices .q-notice > span");
    const said = document.querySelector("[data-tree-said]");
    if (said && notice) said.textContent = notice.textContent.trim();
  });
})();
