/* Rows as a sheet: keys walk, add, move, fill; a block of the clipboard is spread; a row is dragged; Ctrl+Z takes it back.
   Every change is asked of the server, through the hidden button `data-row-proxy`: without scripts the buttons do it. */
(() => {
  "use strict";
  const FIELDS = "input:not([type=hidden]), select, textarea";
  const KEPT = 20; // steps that can be taken back
  const ROW_BUTTONS = "[name=_up], [name=_down], [name=_copy], [name=_remove], [name=_back]";
  const within = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);
  const proxy = () => document.querySelector("[data-row-proxy]");
  const formOf = () => proxy()?.form;

  /* ---- places: a row is a <tbody>, its cells stand in its first <tr> ---- */
  const rowOf = (element) => element.closest("tbody.q-row");
  const cellOf = (element) => {
    const cell = element.closest("td");
    return cell && cell.parentElement === rowOf(element)?.rows[0] ? cell : null;
  };
  const rowsOf = (row) => [...row.parentElement.tBodies];
  const cellsOf = (row) => [...row.rows[0].cells];
  const fieldIn = (cell) => cell?.querySelector(FIELDS) || null;
  const nameIn = (cell) => fieldIn(cell)?.name || "";
  function focusField(place) {
    const field = fieldIn(place);
    if (!field) return false;
    if (field.tomselect) field.tomselect.focus();
    else {
      field.focus();
      if (field.select && field.type !== "checkbox") field.select();
    }
    return true;
  }
  function focusRow(row, column) {
    const cells = cellsOf(row);
    const wanted = cells.find((cell) => nameIn(cell) === `${row.id}-${column}`);
    if (wanted && focusField(wanted)) return;
    for (const cell of cells) if (!cell.matches(".q-row-number, .q-row-tools") && focusField(cell)) return;
  }

  /* ---- what the server is asked for ---- */
  let past = []; // forms as they were before each change of their rows
  let typedSince = false;
  let placeBefore = "";
  let pasting = false;
  let sentAt = 0;
  let typedAt = 0;
  const entriesOf = (form) => [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !name.startsWith("_block-") && name !== "csrf_token");
  function remember(form) {
    const here = document.activeElement;
    past.push({ entries: entriesOf(form), place: here?.closest("[id]")?.id || "" });
    if (past.length > KEPT) past.shift();
    typedSince = false;
    leave();
  }
  // What has the focus keeps its text when the form is drawn again: here the new text is meant.
  function leave() {
    const here = document.activeElement;
    if (here instanceof HTMLElement && rowOf(here)) here.blur();
    sentAt = Date.now();
  }
  function send(name, value) {
    const button = proxy();
    if (!button) return;
    remember(button.form);
    button.form.dataset.dirty = "yes";
    button.name = name;
    button.value = value;
    button.click();
    button.removeAttribute("name");
  }
  function undo() {
    const button = proxy();
    if (!button || !past.length) return false;
    leave();
    button.form.dataset.dirty = "yes";
    button.name = "_undo";
    button.value = "1";
    button.click();
    button.removeAttribute("name");
    return true;
  }

  // A preview that starts while rows are being changed knows nothing of the change, and would take it away again.
  let asked = 0;
  let previewWaits = false;
  const asksForRows = (source) => Boolean(source && source.matches("[data-row-proxy], [name=_add], [name=_paste], [name=_fill]"));
  function configure(event) {
    const { sourceElement: source, request } = event.detail.ctx;
    if (!asksForRows(source) && source.id !== "fields") return;
    const body = request.body;
    // Files wait for the save: nothing that is typed depends on them.
    for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
    if (!asksForRows(source)) {
      if (asked) {
        previewWaits = typedAt > sentAt; // what was typed before went along with the change
        event.preventDefault();
      }
      return;
    }
    asked += 1;
    pasting = source.name === "_paste" || body.has("_paste");
    if (!source.matches("[data-row-proxy]")) remember(source.form);
    if (body.has("_undo")) {
      const token = body.get("csrf_token");
      for (const name of new Set(body.keys())) body.delete(name);
      const before = past.pop();
      placeBefore = before.place;
      for (const [name, value] of before.entries) body.append(name, value);
      if (token) body.append("csrf_token", token);
    }
  }
  function finished(event) {
    if (!asksForRows(event.detail.ctx.sourceElement)) return;
    asked = Math.max(0, asked - 1);
    if (asked || !previewWaits) return;
    previewWaits = false;
    document.getElementById("fields")?.dispatchEvent(new Event("change"));
  }
  function swapped() {
    if (pasting) {
      pasting = false;
      // The box shows what the server left in it: nothing, or the block that was refused.
      for (const box of document.querySelectorAll(".q-paste textarea")) box.value = box.defaultValue;
      document.querySelector(".q-paste .q-error")?.closest(".q-paste").querySelector("textarea").focus();
    }
    const fresh = document.querySelector("tbody[data-focus]");
    if (fresh) {
      const column = fresh.dataset.focus;
      fresh.removeAttribute("data-focus");
      const wrong = fresh.closest("[data-rows]").querySelector(".q-rows-said a");
      const cell = wrong && document.getElementById(wrong.hash.slice(1))?.closest("td");
      if (!cell || !focusField(cell)) focusRow(fresh, column);
    } else if (placeBefore) {
      const place = document.getElementById(placeBefore);
      const cell = place && cellOf(place);
      if (!cell || !focusField(cell)) place?.focus();
    }
    placeBefore = "";
    prepare();
  }

  /* ---- a picked stretch of one column ---- */
  let anchor = null;
  function pick(from, to) {
    unpick();
    const rows = rowsOf(rowOf(from)), column = from.cellIndex;
    const [first, last] = [rows.indexOf(rowOf(from)), rows.indexOf(rowOf(to))].sort((a, b) => a - b);
    for (const row of rows.slice(first, last + 1)) cellsOf(row)[column]?.classList.add("is-picked");
    anchor = from;
  }
  function unpick() {
    for (const cell of document.querySelectorAll(".q-rows-table td.is-picked")) cell.classList.remove("is-picked");
    anchor = null;
  }
  function fillDown(cell) {
    const picked = [...rowOf(cell).parentElement.querySelectorAll("td.is-picked")];
    if (picked.length > 1) send("_fill", `${nameIn(picked[0])}:${picked.length - 1}`);
    else {
      const above = rowsOf(rowOf(cell))[rowsOf(rowOf(cell)).indexOf(rowOf(cell)) - 1];
      const name = above && nameIn(cellsOf(above)[cell.cellIndex]);
      if (name) send("_fill", `${name}:1`);
    }
  }

  /* ---- keys ---- */
  const isOpen = (field) => Boolean(field.closest(".ts-wrapper.dropdown-active"));
  function walk(cell, step, grow) {
    const rows = rowsOf(rowOf(cell)), next = rows[rows.indexOf(rowOf(cell)) + step];
    if (next) focusField(cellsOf(next)[cell.cellIndex]) || focusRow(next, "");
    else if (grow) cell.closest("[data-rows]").querySelector("[data-row-add]")?.click();
    return Boolean(next) || grow;
  }
  function sideways(cell, step) {
    const cells = cellsOf(rowOf(cell));
    for (let at = cells.indexOf(cell) + step; at > 0 && at < cells.length; at += step) {
      if (cells[at].matches(".q-row-tools")) {
        cells[at].querySelector("button")?.focus();
        return true;
      }
      if (focusField(cells[at])) return true;
    }
    return false;
  }
  function atEdge(field, step) {
    if (!field.matches("input:not([type=checkbox], [type=radio], [type=date], [type=time], [type=datetime-local])")) return false;
    if (field.closest(".ts-wrapper") && field.value === "") return !isOpen(field);
    const { selectionStart: start, selectionEnd: end, value } = field;
    if (start === 0 && end === value.length) return true;
    return start === end && end === (step > 0 ? value.length : 0);
  }
  const KEYS = [
    [(e) => e.altKey && !e.ctrlKey && (e.key === "ArrowUp" || e.key === "ArrowDown"), (e, cell, row) => send(e.key === "ArrowUp" ? "_up" : "_down", nameIn(cell) || row.id)],
    [(e) => e.key === "Insert" || ((e.ctrlKey || e.metaKey) && (e.code === "NumpadAdd" || e.key === "+" || e.code === "Equal")), (e, cell, row) => send("_add", row.id)],
    [(e) => (e.ctrlKey || e.metaKey) && (e.code === "NumpadSubtract" || e.code === "Minus" || e.key === "Delete"), (e, cell, row) => send("_remove", nameIn(cell) || row.id)],
    [(e) => e.key === "F9" && !e.ctrlKey && !e.altKey, (e, cell, row) => send("_copy", nameIn(cell) || row.id)],
    [(e) => (e.ctrlKey || e.metaKey) && !e.shiftKey && e.code === "KeyD", (e, cell) => fillDown(cell)],
  ];
  function keys(event) {
    if (event.isComposing || event.defaultPrevented) return;
    const field = event.target;
    const row = field instanceof Element && rowOf(field);
    if (field instanceof Element && !row && field.matches("[data-rows]") && event.key === "Insert") {
      event.preventDefault();
      field.querySelector("[data-row-add]")?.click();
    }
    if (!row || !row.closest("[data-rows]").querySelector("[data-row-add]")) return;
    const cell = cellOf(field);
    if (!cell) return;
    const done = KEYS.find(([fits]) => fits(event));
    if (done) {
      event.preventDefault();
      event.stopPropagation();
      done[1](event, cell, row);
    } else if (moves(event, field, cell)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }
  function moves(event, field, cell) {
    const up = event.key === "ArrowUp", down = event.key === "ArrowDown";
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key === "Escape") {
      if (isOpen(field)) return false;
      if (anchor) unpick();
      else cell.closest("[data-rows]").focus();
      return true;
    }
    if (event.shiftKey && (up || down) && !isOpen(field) && !field.matches("textarea")) {
      const from = anchor?.isConnected ? anchor : cell;
      if (walk(cell, up ? -1 : 1, false)) pick(from, cellOf(document.activeElement) || cell);
      return true;
    }
    if (event.shiftKey) return false;
    if (anchor && (up || down || event.key === "Enter")) unpick();
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const step = event.key === "ArrowLeft" ? -1 : 1;
      const tool = field.closest(".q-row-tools") && (step < 0 ? field.previousElementSibling : field.nextElementSibling);
      if (tool) tool.focus();
      return tool ? true : (field.matches("button, [type=checkbox]") || atEdge(field, step)) && sideways(cell, step);
    }
    // Lists, dates and long texts need these keys themselves.
    if (event.key === "Enter") return !field.matches("textarea, button") && !isOpen(field) && walk(cell, 1, true);
    if (!up && !down) return false;
    if (field.matches("textarea, select, [type=date], [type=time], [type=datetime-local], [type=radio]") || field.closest(".ts-wrapper")) return false;
    return walk(cell, up ? -1 : 1, false);
  }
  function takeBack(event) {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.code !== "KeyZ") return;
    const here = event.target instanceof Element && event.target.closest("[data-rows], #record");
    if (!here || !past.length || typedSince) return;
    event.preventDefault();
    undo();
  }

  /* ---- the clipboard ---- */
  function pasted(event) {
    const cell = event.target instanceof Element && rowOf(event.target) && cellOf(event.target);
    const name = cell && nameIn(cell);
    if (!name || event.target.type === "file") return;
    const text = blockOf(event.clipboardData);
    const many = /[\t\n]/.test(text.replace(/\r?\n$/, ""));
    const takesText = event.target.matches("textarea, input:not([type=date], [type=time], [type=datetime-local])");
    if (!text || (!many && takesText) || (takesText && event.target.matches("textarea") && !text.includes("\t"))) return;
    const box = document.getElementsByName(`_block-${name.replace(/-\d+-[^-]+$/, "")}`)[0];
    if (!box) return;
    event.preventDefault();
    box.value = text;
    send("_paste", name);
  }
  // Spreadsheets leave lines and tabs; a table of a web page or of a text may only be there as HTML.
  function blockOf(data) {
    const plain = data.getData("text/plain");
    if (plain.includes("\t") || !data.types.includes("text/html")) return plain;
    const table = new DOMParser().parseFromString(data.getData("text/html"), "text/html").querySelector("table");
    if (!table) return plain;
    const quoted = (text) => (/[\t\n"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    return [...table.rows].map((row) => [...row.cells].flatMap((cell) => [quoted(cell.textContent.trim()), ...Array(Math.min(cell.colSpan, 50) - 1).fill("")]).join("\t")).join("\n");
  }

  /* ---- dragging; its twins are the two arrows of every row ---- */
  function prepare() {
    for (const button of document.querySelectorAll(".q-row-tools button:not([tabindex])")) button.tabIndex = -1; // the arrows lead there
    for (const button of document.querySelectorAll("[data-rows-undo]")) button.hidden = !past.length;
    if (typeof window.Sortable === "undefined") return;
    for (const table of document.querySelectorAll("[data-rows] table:has(> tbody > tr > .q-row-tools):not([data-sorts])")) {
      table.dataset.sorts = "yes";
      window.Sortable.create(table, {
        draggable: "tbody.q-row", handle: ".q-row-grip", animation: 120, fallbackTolerance: 4, ghostClass: "is-dragged",
        onEnd: (event) => {
          if (event.oldDraggableIndex === event.newDraggableIndex) return;
          const { item } = event;
          const rows = rowsOf(item);
          // The server moves it: the page first gets its old order back.
          table.insertBefore(item, rows.filter((row) => row !== item)[event.oldDraggableIndex] || table.tFoot);
          send("_move", `${item.id}:${event.newDraggableIndex}`);
        },
      });
    }
  }

  /* ---- wiring ---- */
  document.addEventListener("keydown", keys, true);
  document.addEventListener("keydown", takeBack);
  document.addEventListener("paste", pasted, true);
  document.addEventListener("change", (event) => { // the box of a block waits for its button
    if (within(event, ".q-paste textarea")) event.stopPropagation();
  }, true);
  document.addEventListener("input", () => {
    typedSince = true;
    typedAt = Date.now();
  });
  document.addEventListener("focusin", (event) => {
    if (anchor && cellOf(event.target instanceof Element ? event.target : document.body)?.cellIndex !== anchor.cellIndex) unpick();
  });
  document.addEventListener("click", (event) => {
    const button = within(event, ROW_BUTTONS);
    if (button && formOf() === button.form) {
      event.preventDefault();
      send(button.name, button.value);
    }
    if (within(event, "[data-rows-undo]")) undo();
  });
  document.addEventListener("htmx:config:request", configure);
  document.addEventListener("htmx:finally:request", finished);
  document.addEventListener("htmx:after:swap", swapped);
  document.addEventListener("DOMContentLoaded", prepare);
})();
