/* Boards: a card is moved by dragging, by Shift with an arrow, or by its button, which opens the columns it may go to.
   Each way posts the same form as the page behind the button; the server answers with the board as it is now. */
(() => {
  "use strict";
  const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);
  const boardOf = (element) => element.closest("[data-board]");
  const columnOf = (element) => element.closest("[data-column]");
  const columnsOf = (board) => [...board.querySelectorAll("[data-column]")];
  const waysFrom = (board, code) => JSON.parse(board.dataset.moves || "{}")[code] || [];
  let focusAfter = null;

  function token() {
    const headers = document.body.getAttribute("hx-headers:inherited");
    return headers ? JSON.parse(headers)["X-CSRFToken"] : "";
  }

  async function move(card, to, from = columnOf(card).dataset.column) {
    const board = boardOf(card);
    const column = columnsOf(board).find((one) => one.dataset.column === to);
    const link = card.querySelector("[data-move]");
    if (!column || !link || !waysFrom(board, from).includes(to)) return false;
    const title = card.querySelector("h3 a")?.textContent || "";
    if (board.dataset.asks && !(await agreed(board, column.dataset.title, title))) return false;
    const url = new URL(link.href);
    focusAfter = card.id;
    board.querySelector("[data-board-said]").textContent = "";
    await window.htmx.ajax("POST", url.pathname, {
      source: document.getElementById("registry"), target: "#registry", swap: "outerMorph",
      values: { by: url.searchParams.get("by"), list: url.searchParams.get("list"), version: card.dataset.version, to, csrf_token: token() },
    });
    return true;
  }

  // Posting is not a thing to slip into: it is asked about.
  function agreed(board, column, title) {
    return new Promise((resolve) => {
      const dialog = document.createElement("dialog");
      dialog.className = "q-ask";
      const text = document.createElement("p");
      text.textContent = `${column}. ${board.dataset.asks.replace("{title}", title)}`;
      const yes = button(board.dataset.yes, "btn btn-primary");
      const no = button(board.dataset.no, "btn btn-plain");
      const row = document.createElement("div");
      row.append(yes, no);
      dialog.append(text, row);
      yes.addEventListener("click", () => dialog.close("yes"));
      no.addEventListener("click", () => dialog.close(""));
      dialog.addEventListener("close", () => {
        dialog.remove();
        resolve(dialog.returnValue === "yes");
      });
      document.body.append(dialog);
      dialog.showModal();
    });
  }
  function button(text, kind) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = kind;
    made.textContent = text;
    return made;
  }

  /* ---- the button at a card: a menu of the columns it may go to ---- */
  function menu(link) {
    const card = link.closest("[data-id]");
    const board = boardOf(link);
    if (!card || !board) return false;
    closeMenu();
    const ways = waysFrom(board, columnOf(card).dataset.column);
    const list = document.createElement("div");
    list.className = "q-move-menu";
    list.setAttribute("role", "menu");
    list.setAttribute("aria-label", link.getAttribute("aria-label") || "");
    for (const column of columnsOf(board)) {
      if (!ways.includes(column.dataset.column)) continue;
      const item = button(column.dataset.title, "q-drop-item");
      item.setAttribute("role", "menuitem");
      item.addEventListener("click", () => {
        closeMenu();
        move(card, column.dataset.column);
      });
      list.append(item);
    }
    if (!list.children.length) return false;
    link.after(list);
    link.setAttribute("aria-expanded", "true");
    list.firstElementChild.focus();
    return true;
  }
  function closeMenu(refocus) {
    const open = document.querySelector(".q-move-menu");
    if (!open) return;
    const link = open.previousElementSibling;
    link.setAttribute("aria-expanded", "false");
    open.remove();
    if (refocus) link.focus();
  }

  function clicked(event) {
    const link = closest(event, "[data-move]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && menu(link)) {
      event.preventDefault();
      return;
    }
    if (!closest(event, ".q-move-menu")) closeMenu();
  }

  function pressed(event) {
    const inMenu = closest(event, ".q-move-menu");
    if (inMenu) {
      const items = [...inMenu.children];
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
      } else if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        closeMenu(true);
      }
      return;
    }
    const card = closest(event, "[data-board] [data-id]");
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (card && step && event.shiftKey && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      const board = boardOf(card);
      const codes = columnsOf(board).map((column) => column.dataset.column);
      const ways = waysFrom(board, columnOf(card).dataset.column);
      let place = codes.indexOf(columnOf(card).dataset.column) + step;
      while (place >= 0 && place < codes.length && !ways.includes(codes[place])) place += step;
      if (codes[place] !== undefined) move(card, codes[place]);
      return;
    }
    if (card && ["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight"].includes(event.key) && !event.altKey && !event.ctrlKey && !event.shiftKey) walk(event, card);
  }

  // Arrows go from card to card, within a column and across.
  function walk(event, card) {
    if (event.target.matches("input, select, textarea")) return;
    const stack = [...card.parentElement.querySelectorAll("[data-id]")];
    const row = stack.indexOf(card);
    let next = null;
    if (event.key === "ArrowDown") next = stack[row + 1];
    else if (event.key === "ArrowUp") next = stack[row - 1];
    else {
      const filled = columnsOf(boardOf(card)).filter((column) => column.querySelector("[data-id]"));
      const column = filled[filled.indexOf(columnOf(card)) + (event.key === "ArrowRight" ? 1 : -1)];
      const cards = column ? [...column.querySelectorAll("[data-id]")] : [];
      next = cards[Math.min(row, cards.length - 1)];
    }
    const link = next?.querySelector("h3 a");
    if (!link) return;
    event.preventDefault();
    link.focus();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /* ---- dragging ---- */
  function enliven() {
    for (const stack of document.querySelectorAll("[data-board]:not([data-moves='{}']) [data-stack]")) {
      if (stack.dataset.sortable || typeof window.Sortable === "undefined") continue;
      stack.dataset.sortable = "yes";
      window.Sortable.create(stack, {
        group: "board", draggable: "[data-id]", sort: false, animation: 120, delay: 200, delayOnTouchOnly: true,
        ghostClass: "is-ghost", dragClass: "is-dragged",
        onMove: (event) => waysFrom(boardOf(event.from), columnOf(event.from).dataset.column).includes(columnOf(event.to).dataset.column),
        onEnd: async (event) => {
          if (event.from === event.to) return;
          const from = columnOf(event.from).dataset.column;
          if (!(await move(event.item, columnOf(event.to).dataset.column, from))) {
            event.from.insertBefore(event.item, event.from.children[event.oldIndex] || null);
          }
        },
      });
    }
  }

  document.addEventListener("click", clicked);
  document.addEventListener("keydown", pressed);
  document.addEventListener("DOMContentLoaded", enliven);
  document.addEventListener("htmx:after:swap", () => {
    enliven();
    if (!focusAfter) return;
    const card = document.getElementById(focusAfter);
    const notice = document.querySelector("#notices .q-notice > span");
    focusAfter = null;
    card?.querySelector("h3 a")?.focus();
    card?.scrollIntoView({ block: "nearest", inline: "nearest" });
    const said = document.querySelector("[data-board-said]");
    if (said && notice) said.textContent = notice.textContent.trim();
  });
})();
