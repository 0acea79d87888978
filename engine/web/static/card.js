/* A record opened for reading: what is empty unfolds, a value is copied by a press, all of it as text from the menu. */
(() => {
  "use strict";
  const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);

  /* ---- empty fields ---- */
  function toggleEmpty(link) {
    const card = link.closest(".is-card");
    const shown = card.classList.toggle("shows-empty");
    const other = link.dataset.other;
    link.dataset.other = link.textContent.trim();
    link.textContent = other;
    const here = new URL(window.location.href);
    if (shown) here.searchParams.set("empty", "1");
    else here.searchParams.delete("empty");
    window.history.replaceState(window.history.state, "", here);
  }

  /* ---- copying ---- */
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Plain http in a school's own network has no clipboard of its own.
      const box = document.createElement("textarea");
      box.value = text;
      box.className = "visually-hidden";
      document.body.append(box);
      box.select();
      document.execCommand("copy");
      box.remove();
    }
    const said = document.getElementById("copied");
    if (said) said.textContent = said.dataset.copied;
    window.setTimeout(() => { if (said) said.textContent = ""; }, 1500);
  }
  const textOf = (field) => (field.querySelector(".q-value")?.innerText || "").replace(/\s+\n/g, "\n").trim();
  function offer(event) {
    const field = closest(event, ".is-card .q-field:not(.is-empty)");
    const value = field && field.querySelector(":scope > .q-value");
    if (!value || value.querySelector("img") || field.querySelector(":scope > [data-copy]")) return;
    document.querySelector(".is-card [data-copy]")?.remove();
    const button = document.getElementById("copy-form")?.content.firstElementChild.cloneNode(true);
    if (!button) return;
    button.tabIndex = -1; // for a pointer; by keyboard the whole record is copied from the menu
    field.append(button);
  }
  function wholeRecord() {
    const lines = [document.querySelector("#record h1")?.innerText.trim() || ""];
    for (const field of document.querySelectorAll("#fields .q-field:not(.is-empty)")) {
      const label = field.querySelector(".q-label")?.innerText.trim();
      const sheet = field.querySelector("table");
      if (sheet) {
        lines.push(`${label}:`);
        for (const row of sheet.rows) lines.push([...row.cells].map((cell) => cell.innerText.trim()).join("\t"));
      } else if (textOf(field)) lines.push(`${label}: ${textOf(field)}`);
    }
    return lines.join("\n");
  }

  document.addEventListener("pointerover", (event) => { if (event.pointerType === "mouse") offer(event); });
  document.addEventListener("click", (event) => {
    const link = closest(event, "[data-show-empty]");
    if (link && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      toggleEmpty(link);
    }
    const one = closest(event, "[data-copy]");
    if (one) {
      copy(textOf(one.closest(".q-field")));
      one.classList.add("is-done");
      window.setTimeout(() => one.classList.remove("is-done"), 1200);
    }
    if (closest(event, "[data-copy-record]")) {
      copy(wholeRecord());
      closest(event, "details").open = false;
    }
  });
})();
