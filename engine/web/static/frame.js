/* The frame: the size of letters, keys of one letter, the moment on paper, the worker that keeps static files. */
(() => {
  "use strict";
  const root = document.documentElement;
  // [what a button says, where it is kept on <html>, the cookie by which the server draws the next page]
  const TASTES = [
    ["data-density-set", "data-density", ""],
    ["data-text-set", "data-text", "q_text"],
    ["data-single-keys-set", "data-single-keys", "q_single_keys"],
  ];

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    for (const [button, place, cookie] of TASTES) {
      const pressed = event.target.closest(`[${button}]`);
      if (!pressed || !cookie) continue;
      root.setAttribute(place, pressed.getAttribute(button));
      document.cookie = `${cookie}=${pressed.getAttribute(button)}; Path=/; Max-Age=31536000; SameSite=Lax`;
    }
  });
  // Which of several is chosen is said, not only shown.
  function say() {
    for (const [button, place] of TASTES) {
      for (const each of document.querySelectorAll(`[${button}]`)) {
        each.setAttribute("aria-pressed", String(each.getAttribute(button) === root.getAttribute(place)));
      }
    }
  }
  document.addEventListener("DOMContentLoaded", say);
  new MutationObserver(say).observe(root, { attributes: true, attributeFilter: TASTES.map(([, place]) => place) });

  window.addEventListener("beforeprint", () => {
    const now = new Date();
    const two = (number) => String(number).padStart(2, "0");
    const at = `${two(now.getDate())}.${two(now.getMonth() + 1)}.${now.getFullYear()} ${two(now.getHours())}:${two(now.getMinutes())}`;
    for (const place of document.querySelectorAll("[data-printed]")) place.textContent = at;
  });

  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/worker").catch(() => {});
})();
