/* What the pages need beside htmx: theme, rail, menus, keys.
   Pages work without it. No eval, no styles set from here, nothing kept in the browser but three cookies of taste. */
(() => {
  "use strict";
  const root = document.documentElement;
  const YEAR = 31536000;

  const remember = (name, value) => {
    document.cookie = `${name}=${value}; Path=/; Max-Age=${YEAR}; SameSite=Lax`;
  };
  const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);

  /* ---- taste: theme, density, folded rail; the server reads the cookies and draws the next page so ---- */
  function setTheme(value) {
    root.dataset.theme = value;
    const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.bsTheme = value === "auto" ? (dark ? "dark" : "light") : value;
    remember("q_theme", value);
  }
  function setDensity(value) {
    root.dataset.density = value;
    remember("q_density", value);
  }
  function toggleRail(button) {
    if (window.matchMedia("(max-width: 720px)").matches) {
      setMenu(root.dataset.menu !== "open");
      return;
    }
    const folded = root.dataset.rail !== "folded";
    root.dataset.rail = folded ? "folded" : "open";
    button.setAttribute("aria-expanded", String(!folded));
    remember("q_rail", root.dataset.rail);
  }
  function setMenu(open) {
    root.dataset.menu = open ? "open" : "closed";
    const buttons = [...document.querySelectorAll("[data-rail-toggle]")];
    for (const each of buttons) each.setAttribute("aria-expanded", String(open));
    const button = buttons.find((each) => each.getClientRects().length);
    const first = open && document.querySelector("#rail a, #rail summary");
    if (first) first.focus();
    else if (button) button.focus();
  }

  /* ---- menus: <details class="q-drop"> close on Escape, on a click outside and when another opens ---- */
  function closeMenus(except) {
    let closed = null;
    for (const menu of document.querySelectorAll("details.q-drop[open]")) {
      if (menu.contains(except)) continue;
      menu.open = false;
      closed = menu;
    }
    return closed;
  }

  const guarded = () => document.querySelector("form[data-guard]");

  /* ---- errors: the summary takes the focus, else the first wrong field ---- */
  function focusError(scope) {
    const summary = scope.querySelector(".q-errors");
    const first = summary || scope.querySelector("[aria-invalid=true]");
    if (first) first.focus();
    return Boolean(first);
  }

  /* ---- keys ---- */
  function save(form, further) {
    const button = (further && form.querySelector("[data-save-then]")) || form.querySelector("[data-save]");
    if (form.requestSubmit) form.requestSubmit(button || undefined);
    else if (button) button.click();
  }
  function keys(event) {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === "Escape") {
      const menu = closeMenus(null);
      if (menu) menu.querySelector("summary").focus();
      else if (root.dataset.menu === "open") setMenu(false);
      else if (!closest(event, ".ts-wrapper, dialog")) document.querySelector("[data-cancel]")?.click();
      return;
    }
  }

  // Who tabs out of an open menu is done with it: it must not cover what has the focus now.
  document.addEventListener("keyup", (event) => {
    if (event.key === "Tab") closeMenus(event.target);
  });

  // Saving comes before anything that an open list would do with Enter.
  function saveKey(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    const form = closest(event, "form") || guarded();
    if (!form) return;
    event.preventDefault();
    event.stopPropagation();
    save(form, event.shiftKey);
  }

  /* ---- clicks ---- */
  function clicks(event) {
    closeMenus(event.target);
    const theme = closest(event, "[data-theme-toggle]");
    if (theme) setTheme(root.dataset.bsTheme === "dark" ? "light" : "dark");
    const density = closest(event, "[data-density-set]");
    if (density) setDensity(density.dataset.densitySet);
    const language = closest(event, ".q-langs a");
    if (language) keepPlace(language);
    const rail = closest(event, "[data-rail-toggle]");
    if (rail) {
      event.preventDefault();
      toggleRail(rail);
    }
    if (closest(event, ".q-shade")) setMenu(false);
    if (closest(event, "[data-print]")) window.print();
    const gone = closest(event, "[data-dismiss]");
    if (gone) gone.closest(".q-notice").remove();
    openRow(event);
  }
  // Filters change the address without drawing the frame again: its links learn of them when they are pressed.
  function keepPlace(link) {
    const here = new URL(window.location.href);
    if (new URL(link.href).pathname !== here.pathname) return;
    here.searchParams.set("lang", link.hreflang);
    link.href = here.pathname + here.search;
  }
  // A click anywhere on a row opens it, unless it was meant for something in the row or for selecting text.
  function openRow(event) {
    const row = closest(event, "[data-open]");
    if (!row || closest(event, "a, button, input, label, summary, select, td[data-edit], .q-move-menu")) return;
    if (String(window.getSelection())) return;
    const link = row.querySelector("a[href]");
    if (!link) return;
    if (event.ctrlKey || event.metaKey) window.open(link.href, "_blank", "noopener");
    else link.click();
  }

  /* ---- wiring ---- */
  let busy = 0;
  const setBusy = (change) => {
    busy = Math.max(0, busy + change);
    root.classList.toggle("is-busy", busy > 0);
  };
  document.addEventListener("click", clicks);
  document.addEventListener("keydown", saveKey, true);
  document.addEventListener("keydown", keys);
  document.addEventListener("htmx:before:request", () => setBusy(1));
  document.addEventListener("htmx:finally:request", () => setBusy(-1));
  document.addEventListener("htmx:after:swap", (event) => {
    const target = event.target instanceof Element ? event.target : document;
    if (target.matches?.("form, main, [data-answers]")) focusError(target);
  });
  document.addEventListener("DOMContentLoaded", () => {
    const main = document.getElementById("main");
    if (main && !focusError(main)) main.querySelector("[data-autofocus]")?.focus();
  });
})();
