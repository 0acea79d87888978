/* Panels beside a record: what is folded stays folded, files are seen without leaving, chosen ones are sent at once. */
(() => {
  "use strict";
  const YEAR = 31536000;
  const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);

  /* ---- folds: a cookie of taste, read by the server for the next page ---- */
  function noteFold(event) {
    const panel = event.target;
    if (!panel.matches?.("details.q-panel")) return;
    const kept = /(?:^|; )q_folded=([a-z.]*)/.exec(document.cookie);
    const folded = new Set((kept ? kept[1] : "").split(".").filter(Boolean));
    if (panel.open) folded.delete(panel.dataset.panel);
    else folded.add(panel.dataset.panel);
    document.cookie = `q_folded=${[...folded].join(".")}; Path=/; Max-Age=${YEAR}; SameSite=Lax`;
  }

  /* ---- the preview ---- */
  let from = null;
  function dialog() {
    const made = document.getElementById("preview") || document.getElementById("preview-form")?.content.firstElementChild.cloneNode(true);
    if (made && !made.isConnected) {
      document.body.append(made);
      made.addEventListener("close", () => {
        made.querySelector(".q-preview-body").replaceChildren();
        from?.focus();
      });
    }
    return made;
  }
  const siblings = (link) => [...(link.closest(".q-files, .q-value") || document).querySelectorAll("[data-preview]")];
  function show(link) {
    const box = dialog();
    if (!box) return false;
    from = link;
    const address = link.getAttribute("href");
    box.querySelector("b").textContent = link.dataset.name;
    box.querySelector("[data-preview-load]").href = address.replace(/\?show=1$/, "");
    const inside = document.createElement(link.dataset.preview === "picture" ? "img" : "iframe");
    if (inside.tagName === "IMG") {
      inside.alt = link.dataset.name;
      inside.src = address.replace("show=1", "size=1280");
    } else {
      inside.title = link.dataset.name;
      if (link.dataset.preview === "text") inside.setAttribute("sandbox", "");
      inside.src = address;
    }
    box.querySelector(".q-preview-body").replaceChildren(inside);
    const others = siblings(link);
    for (const step of box.querySelectorAll("[data-preview-step]")) step.hidden = others.length < 2;
    if (!box.open) box.showModal();
    return true;
  }
  function step(by) {
    const others = siblings(from);
    show(others[(others.indexOf(from) + by + others.length) % others.length]);
  }

  document.addEventListener("toggle", noteFold, true);
  document.addEventListener("click", (event) => {
    const link = closest(event, "a[data-preview]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && show(link)) event.preventDefault();
    const by = closest(event, "[data-preview-step]");
    if (by) step(Number(by.dataset.previewStep));
    const box = closest(event, "dialog.q-preview");
    if (box && (closest(event, "[data-preview-close]") || event.target === box)) box.close();
  });
  document.addEventListener("keydown", (event) => {
    if (!document.getElementById("preview")?.open) return;
    if (event.key === "ArrowRight") step(1);
    if (event.key === "ArrowLeft") step(-1);
  });

  /* ---- files on the spot ---- */
  document.addEventListener("change", (event) => {
    const form = closest(event, "form[data-upload]");
    if (form && event.target.files?.length) form.requestSubmit();
  });
  for (const [name, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
    document.addEventListener(name, (event) => closest(event, ".q-upload-drop")?.classList.toggle("is-over", over));
  }
})();
