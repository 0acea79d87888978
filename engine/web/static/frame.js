/* The frame: the size of letters, the moment on paper, the worker that keeps static files for a day without network. */
(() => {
  "use strict";
  const root = document.documentElement;

  document.addEventListener("click", (event) => {
    const size = event.target instanceof Element && event.target.closest("[data-text-set]");
    if (!size) return;
    root.dataset.text = size.dataset.textSet;
    document.cookie = `q_text=${size.dataset.textSet}; Path=/; Max-Age=31536000; SameSite=Lax`;
    pressed();
  });
  // Which of several is chosen is said, not only shown.
  function pressed() {
    for (const [name, chosen] of [["densitySet", root.dataset.density], ["textSet", root.dataset.text]]) {
      const attribute = name === "densitySet" ? "data-density-set" : "data-text-set";
      for (const button of document.querySelectorAll(`[${attribute}]`)) {
        button.setAttribute("aria-pressed", String(button.dataset[name] === chosen));
      }
    }
  }
  document.addEventListener("DOMContentLoaded", pressed);
  new MutationObserver(pressed).observe(root, { attributes: true, attributeFilter: ["data-density"] });

  window.addEventListener("beforeprint", () => {
    const now = new Date();
    const two = (number) => String(number).padStart(2, "0");
    const at = `${two(now.getDate())}.${two(now.getMonth() + 1)}.${now.getFullYear()} ${two(now.getHours())}:${two(now.getMinutes())}`;
    for (const place of document.querySelectorAll("[data-printed]")) place.textContent = at;
  });

  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/worker").catch(() => {});
})();
