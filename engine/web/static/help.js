/* Help beside the screen: F1 or the question mark open it, Escape and F1 close it. Its links stay inside the panel. */
(() => {
  "use strict";
  const panel = () => document.getElementById("help");
  const body = () => document.getElementById("help-body");
  const opener = () => document.querySelector("[data-help]");
  let from = null;

  async function show(url) {
    const answer = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" }).catch(() => null);
    if (!answer || !answer.ok) {
      window.location.assign(url);
      return;
    }
    body().innerHTML = await answer.text();
    panel().hidden = false;
    document.documentElement.classList.add("has-help");
    body().scrollTop = 0;
    const heading = body().querySelector(".q-help-title");
    heading.tabIndex = -1;
    heading.focus();
  }
  function close() {
    panel().hidden = true;
    document.documentElement.classList.remove("has-help");
    (from && from.isConnected ? from : opener())?.focus();
  }
  async function toggle() {
    if (!panel() || !opener()) return;
    if (!panel().hidden) close();
    else {
      from = document.activeElement;
      await show(opener().href);
    }
  }
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !panel()) return;
    if (event.target.closest("[data-help-close]")) close();
    const link = event.target.closest("[data-help], #help-body a[href^='/help']");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.matches("[data-help]")) toggle();
    else show(link.href);
  });
  // A key of one letter works only where nothing is typed, and not for those who switched such keys off.
  const types = (place) => place instanceof Element && place.closest("input, textarea, select, [contenteditable], dialog");
  document.addEventListener("keydown", (event) => {
    if (event.key === "?" && !event.ctrlKey && !event.metaKey && !event.altKey && opener()
        && document.documentElement.dataset.singleKeys !== "off" && !types(event.target)) {
      event.preventDefault();
      const keys = document.querySelector("[data-keys]");
      if (keys) keys.click();
      else toggle().then(() => body().querySelector(".q-help-keys")?.scrollIntoView());
      return;
    }
    if (event.key === "F1" && opener()) {
      event.preventDefault();
      toggle();
    } else if (event.key === "Escape" && panel() && !panel().hidden && panel().contains(document.activeElement)) {
      event.preventDefault();
      close();
    }
  }, true);
})();
