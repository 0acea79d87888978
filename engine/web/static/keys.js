/* Keys of lists: a table is walked like a sheet (one cell takes the focus, arrows move it), rows are picked by Space,
   opened by Enter. ? (help.js) presses the button that tells the keys of the screen; keys of one letter may be switched
   off in the person's menu. */
(() => {
  "use strict";
  const root = document.documentElement;
  const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);
  const wide = () => window.matchMedia("(min-width: 721px)").matches;
  const bodyOf = (table) => table.tBodies[0];
  const rowsOf = (table) => [...table.querySelectorAll("tbody > tr[id^='r-']")];
  const PAGE = 10;
  let current = null;

  /* ---- one cell of the table takes the focus ---- */
  function enliven() {
    for (const table of document.querySelectorAll("table[data-grid]")) {
      if (!wide() || !bodyOf(table)) continue;
      table.setAttribute("role", table.hasAttribute("data-tree") ? "treegrid" : "grid");
      const rows = rowsOf(table);
      for (const row of rows) {
        // Rows are entered by the arrows, so that Tab leads past the table instead of through it.
        for (const inner of row.querySelectorAll("a, input, button")) if (!inner.closest(".q-cell-edit")) inner.tabIndex = -1;
      }
      const known = current && current.isConnected && table.contains(current) ? current : null;
      const cell = known || rows[0]?.cells[rows[0].cells.length > 1 && rows[0].cells[0].classList.contains("q-pick") ? 1 : 0];
      if (cell && !table.querySelector("tbody td[tabindex='0']")) cell.tabIndex = 0;
    }
  }
  function focus(cell) {
    if (!cell) return;
    const table = cell.closest("table");
    for (const other of table.querySelectorAll("tbody td[tabindex='0']")) if (other !== cell) other.tabIndex = -1;
    cell.tabIndex = 0;
    current = cell;
    cell.focus({ preventScroll: false });
    reveal(cell);
  }
  // The head and the foot stay in place: a focused row never hides under them.
  function reveal(cell) {
    const wrap = cell.closest(".q-table-wrap");
    const table = cell.closest("table");
    if (!wrap || !wide()) return;
    const place = cell.getBoundingClientRect();
    const frame = wrap.getBoundingClientRect();
    const top = frame.top + (table.tHead?.offsetHeight || 0);
    const bottom = frame.bottom - (table.tFoot?.offsetHeight || 0);
    if (place.top < top) wrap.scrollTop -= top - place.top;
    else if (place.bottom > bottom) wrap.scrollTop += place.bottom - bottom;
  }

  function walk(event, cell) {
    const table = cell.closest("table");
    const rows = rowsOf(table);
    const row = cell.parentElement;
    const at = rows.indexOf(row);
    const ctrl = event.ctrlKey || event.metaKey;
    const column = cell.cellIndex;
    let next = null;
    switch (event.key) {
      case "ArrowDown": next = rows[at + 1]?.cells[column]; break;
      case "ArrowUp": next = rows[at - 1]?.cells[column]; break;
      case "ArrowRight": next = row.cells[column + 1]; break;
      case "ArrowLeft": next = row.cells[column - 1]; break;
      case "PageDown": next = rows[Math.min(at + PAGE, rows.length - 1)]?.cells[column]; break;
      case "PageUp": next = rows[Math.max(at - PAGE, 0)]?.cells[column]; break;
      case "Home": next = ctrl ? rows[0]?.cells[0] : row.cells[0]; break;
      case "End": next = ctrl ? rows[rows.length - 1]?.cells[row.cells.length - 1] : row.cells[row.cells.length - 1]; break;
      default: return false;
    }
    event.preventDefault();
    if (!next) return true;
    if (event.shiftKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) stretch(row, next.parentElement);
    focus(next);
    return true;
  }
  const boxOf = (row) => row.querySelector(".q-pick input");
  // Shift and an arrow pick the row that is left and the one that is entered.
  function stretch(from, to) {
    const registry = from.closest(".q-registry");
    for (const row of [from, to]) {
      const box = boxOf(row);
      if (box) window.qPick.set(box, true, registry);
    }
  }

  function act(event, cell) {
    const row = cell.parentElement;
    const registry = row.closest(".q-registry");
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      const link = row.querySelector("td.q-key a[href], td a[href]");
      if (event.ctrlKey || event.metaKey) window.open(link?.href, "_blank", "noopener");
      else if (cell.dataset.edit) window.qInline.open(cell);
      else link?.click();
    } else if (event.key === "F2") {
      event.preventDefault();
      const editable = cell.dataset.edit ? cell : row.querySelector("td[data-edit]");
      if (editable) window.qInline.open(editable);
    } else if (event.key === " ") {
      event.preventDefault();
      const box = boxOf(row);
      if (!box) return;
      if (event.shiftKey) {
        box.checked = true;
        window.qPick.range(box, registry);
        window.qPick.set(box, true, registry);
      } else window.qPick.toggle(box);
    } else if (event.key === "Escape" && registry.classList.contains("is-picking")) {
      event.preventDefault();
      event.stopPropagation();
      window.qPick.all(registry, false);
    } else if ((event.ctrlKey || event.metaKey) && event.code === "KeyA") {
      event.preventDefault();
      window.qPick.all(registry, true);
    }
  }

  /* ---- keys of the screen ---- */
  const single = () => root.dataset.singleKeys !== "off";
  function letters(event) {
    if (!single() || event.ctrlKey || event.metaKey || event.altKey || closest(event, "input, select, textarea, [contenteditable], dialog, .q-cell-edit, [role=gridcell] input, .q-grid")) return;
    if (event.key === "/") {
      const search = document.getElementById("quick");
      if (!search) return;
      event.preventDefault();
      search.focus();
      search.select?.();
    } else if (event.code === "KeyN" && !event.shiftKey) {
      const fresh = document.querySelector(".q-registry .q-head .btn-primary[href]");
      if (!fresh) return;
      event.preventDefault();
      fresh.click();
    }
  }
  const screen = () => (document.querySelector(".q-registry") ? "list" : document.querySelector("form[data-guard]") ? "form" : "card");
  async function help() {
    if (document.getElementById("keys")) return;
    const answer = await fetch(`/help?keys=${screen()}`, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    if (!answer.ok) return;
    const template = document.createElement("template");
    template.innerHTML = await answer.text();
    const dialog = template.content.querySelector("dialog");
    const back = document.activeElement;
    document.body.append(dialog);
    dialog.addEventListener("close", () => {
      dialog.remove();
      back?.focus?.();
    });
    dialog.showModal();
  }

  function pressed(event) {
    if (event.defaultPrevented || event.isComposing) return;
    const cell = closest(event, "table[data-grid] tbody td");
    if (cell && event.target === cell && wide()) {
      if (event.altKey) return;
      if (walk(event, cell)) return;
      act(event, cell);
      if (event.defaultPrevented) return;
    }
    letters(event);
  }

  document.addEventListener("keydown", pressed);
  document.addEventListener("focusin", (event) => {
    const cell = closest(event, "table[data-grid] tbody td");
    if (!cell || event.target !== cell) return;
    current = cell;
    reveal(cell);
  });
  // A click on a cell makes it the one that the arrows go on from; rows themselves are opened by app.js.
  document.addEventListener("pointerdown", (event) => {
    const cell = closest(event, "table[data-grid] tbody td");
    if (!cell || cell.classList.contains("q-cell-edit") || !wide()) return;
    for (const other of cell.closest("table").querySelectorAll("tbody td[tabindex='0']")) other.tabIndex = -1;
    cell.tabIndex = 0;
    current = cell;
  });
  document.addEventListener("click", (event) => {
    if (closest(event, "[data-keys-help]")) {
      event.preventDefault();
      help();
    }
    const close = closest(event, "[data-close-dialog]");
    if (close) close.closest("dialog")?.close();
  });
  document.addEventListener("htmx:after:swap", enliven);
  document.addEventListener("DOMContentLoaded", enliven);
  window.qCells = { focus };
})();
