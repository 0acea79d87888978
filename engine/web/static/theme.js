/* Loaded before the page is drawn, so that "as the system has it" never flashes. */
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("has-script");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    if (root.dataset.theme === "auto") root.dataset.bsTheme = dark.matches ? "dark" : "light";
  };
  follow();
  dark.addEventListener("change", follow);
})();
