/* Lists: Shift on a head adds it to the order, menus of heads stand under their buttons, widths by dragging or by the
   menu, columns put in order by dragging. The pages work without it: links, a panel with buttons and number fields. */
(() => {
  "use strict";
  const LEAST = 40;
  const MOST = 900;

  /* ---- Shift+click on a head ---- */
  document.addEventListener(
    "click",
    (event) => {
      const link = event.shiftKey && event.target instanceof Element && event.target.closest(".q-table thead th > a");
      if (!link || !link.dataset.add) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      window.htmx.ajax("GET", link.dataset.add, { source: link, target: "#registry", swap: "outerMorph" });
    },
    true,
  );

  /* ---- menus of heads ---- */
  function place(menu) {
    const button = menu.parentElement.querySelector(".q-head-menu");
    const near = button.getBoundingClientRect();
    const width = menu.offsetWidth;
    menu.dataset.placed = "yes";
    menu.style.left = `${Math.max(8, Math.min(near.right - width, window.innerWidth - width - 8))}px`;
    menu.style.top = `${Math.min(near.bottom + 4, Math.max(8, window.innerHeight - menu.offsetHeight - 8))}px`;
    menu.querySelector("a, button")?.focus();
  }
  document.addEventListener(
    "toggle",
    (event) => {
      const menu = event.target;
      if (menu instanceof Element && menu.matches(".q-head-drop") && event.newState === "open") place(menu);
    },
    true,
  );
  document.addEventListener("htmx:after:swap", () => {
    const menu = document.querySelector(".q-head-drop:popover-open"); // it has just been filled
    if (menu && !menu.dataset.filled) {
      menu.dataset.filled = "yes";
      place(menu);
    }
  });
  const closeMenus = () => {
    for (const menu of document.querySelectorAll(".q-head-drop:popover-open")) menu.hidePopover();
  };
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest(".q-head-drop a")) closeMenus();
  });
  document.addEventListener("scroll", (event) => {
    if (event.target instanceof Element && event.target.matches(".q-table-wrap")) closeMenus();
  }, true);
  document.addEventListener("keydown", (event) => {
    const menu = event.target instanceof Element && event.target.closest(".q-head-drop");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!menu || !step) return;
    event.preventDefault();
    const items = [...menu.querySelectorAll("a, button")].filter((item) => item.getClientRects().length);
    items[(items.indexOf(event.target) + step + items.length) % items.length].focus();
  });

  /* ---- widths ---- */
  const heads = (table) => [...table.querySelectorAll("thead th[data-path]")];
  function columnsOf(table) {
    let group = table.querySelector("colgroup");
    if (!group) {
      const cells = [...table.querySelectorAll("thead th")];
      const widths = cells.map((cell) => Math.round(cell.getBoundingClientRect().width));
      group = document.createElement("colgroup");
      for (const width of widths) {
        const column = document.createElement("col");
        column.width = String(width);
        group.append(column);
      }
      table.prepend(group);
      table.width = String(widths.reduce((sum, width) => sum + width, 0));
      table.classList.add("q-sized");
    }
    const picks = table.querySelector("thead th.q-pick") ? 1 : 0;
    return [...group.children].slice(picks);
  }
  function setWidth(table, head, width) {
    const columns = columnsOf(table);
    const column = columns[heads(table).indexOf(head)];
    if (!column) return;
    const now = Math.max(LEAST, Math.min(MOST, Math.round(width)));
    table.width = String(Number(table.width) + now - Number(column.width));
    column.width = String(now);
  }
  function keepWidths(table, head) {
    const data = new URLSearchParams({ do: `width:${head.dataset.path}` });
    const columns = columnsOf(table);
    heads(table).forEach((each, n) => data.set(`width-${each.dataset.path}`, columns[n].width));
    const token = JSON.parse(document.body.getAttribute("hx-headers:inherited") || "{}");
    fetch(table.dataset.columns, { method: "POST", body: data, headers: token, credentials: "same-origin" });
  }
  document.addEventListener("pointerdown", (event) => {
    const handle = event.target instanceof Element && event.target.closest("[data-resize]");
    if (!handle || event.button) return;
    event.preventDefault();
    const head = handle.closest("th");
    const table = head.closest("table");
    const from = event.clientX;
    const width = head.getBoundingClientRect().width;
    handle.setPointerCapture(event.pointerId);
    handle.classList.add("is-dragged");
    const drag = (move) => setWidth(table, head, width + move.clientX - from);
    const end = () => {
      handle.removeEventListener("pointermove", drag);
      handle.classList.remove("is-dragged");
      keepWidths(table, head);
    };
    handle.addEventListener("pointermove", drag);
    handle.addEventListener("pointerup", end, { once: true });
    handle.addEventListener("pointercancel", end, { once: true });
  });
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-widen]");
    if (!button) return;
    const head = button.closest("th");
    const table = head.closest("table");
    setWidth(table, head, head.getBoundingClientRect().width + Number(button.dataset.widen));
    keepWidths(table, head);
  });

  /* ---- groups: an open one closes again, taking along what stands in it ---- */
  function closeGroup(link) {
    const id = link.dataset.group;
    for (const body of link.closest("table").querySelectorAll("tbody[data-within]")) {
      if (body.dataset.within === id || body.dataset.within.startsWith(`${id}-`)) body.remove();
    }
    link.setAttribute("aria-expanded", "false");
  }
  document.addEventListener("htmx:before:request", (event) => {
    const link = event.detail.ctx?.sourceElement;
    if (!link?.matches?.("[data-group]")) return;
    if (link.getAttribute("aria-expanded") === "true") {
      event.preventDefault();
      closeGroup(link);
    } else link.setAttribute("aria-expanded", "true");
  });

  /* ---- the filter builder: a line that is late in asking to be drawn anew does not take back what was pressed ---- */
  const pressed = new WeakSet();
  const builderOf = (asks) => asks?.closest?.(".q-builder form");
  document.addEventListener("htmx:config:request", (event) => {
    const asks = event.detail.ctx.sourceElement;
    if (asks !== builderOf(asks) && pressed.has(builderOf(asks))) event.preventDefault();
  });
  document.addEventListener("htmx:before:request", (event) => {
    const asks = event.detail.ctx.sourceElement;
    if (asks === builderOf(asks)) pressed.add(asks);
  });
  document.addEventListener("htmx:finally:request", (event) => pressed.delete(event.detail.ctx.sourceElement));

  /* ---- order of columns by dragging; the buttons beside do the same ---- */
  function sortable() {
    if (typeof window.Sortable === "undefined") return;
    for (const list of document.querySelectorAll("[data-sort-columns]:not([data-sorts])")) {
      list.dataset.sorts = "yes";
      window.Sortable.create(list, { handle: ".q-grip", animation: 120 });
    }
  }
  document.addEventListener("DOMContentLoaded", sortable);
  document.addEventListener("htmx:after:swap", sortable);
})();
