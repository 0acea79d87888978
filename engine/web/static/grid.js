/* The table of a grid: the focus, arrows, keys of marks, typing. Cells are sent by grid-queue.js; what may be written is
   judged by the server, which says the reason. Blocks are in grid-blocks.js, menus and the pop-up in grid-menus.js.
   Without scripts the table is read, and its heads lead to ordinary forms. */
(() => {
  "use strict";
  const grid = window.qurastyrGrid;
  const table = document.getElementById("grid");
  if (!grid || !table) return;
  const { settings, said, say } = grid;
  const wrap = table.closest("[data-grid-wrap]");
  const tools = document.querySelector("[data-grid-tools]");
  const heads = [...table.tHead.rows[0].cells].filter((cell) => cell.dataset.k !== undefined);
  const rows = [...table.tBodies[0].rows];
  const first = heads.length ? heads[0].cellIndex : 0;
  const names = rows.map((row) => row.querySelector("th"));
  const HEAD = -1; // the row of heads, and the column of names
  const undo = [];
  const sheet = (grid.sheet = { table, wrap, tools, heads, rows, undo });
  const here = { r: 0, c: 0, r2: 0, c2: 0 }; // the cell with the focus, and the other end of the block
  let leaving = false;
  let editor = null;

  const at = (r, c) => (r === HEAD ? heads[c] : c === HEAD ? names[r] : rows[r]?.cells[first + c]);
  const placeOf = (cell) => ({ r: rows.indexOf(cell.parentElement), c: cell.cellIndex - first });
  const isCell = (cell) => cell && cell.tagName === "TD" && placeOf(cell).c >= 0 && placeOf(cell).c < heads.length;
  const clamp = (n, least, most) => Math.max(least, Math.min(most, n));

  /* ---- what a cell says to those who hear it ---- */
  function reasonOf(cell) {
    const mark = cell.dataset.l;
    return mark === undefined ? "" : settings.reasons[Number(mark.replace("x", ""))][0];
  }
  function describe(cell) {
    const key = settings.keys.find((one) => one.text === cell.textContent);
    const parts = [cell.textContent ? cell.title || key?.title || cell.textContent : settings.blank || said("empty")];
    if (cell.dataset.l !== undefined) parts.push(`${said("locked")}: ${reasonOf(cell)}`);
    if (cell.dataset.q === "conflict") parts.push(said("conflict"));
    if (cell.dataset.q === "bad") parts.push(cell.dataset.why);
    return parts.join(". ");
  }

  /* ---- the focus and the block ---- */
  function go(r, c, extend = false) {
    const before = table.querySelector("[tabindex='0']");
    if (before) before.tabIndex = -1;
    Object.assign(here, { r, c });
    if (!extend) Object.assign(here, { r2: r, c2: c });
    const cell = at(r, c);
    cell.tabIndex = 0;
    if (isCell(cell)) cell.setAttribute("aria-label", describe(cell));
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
    paint();
    if (cell.dataset.q !== "conflict") sheet.closeConflict();
  }
  function block() {
    const [top, bottom] = [here.r, here.r2].sort((a, b) => a - b);
    const [left, right] = [here.c, here.c2].sort((a, b) => a - b);
    return { top: Math.max(top, 0), bottom, left: Math.max(left, 0), right };
  }
  function* places(area = block()) {
    for (let r = area.top; r <= area.bottom; r += 1) for (let c = area.left; c <= area.right; c += 1) yield [r, c];
  }
  function paint() {
    for (const cell of table.querySelectorAll("td[aria-selected]")) cell.removeAttribute("aria-selected");
    if (here.r < 0 || here.c < 0) return;
    for (const [r, c] of places()) at(r, c).setAttribute("aria-selected", "true");
  }
  // One step may lead to the heads and names; a page or a jump to the end stays among the cells.
  const moved = (n, by, last, least, far) =>
    far && by ? (by < 0 ? 0 : last) : clamp(n + by, Math.abs(by) > 1 ? 0 : least, last);
  function step(dr, dc, extend = false, far = false) {
    const least = extend ? 0 : HEAD;
    go(moved(here.r, dr, rows.length - 1, least, far), moved(here.c, dc, heads.length - 1, least, far), extend);
  }
  function onward() {
    const down = tools?.dataset.direction !== "right";
    const area = block();
    if (area.top !== area.bottom || area.left !== area.right) return;
    if (down && here.r < rows.length - 1) go(here.r + 1, here.c);
    else if (!down && here.c < heads.length - 1) go(here.r, here.c + 1);
    else go(here.r, here.c);
  }

  /* ---- writing ---- */
  const isLocked = (cell) => cell.dataset.l !== undefined || !settings.writable;
  // Put texts into cells: [[r, c, text]]. What was there can be taken back in one go.
  function put(changes, remember = true) {
    const done = [];
    let locked = null;
    for (const [r, c, text] of changes) {
      const cell = at(r, c);
      if (isLocked(cell)) {
        locked = locked || cell;
        continue;
      }
      if (cell.textContent === text && !cell.dataset.q) continue;
      done.push([r, c, cell.textContent]);
      write(cell, text);
    }
    if (done.length && remember) undo.push(done);
    if (locked && !done.length) refuse(locked, reasonOf(locked) || said("locked"));
    return done.length;
  }
  function write(cell, text) {
    const { r, c } = placeOf(cell);
    const was = cell.dataset.was ?? cell.textContent;
    cell.dataset.was = was;
    draw(cell, { text, colour: settings.keys.find((one) => one.text === text && text)?.colour });
    cell.dataset.q = "wait";
    grid.add({ row: rows[r].dataset.k, column: heads[c].dataset.k, text, was, seen: cell.dataset.s || "" });
  }
  function draw(cell, { text, whole = "", colour = "", seen, more }) {
    cell.textContent = text;
    cell.title = whole && whole !== text ? whole : "";
    if (!cell.title) cell.removeAttribute("title");
    mark(cell, "m", colour);
    if (seen !== undefined) mark(cell, "s", seen);
    if (more !== undefined) mark(cell, "n", more ? "y" : "");
  }
  function mark(cell, name, value) {
    if (value) cell.dataset[name] = value;
    else delete cell.dataset[name];
  }
  function refuse(cell, reason) {
    say(reason, "refused");
    cell.classList.remove("is-shaken");
    void cell.offsetWidth; // the movement begins anew
    cell.classList.add("is-shaken");
  }
  const cellOf = (row, column) => {
    const r = rows.findIndex((one) => one.dataset.k === row);
    const c = heads.findIndex((one) => one.dataset.k === column);
    return r < 0 || c < 0 ? null : at(r, c);
  };
  grid.listen({
    cell(answer, entry, newer) {
      const cell = cellOf(answer.row, answer.column);
      if (!cell) return;
      if (answer.state === "refused") {
        delete cell.dataset.was;
        draw(cell, "seen" in answer ? answer : { text: entry.was });
        cell.dataset.q = "bad";
        cell.dataset.why = cell.title = `${entry.text ? `“${entry.text}”: ` : ""}${answer.reason}`;
        say(answer.reason, "refused");
      } else if (answer.state === "conflict") {
        delete cell.dataset.was;
        draw(cell, answer);
        cell.dataset.q = "conflict";
        cell.dataset.mine = entry.text;
        say(answer.reason, "refused");
        if (at(here.r, here.c) === cell) sheet.openConflict(cell);
      } else if (newer) {
        cell.dataset.was = answer.text;
        mark(cell, "s", answer.seen);
      } else {
        delete cell.dataset.was;
        delete cell.dataset.q;
        delete cell.dataset.why;
        draw(cell, answer);
      }
      if (document.activeElement === cell) cell.setAttribute("aria-label", describe(cell));
    },
    answered(answer) {
      for (const [key, texts] of Object.entries(answer.totals.rows)) {
        const row = rows.find((one) => one.dataset.k === key);
        row?.querySelectorAll(".q-grid-total").forEach((cell, n) => (cell.textContent = texts[n] ?? ""));
      }
      const feet = [...(table.tFoot?.rows || [])];
      for (const [key, texts] of Object.entries(answer.totals.columns)) {
        const c = heads.findIndex((one) => one.dataset.k === key);
        feet.forEach((foot, n) => (foot.cells[c + 1].textContent = texts[n] ?? ""));
      }
      const wrong = answer.cells.filter((cell) => cell.state === "refused").length;
      if (wrong > 1) say(said("some", { count: wrong }), "refused");
    },
  });

  /* ---- keys of the marks: the same key in every layout ---- */
  const isCyrillic = (letter) => /\p{Script=Cyrillic}/u.test(letter);
  function keyOf(event) {
    const letter = event.key.toLowerCase();
    const found = settings.keys.find((one) => one.letter === letter);
    if (found) return found;
    // The layout writes another alphabet: then the place of the key says which one is meant.
    return settings.keys.find((one) => one.key === event.code && isCyrillic(one.letter) !== isCyrillic(letter));
  }
  function type(event) {
    if (!settings.writable) return;
    if (!settings.keys.length) {
      event.preventDefault();
      edit(event.key);
      return;
    }
    const key = keyOf(event);
    event.preventDefault();
    if (key) press(key.text);
    else refuse(at(here.r, here.c), settings.keys.map((one) => one.letter).join(" "));
  }
  function press(text) {
    const count = put([...places()].map(([r, c]) => [r, c, text]));
    if (count || at(here.r, here.c).textContent === text) onward();
  }

  /* ---- typing into a cell ---- */
  function edit(text) {
    const cell = at(here.r, here.c);
    if (!isCell(cell)) return;
    if (isLocked(cell)) {
      refuse(cell, reasonOf(cell) || said("locked"));
      return;
    }
    const before = cell.textContent;
    editor = document.createElement("input");
    editor.className = "q-grid-editor";
    editor.value = text ?? before;
    editor.setAttribute("aria-label", heads[here.c].textContent.trim());
    cell.replaceChildren(editor);
    editor.focus();
    if (text === undefined) editor.select();
    const input = editor;
    const end = (keep) => {
      if (editor !== input) return;
      editor = null;
      const typed = input.value.trim();
      cell.textContent = before;
      if (keep && typed !== before) put([[here.r, here.c, typed]]);
    };
    input.addEventListener("blur", () => end(true));
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      const moves = { Enter: [event.shiftKey ? -1 : 1, 0], Tab: [0, event.shiftKey ? -1 : 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
      if (event.key === "Escape") {
        end(false);
        go(here.r, here.c);
      } else if (moves[event.key]) {
        event.preventDefault();
        end(true);
        step(...moves[event.key]);
      }
    });
  }

  /* ---- keys ---- */
  const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-10, 0], PageDown: [10, 0] };
  table.addEventListener("keydown", (event) => {
    if (editor || event.isComposing) return;
    const control = event.ctrlKey || event.metaKey;
    const head = here.r === HEAD || here.c === HEAD;
    if (event.altKey) return;
    if (MOVES[event.key]) {
      event.preventDefault();
      step(...MOVES[event.key], event.shiftKey && !head, control);
    } else if (event.key === "Home" || event.key === "End") {
      event.preventDefault();
      const c = event.key === "Home" ? 0 : heads.length - 1;
      go(control ? (event.key === "Home" ? 0 : rows.length - 1) : here.r, c, event.shiftKey && !head);
    } else if (event.key === "Escape") {
      leaving = true;
      Object.assign(here, { r2: here.r, c2: here.c });
      paint();
      sheet.closeConflict();
    } else if (event.key === "Tab") {
      tab(event);
    } else if (head) {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        if (here.r === HEAD) sheet.openMenu(heads[here.c]);
        else names[here.r].querySelector("a").click();
      }
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (at(here.r, here.c).dataset.q === "conflict") sheet.openConflict(at(here.r, here.c), true);
      else step(event.shiftKey ? -1 : 1, 0);
    } else if (event.key === "F2") {
      event.preventDefault();
      sheet.openMore();
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      sheet.empty();
    } else if (control) {
      const act = { KeyD: () => sheet.fill("down"), KeyR: () => sheet.fill("right"), KeyZ: sheet.takeBack, KeyA: all }[event.code];
      if (act && !event.shiftKey) {
        event.preventDefault();
        act();
      }
    } else if (event.key.length === 1 && event.key !== " ") {
      type(event);
    }
  });
  // Tab goes along the row and leaves the grid at its end; after Escape it leaves at once.
  function tab(event) {
    const c = here.c + (event.shiftKey ? -1 : 1);
    if (leaving || here.r === HEAD || c < 0 || c >= heads.length) return;
    event.preventDefault();
    go(here.r, c);
  }
  function all() {
    Object.assign(here, { r: rows.length - 1, c: heads.length - 1 });
    go(0, 0);
    Object.assign(here, { r2: rows.length - 1, c2: heads.length - 1 });
    paint();
  }
  table.addEventListener("focusin", (event) => {
    leaving = false;
    const cell = event.target.closest("td, th");
    if (event.target === cell && cell.dataset.q === "conflict") sheet.openConflict(cell);
  });

  /* ---- pointer ---- */
  let dragging = false;
  table.addEventListener("pointerdown", (event) => {
    const cell = event.target.closest("td");
    if (!isCell(cell) || event.button || editor?.parentElement === cell) return;
    event.preventDefault();
    const { r, c } = placeOf(cell);
    dragging = event.pointerType !== "touch";
    go(r, c, event.shiftKey);
  });
  table.addEventListener("pointerover", (event) => {
    const cell = event.target.closest("td");
    if (!dragging || !isCell(cell)) return;
    const { r, c } = placeOf(cell);
    Object.assign(here, { r2: r, c2: c });
    paint();
  });
  document.addEventListener("pointerup", () => (dragging = false));
  table.addEventListener("dblclick", (event) => isCell(event.target.closest("td")) && sheet.openMore());
  table.tHead.addEventListener("click", (event) => {
    const cell = event.target.closest("th[data-k]");
    if (!cell || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    go(HEAD, heads.indexOf(cell));
    sheet.openMenu(cell);
  });

  Object.assign(sheet, {
    here, at, go, put, press, edit, draw, refuse, block, places, paint, placeOf, isCell, isLocked, reasonOf, cellOf,
    closeConflict() {},
    isEditing: () => Boolean(editor),
  });

  /* ---- beginning ---- */
  table.setAttribute("role", "grid");
  table.setAttribute("aria-multiselectable", "true");
  if (!settings.writable) table.setAttribute("aria-readonly", "true");
  table.classList.add("is-live");
  for (const link of table.querySelectorAll("a")) link.tabIndex = -1;
  const begin = Math.max(0, heads.findIndex((head) => head.classList.contains("is-today")));
  if (heads.length && rows.length) {
    Object.assign(here, { r: 0, c: begin, r2: 0, c2: begin });
    at(0, begin).tabIndex = 0;
    heads[begin].scrollIntoView({ block: "nearest", inline: "center" });
    // Who comes to type begins at once; a phone shows the form in its place.
    if (table.offsetParent && document.activeElement === document.body) go(0, begin);
  }
})();
