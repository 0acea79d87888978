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
    const heading = body().querySelector("h1");
    heading.tabIndex = -1;
    heading.focus();
  }
  function close() {
    panel().hidden = true;
    document.documentElement.classList.remove("has-help");
    (from && from.isConnected ? from : opener())?.focus();
  }
  function toggle() {
    if (!panel() || !opener()) return;
    if (!panel().hidden) close();
    else {
      from = document.activeElement;
      show(opener().href);
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
  document.addEventListener("keydown", (event) => {
    if (event.key === "F1" && opener()) {
      event.preventDefault();
      toggle();
    } else if (event.key === "Escape" && panel() && !panel().hidden && panel().contains(document.activeElement)) {
      event.preventDefault();
      close();
    }
  }, true);
})();
