/* Picking records of a list: one by one, a range with Shift, all of the page; the bar tells how many. Keys of the table
   itself are in grid.js. Without scripts the boxes work by themselves. */
(() => {
  "use strict";
  const BOXES = ".q-pick input[name=_id]";
  let last = null;

  const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);
  const boxesOf = (registry) => [...registry.querySelectorAll(BOXES)];
  const registryOf = (element) => element.closest(".q-registry");

  function count(registry) {
    const boxes = boxesOf(registry);
    const picked = boxes.filter((box) => box.checked).length;
    for (const all of registry.querySelectorAll("[data-pick-page]")) {
      all.checked = picked > 0 && picked === boxes.length;
      all.indeterminate = picked > 0 && picked < boxes.length;
    }
    const every = registry.querySelector("[name=_all]");
    if (every && picked < boxes.length) every.checked = false;
    for (const place of registry.querySelectorAll("[data-picked-count]")) {
      if (place.textContent !== String(picked)) place.textContent = String(picked);
    }
    registry.classList.toggle("is-picking", picked > 0);
  }

  function set(box, checked, registry) {
    box.checked = checked;
    last = box;
    count(registry);
  }

  // From the box that was touched last to this one, all as this one.
  function range(box, registry) {
    const boxes = boxesOf(registry);
    const from = boxes.indexOf(last);
    const to = boxes.indexOf(box);
    if (from < 0 || to < 0) return;
    for (let n = Math.min(from, to); n <= Math.max(from, to); n += 1) boxes[n].checked = box.checked;
  }

  function clicked(event) {
    const box = closest(event, BOXES);
    if (box) {
      const registry = registryOf(box);
      if (event.shiftKey && last) range(box, registry);
      set(box, box.checked, registry);
      return;
    }
    const unpick = closest(event, "[data-unpick]");
    if (!unpick) return;
    const registry = registryOf(unpick);
    all(registry, false);
    (registry.querySelector("[data-pick-page]") || registry.querySelector(BOXES))?.focus();
  }

  function all(registry, checked) {
    for (const box of boxesOf(registry)) box.checked = checked;
    const every = registry.querySelector("[name=_all]");
    if (every && !checked) every.checked = false;
    count(registry);
  }

  function changed(event) {
    const page = closest(event, "[data-pick-page]");
    if (page) all(registryOf(page), page.checked);
    // Everything that matches is more than the page, so the page is picked with it.
    const every = closest(event, ".q-bulk [name=_all]");
    if (every && every.checked) {
      for (const box of boxesOf(registryOf(every))) box.checked = true;
      count(registryOf(every));
    }
  }

  const recount = () => {
    for (const registry of document.querySelectorAll(".q-registry")) count(registry);
  };
  document.addEventListener("click", clicked);
  document.addEventListener("change", changed);
  document.addEventListener("htmx:after:swap", recount);
  document.addEventListener("DOMContentLoaded", recount);
  window.addEventListener("pageshow", recount);
  window.qPick = { toggle: (box) => set(box, !box.checked, registryOf(box)), set, range, all, boxesOf };
})();
