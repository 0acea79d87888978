/* Changing one cell of a table where it stands: F2, Enter, a double click or the pencil open the field's own input; Enter
   saves and goes down, Tab saves and goes on, Escape leaves it as it was. A mistake and another's value stay in the cell.
   Without scripts the pencil is a link to the form. Keys between cells are in keys.js. */
(() => {
  "use strict";
  const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);
  const FIELDS = "input:not([type=hidden]):not([type=checkbox][hidden]), select, textarea, .ts-control input";
  const asking = { "HX-Request": "true", Accept: "text/html" };
  let saving = null;

  const cellsOf = (row) => [...row.cells];
  const tableOf = (cell) => cell.closest("table[data-list]");
  function address(cell, row) {
    const link = cell.closest("tr").querySelector("td.q-key a[href], td a[href]");
    const query = new URLSearchParams({ list: tableOf(cell).dataset.list });
    if (row) query.set("row", "1");
    return `${new URL(link.href).pathname}/cell/${cell.dataset.edit}?${query}`;
  }
  function parsed(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content;
  }
  const cellIn = (html) => parsed(`<table><tbody><tr>${html}</tr></tbody></table>`).querySelector("td");

  // The widgets of the page (searching lists) look for new inputs after a swap; this one is theirs too.
  const announce = (element) => element.dispatchEvent(new CustomEvent("htmx:after:swap", { bubbles: true }));

  async function open(cell, typed) {
    if (!cell?.dataset.edit || cell.classList.contains("q-cell-edit") || !tableOf(cell)) return false;
    await leave();
    let answer;
    try {
      answer = await fetch(address(cell), { headers: asking, credentials: "same-origin" });
    } catch {
      return false;
    }
    const html = await answer.text();
    if (!answer.ok || !cell.isConnected) {
      if (!answer.ok) tell(html);
      return false;
    }
    const before = cell.cloneNode(true);
    const fresh = cellIn(html);
    for (const name of ["aria-colindex", "tabindex"]) if (cell.hasAttribute(name)) fresh.setAttribute(name, cell.getAttribute(name));
    for (const kind of cell.classList) fresh.classList.add(kind);
    cell.replaceWith(fresh);
    fresh.qBefore = before;
    announce(fresh);
    focusIn(fresh, typed);
    return true;
  }

  function focusIn(cell, typed) {
    const field = cell.querySelector("[role=alert][tabindex]") || cell.querySelector(FIELDS);
    const select = cell.querySelector("select");
    if (select?.tomselect && !cell.querySelector(".q-cell-both")) {
      select.tomselect.focus();
      return;
    }
    if (!field) return;
    field.focus();
    if (typed !== undefined && field.matches("input[type=text], input:not([type]), textarea")) field.value = typed;
    else if (field.select && field.type !== "checkbox") field.select();
  }

  function close(cell) {
    if (!cell?.qBefore || !cell.isConnected) return null;
    const before = cell.qBefore;
    cell.replaceWith(before);
    return before;
  }

  /* Save what is typed. `way`: where to go afterwards (down, right, left), nothing for staying. */
  async function save(cell, way) {
    if (!cell || saving) return false;
    const form = cell.querySelector("form");
    const data = new URLSearchParams(new FormData(form));
    const place = { row: cell.closest("tr"), at: cell.cellIndex };
    cell.classList.add("is-saving");
    saving = fetch(form.action, { method: "POST", body: data, headers: asking, credentials: "same-origin" });
    let answer;
    let html = "";
    try {
      answer = await saving;
      html = await answer.text();
    } catch {
      answer = null;
    }
    saving = null;
    if (!cell.isConnected) return false;
    cell.classList.remove("is-saving");
    if (!answer) {
      cell.classList.add("has-error");
      return false;
    }
    if (answer.ok) {
      const row = replaceRow(place.row, html);
      if (row && way) go(row, place.at, way);
      return true;
    }
    if (answer.status === 422 || answer.status === 409) {
      const again = cellIn(html);
      if (again) {
        again.qBefore = cell.qBefore;
        cell.replaceWith(again);
        announce(again);
        focusIn(again);
        return false;
      }
    }
    tell(html);
    return false;
  }

  function replaceRow(old, html) {
    const content = parsed(`<table>${html}</table>`);
    const row = content.querySelector("tbody > tr");
    const foot = content.querySelector("tfoot");
    const table = old.closest("table");
    const picked = old.querySelector(".q-pick input")?.checked;
    if (foot && table.tFoot) table.tFoot.replaceWith(foot);
    if (!row) {
      old.remove();
      return null;
    }
    const box = row.querySelector(".q-pick input");
    if (box && picked) box.checked = true;
    row.classList.add("is-fresh");
    old.replaceWith(row);
    announce(row);
    return row;
  }

  function go(row, at, way) {
    let next = row.cells[at];
    if (way === "down") next = row.nextElementSibling?.cells[at] || row.cells[at];
    else {
      const step = way === "left" ? -1 : 1;
      let place = at + step;
      while (row.cells[place] && !row.cells[place].dataset.edit) place += step;
      if (row.cells[place]) {
        open(row.cells[place]);
        return;
      }
    }
    window.qCells?.focus(next);
  }

  const opened = () => document.querySelector("td.q-cell-edit");

  // Another cell is opened or the focus goes elsewhere: what was typed is saved, what was not changed is put back.
  async function leave() {
    const cell = opened();
    if (!cell) return;
    if (changed(cell)) await save(cell);
    else close(cell);
  }
  function changed(cell) {
    const form = cell.querySelector("form");
    const was = form.elements._was.value;
    const now = new FormData(form).getAll(cell.dataset.edit).map(String);
    return (now.length > 1 ? now.join(" ") : now[0] || "") !== was;
  }

  function tell(html) {
    const notices = document.getElementById("notices");
    if (notices) notices.innerHTML = html;
  }

  function pressed(event) {
    const cell = closest(event, "td.q-cell-edit");
    if (!cell || event.isComposing) return;
    const list = closest(event, ".ts-wrapper.dropdown-active");
    if (event.key === "Escape" && !list) {
      event.preventDefault();
      event.stopPropagation();
      window.qCells?.focus(close(cell));
    } else if (event.key === "Enter" && !event.shiftKey && !closest(event, "button") && !(list && list.querySelector(".option.active"))) {
      if (closest(event, "textarea") && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      save(cell, "down");
    } else if (event.key === "Tab" && !closest(event, ".q-cell-both")) {
      const way = event.shiftKey ? "left" : "right";
      event.preventDefault();
      event.stopPropagation();
      if (changed(cell)) save(cell, way);
      else {
        const back = close(cell);
        if (back) go(back.closest("tr"), back.cellIndex, way);
      }
    }
  }

  async function clicked(event) {
    const pencil = closest(event, ".q-pencil");
    if (pencil && tableOf(pencil) && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      open(pencil.closest("td"));
      return;
    }
    if (closest(event, "[data-cell-cancel]")) window.qCells?.focus(close(closest(event, "td.q-cell-edit")));
    const theirs = closest(event, "[data-cell-theirs]");
    if (theirs) {
      const cell = closest(event, "td.q-cell-edit");
      const row = cell.closest("tr");
      const at = cell.cellIndex;
      const answer = await fetch(address(cell, true), { headers: asking, credentials: "same-origin" });
      if (!answer.ok) return;
      const fresh = replaceRow(row, await answer.text());
      if (fresh) window.qCells?.focus(fresh.cells[at]);
    }
  }

  document.addEventListener("keydown", pressed, true);
  document.addEventListener("click", clicked);
  document.addEventListener("dblclick", (event) => {
    const cell = closest(event, "td[data-edit]");
    if (!cell || cell.classList.contains("q-cell-edit")) return;
    event.preventDefault();
    window.getSelection()?.removeAllRanges();
    open(cell);
  });
  document.addEventListener("submit", (event) => {
    const cell = closest(event, "td.q-cell-edit");
    if (!cell) return;
    event.preventDefault();
    save(cell, "down");
  });
  document.addEventListener("pointerdown", (event) => {
    const cell = opened();
    if (cell && !cell.contains(event.target) && !closest(event, ".ts-dropdown")) leave();
  });
  window.qInline = { open, isOpen: () => Boolean(opened()) };
})();
