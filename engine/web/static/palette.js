/* The palette: Ctrl+K from anywhere, letters, arrows, Enter. What it shows is the search page's own block. */
(() => {
  "use strict";
  const WAIT = 70;
  const dialog = () => document.getElementById("palette");
  const input = () => document.getElementById("palette-input");
  const list = () => document.getElementById("palette-list");
  const options = () => [...list().querySelectorAll("[role=option]:not([hidden])")];
  let asked = null;
  let waits = 0;
  let shown = null;

  function open(text) {
    const box = dialog();
    if (!box || box.open) return;
    input().value = text || "";
    shown = null;
    box.showModal();
    input().focus();
    input().select();
    ask();
  }
  function close() {
    if (asked) asked.abort();
    if (dialog().open) dialog().close();
  }

  /* ---- results ---- */
  async function ask() {
    const text = input().value.trim();
    if (text === shown) return;
    if (asked) asked.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(`${dialog().dataset.palette}?q=${encodeURIComponent(text)}`, {
        headers: { "HX-Request": "true" }, signal: asked.signal, credentials: "same-origin",
      });
      if (!answer.ok) {
        window.location.assign(`${dialog().dataset.palette}?q=${encodeURIComponent(text)}`);
        return;
      }
      const html = await answer.text();
      if (text !== input().value.trim()) return;
      shown = text;
      show(html);
    } catch (error) {
      if (error.name !== "AbortError") list().replaceChildren();
    }
  }
  function show(html) {
    list().innerHTML = html;
    for (const option of list().querySelectorAll("[data-press]")) {
      option.hidden = !document.querySelector(option.dataset.press);
    }
    for (const group of list().querySelectorAll(".q-found-group")) {
      group.hidden = !group.querySelector("[role=option]:not([hidden])");
    }
    list().scrollTop = 0;
    choose(options()[0]);
    document.getElementById("palette-said").textContent = list().querySelector("[data-said]")?.textContent || "";
  }
  function choose(option) {
    for (const other of list().querySelectorAll("[aria-selected=true]")) other.setAttribute("aria-selected", "false");
    if (!option) {
      input().removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    input().setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }
  const chosen = () => list().querySelector("[aria-selected=true]");
  function move(step) {
    const all = options();
    if (!all.length) return;
    const at = all.indexOf(chosen());
    choose(all[Math.abs(step) > all.length ? (step < 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length]);
  }
  function go(option, elsewhere) {
    if (!option) {
      if (input().value.trim()) input().form.submit();
      return;
    }
    if (option.dataset.press) {
      close();
      document.querySelector(option.dataset.press)?.click();
    } else if (elsewhere) window.open(option.href, "_blank", "noopener");
    else {
      close();
      window.location.assign(option.href);
    }
  }

  /* ---- keys ---- */
  const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 };
  function inside(event) {
    if (event.isComposing) return;
    const ends = (event.ctrlKey || event.metaKey) && { Home: -1000, End: 1000 }[event.key];
    const step = STEPS[event.key] || ends;
    if (step) {
      event.preventDefault();
      move(step);
    } else if (event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation();
      if (input().value.trim() === shown) go(chosen(), event.ctrlKey || event.metaKey);
      else ask().then(() => go(chosen(), event.ctrlKey || event.metaKey));
    }
  }
  document.addEventListener("keydown", (event) => {
    const box = dialog();
    if (!box) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.code === "KeyK") {
      event.preventDefault();
      if (box.open) close();
      else if (!document.querySelector("dialog[open]")) open("");
    } else if (box.open && event.target === input()) inside(event);
  }, true);
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-palette-open] input")) {
      const text = event.target.value;
      event.target.value = "";
      open(text);
      input().setSelectionRange(text.length, text.length);
    } else if (event.target === input()) {
      window.clearTimeout(waits);
      waits = window.setTimeout(ask, WAIT);
    }
  });
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const opener = event.target.closest("[data-palette-open]");
    if (opener && dialog()) {
      event.preventDefault();
      open(opener.querySelector("input")?.value || "");
      return;
    }
    const box = dialog();
    if (!box?.open) return;
    const option = event.target.closest("#palette-list [data-press]");
    if (option) go(option, false);
    else if (event.target === box || event.target.closest("[data-palette-close]")) close();
  });
  document.addEventListener("mousemove", (event) => {
    const option = event.target instanceof Element && event.target.closest("#palette-list [role=option]");
    if (option && option !== chosen()) choose(option);
  });
})();
