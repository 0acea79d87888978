/* What opens over a grid: the menu of a column, the choice between two values, the pop-up with all of a cell. */
(() => {
  "use strict";
  const grid = window.qurastyrGrid;
  const sheet = grid?.sheet;
  if (!sheet) return;
  const { settings, said, say } = grid;
  const { wrap, heads, rows, undo, here, at, go, put, edit, draw, refuse, placeOf, isCell, isLocked, reasonOf, cellOf } = sheet;
  const clamp = (n, least, most) => Math.max(least, Math.min(most, n));

  /* ---- the menu of a column ---- */
  const menu = document.getElementById("grid-menu");
  function openMenu(cell) {
    const c = heads.indexOf(cell);
    const items = [];
    const form = [said("form"), () => window.location.assign(cell.querySelector("a").href)];
    const column = (text, only) =>
      rows.map((row, r) => [r, c, text]).filter(([r]) => !isLocked(at(r, c)) && (!only || !at(r, c).textContent));
    if (settings.writable && rows.some((row, r) => !isLocked(at(r, c)))) {
      items.push([settings.blank ? said("all", { title: settings.blank }) : said("clear"), () => put(column(""))], form);
      for (const key of settings.keys.filter((one) => one.text)) items.push([said("rest", { title: `${key.text} ${key.title}` }), () => put(column(key.text, true))]);
    } else items.push(form);
    menu.replaceChildren(
      ...items.map(([text, act]) => {
        const line = document.createElement("li");
        line.setAttribute("role", "none");
        const button = document.createElement("button");
        Object.assign(button, { type: "button", className: "q-drop-item", textContent: text });
        button.setAttribute("role", "menuitem");
        button.addEventListener("click", () => {
          closeMenu();
          const count = act();
          if (typeof count === "number") say(said("filled", { count }));
        });
        line.append(button);
        return line;
      }),
    );
    menu.setAttribute("aria-label", cell.querySelector("a").title);
    under(menu, cell);
    menu.querySelector("button").focus();
  }
  function closeMenu() {
    if (menu.hidden) return;
    menu.hidden = true;
    at(here.r, here.c).focus({ preventScroll: true });
  }
  function under(box, cell) {
    const place = cell.getBoundingClientRect();
    box.hidden = false;
    const size = box.getBoundingClientRect();
    box.style.left = `${clamp(place.left, 8, window.innerWidth - size.width - 8)}px`;
    const below = place.bottom + size.height + 8 < window.innerHeight;
    box.style.top = `${below ? place.bottom + 2 : Math.max(8, place.top - size.height - 2)}px`;
  }
  menu.addEventListener("keydown", (event) => {
    const buttons = [...menu.querySelectorAll("button")];
    const n = buttons.indexOf(document.activeElement);
    const next = { ArrowDown: n + 1, ArrowUp: n - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") closeMenu();
    if (next === undefined && event.key !== "Escape" && event.key !== "Tab") return;
    event.preventDefault();
    if (next !== undefined) buttons.at(next % buttons.length).focus();
  });
  document.addEventListener("pointerdown", (event) => {
    if (!menu.hidden && !menu.contains(event.target)) closeMenu();
  });
  wrap.addEventListener("scroll", () => {
    closeMenu();
    closeConflict();
  });

  /* ---- two values for one cell ---- */
  const box = document.getElementById("grid-conflict");
  function openConflict(cell, focus = false) {
    const theirs = cell.textContent;
    const mine = cell.dataset.mine || "";
    const button = (text, act) => {
      const made = document.createElement("button");
      Object.assign(made, { type: "button", className: "btn btn-small", textContent: text });
      made.addEventListener("click", () => {
        delete cell.dataset.q;
        delete cell.dataset.mine;
        closeConflict();
        act();
        const { r, c } = placeOf(cell);
        go(r, c);
      });
      return made;
    };
    const note = document.createElement("p");
    note.textContent = said("conflict");
    box.replaceChildren(
      note,
      button(said("theirs", { text: theirs || said("empty") }), () => {}),
      button(said("mine", { text: mine || said("empty") }), () => {
        const { r, c } = placeOf(cell);
        put([[r, c, mine]]);
      }),
    );
    under(box, cell);
    if (focus) box.querySelector("button").focus();
  }
  function closeConflict() {
    box.hidden = true;
  }
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    closeConflict();
    at(here.r, here.c).focus();
  });

  /* ---- more about a cell ---- */
  const dialog = document.getElementById("grid-cell");
  async function openMore() {
    const cell = at(here.r, here.c);
    if (!isCell(cell)) return;
    if (!settings.cell) {
      edit();
      return;
    }
    if (cell.dataset.l?.startsWith("x")) {
      refuse(cell, reasonOf(cell));
      return;
    }
    const where = new URLSearchParams({ row: rows[here.r].dataset.k, column: heads[here.c].dataset.k });
    const answer = await fetch(`${settings.cell}${settings.cell.includes("?") ? "&" : "?"}${where}`, {
      headers: { "HX-Request": "true" },
      credentials: "same-origin",
    });
    if (answer.redirected || !answer.ok) {
      say(said(answer.redirected ? "expired" : "refused"), "refused");
      return;
    }
    fillDialog(await answer.text());
    dialog.showModal();
    dialog.querySelector("input:not([type=hidden]), select, textarea, button")?.focus();
  }
  function fillDialog(html) {
    dialog.innerHTML = html; // of this site; its scripts would not run
    window.htmx?.process?.(dialog);
    document.dispatchEvent(new CustomEvent("htmx:after:swap", { detail: { target: dialog } }));
  }
  dialog?.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-cancel]")) {
      event.preventDefault();
      dialog.close();
    }
  });
  dialog?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json", "HX-Request": "true", "X-CSRFToken": grid.token() },
      credentials: "same-origin",
    });
    if ((answer.headers.get("Content-Type") || "").startsWith("application/json")) {
      const told = await answer.json();
      const cell = cellOf(told.cells[0].row, told.cells[0].column);
      draw(cell, told.cells[0]);
      for (const name of ["q", "why", "was", "mine"]) delete cell.dataset[name];
      undo.length = 0; // what stood beside the value cannot be taken back by texts
      dialog.close();
      say(said("saved"), "saved");
      cell.focus();
    } else if (answer.status < 500) fillDialog(await answer.text());
    else say(said("refused"), "refused");
  });
  dialog?.addEventListener("close", () => at(here.r, here.c)?.focus());
  Object.assign(sheet, { openMenu, openConflict, closeConflict, openMore });
})();
