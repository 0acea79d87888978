/* Parts of a form: tabs, folded sections, and the way to a field that stands in one that is closed.
   Without scripts the parts of all tabs stand one under the other and their heads are links. */
(() => {
  "use strict";
  const FIELDS = "input:not([type=hidden]), select, textarea";
  const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);

  /* ---- tabs, as the ARIA pattern has them ---- */
  const headsOf = (tabs) => [...tabs.querySelectorAll(":scope > .q-tabs [data-tab]")];
  const partOf = (head) => document.getElementById(`tab-${head.dataset.tab}`);

  function enliven(tabs) {
    tabs.querySelector(":scope > .q-tabs").setAttribute("role", "tablist");
    for (const head of headsOf(tabs)) {
      const open = partOf(head).classList.contains("is-open");
      head.parentElement.setAttribute("role", "presentation");
      head.setAttribute("role", "tab");
      head.setAttribute("aria-controls", `tab-${head.dataset.tab}`);
      head.setAttribute("aria-selected", String(open));
      head.removeAttribute("aria-current");
      head.tabIndex = open ? 0 : -1;
      partOf(head).setAttribute("role", "tabpanel");
    }
  }
  function open(head, focus) {
    const tabs = head.closest("[data-tabs]");
    for (const other of headsOf(tabs)) partOf(other).classList.toggle("is-open", other === head);
    enliven(tabs);
    remember(head.dataset.tab);
    if (focus) head.focus();
    head.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  // The address names the open tab, so that it can be sent to somebody; saving and editing come back to it.
  function remember(key) {
    const kept = document.querySelector("[data-tab-kept]");
    if (kept) kept.value = key;
    const here = new URL(window.location.href);
    here.searchParams.set("tab", key);
    here.hash = "";
    window.history.replaceState(window.history.state, "", here);
    for (const link of document.querySelectorAll("[data-keep-tab]")) {
      const url = new URL(link.href);
      url.searchParams.set("tab", key);
      link.href = url.pathname + url.search;
    }
  }
  function walk(event) {
    const head = closest(event, "[role=tab]");
    if (!head || event.altKey || event.ctrlKey || event.metaKey) return;
    const heads = headsOf(head.closest("[data-tabs]")).filter((one) => one.getClientRects().length);
    const at = heads.indexOf(head);
    const next = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === " ") head.click();
    if (event.key === " " || next !== undefined) event.preventDefault();
    if (next !== undefined) open(heads.at(next % heads.length), true);
  }

  /* ---- sections that somebody unfolded stay so when the form is drawn again ---- */
  function noteFolds(event) {
    const section = event.target;
    const kept = section.matches?.("details.q-section") && document.querySelector("[data-open-kept]");
    if (!kept) return;
    const names = new Set(kept.value.split(" ").filter(Boolean));
    if (section.open) names.add(section.id);
    else names.delete(section.id);
    kept.value = [...names].join(" ");
  }

  /* ---- to a field, wherever it stands ---- */
  function show(place) {
    for (let part = place.closest("details, .q-part"); part; part = part.parentElement.closest("details, .q-part")) {
      if (part.matches("details")) part.open = true;
      else if (!part.classList.contains("is-open")) {
        const head = document.getElementById(`${part.id}-head`);
        if (head) open(head);
      }
    }
  }
  function goTo(id) {
    const named = document.getElementById(id);
    const place = named || document.getElementById(`${id}-field`);
    if (!place) return false;
    show(place);
    const field = place.matches("input, select, textarea") ? place : place.querySelector(FIELDS);
    if (field?.tomselect) field.tomselect.focus();
    else (field || place).focus();
    (place.closest(".q-field") || place).scrollIntoView({ block: "nearest" });
    return true;
  }
  function jump(event) {
    const head = closest(event, "[role=tab]");
    if (head && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open(head, true);
      return;
    }
    const link = closest(event, ".q-errors a[href^='#']");
    if (link && goTo(decodeURIComponent(link.hash.slice(1)))) event.preventDefault();
  }

  /* ---- the next step of a wizard begins at its first field, the last one at its heading ---- */
  function beginStep() {
    const begun = document.querySelector("[data-step-now]");
    if (!begun) return;
    begun.removeAttribute("data-step-now");
    document.getElementById("main")?.scrollTo({ top: 0, behavior: "instant" });
    if (document.querySelector(".q-errors")) return;
    const first = [...document.querySelectorAll("#fields .q-field")].find((field) => field.querySelector(FIELDS));
    const field = document.querySelector(".q-review") ? null : first?.querySelector(FIELDS);
    const touch = window.matchMedia("(pointer: coarse)").matches; // there the focus would call the keyboard up
    if (!field || touch) document.getElementById("step-title").focus();
    else if (field.tomselect) {
      const settings = field.tomselect.settings;
      const opens = settings.openOnFocus;
      settings.openOnFocus = false;
      field.tomselect.focus();
      window.setTimeout(() => { settings.openOnFocus = opens; }, 50);
    } else field.focus();
  }

  const enlivenAll = () => document.querySelectorAll("[data-tabs]").forEach(enliven);
  document.addEventListener("click", jump);
  document.addEventListener("keydown", walk);
  document.addEventListener("toggle", noteFolds, true);
  document.addEventListener("htmx:after:swap", () => {
    enlivenAll();
    beginStep();
  });
  document.addEventListener("DOMContentLoaded", () => {
    enlivenAll();
    beginStep();
    const id = decodeURIComponent(window.location.hash.slice(1));
    const head = id ? document.getElementById(`${id}-head`) : null;
    if (head?.dataset.tab) open(head);
    else if (id) {
      const place = document.getElementById(id);
      if (place) show(place);
    }
  });
})();
