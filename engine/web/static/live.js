/* Conditions, choices that depend on others and computed values, answered while one types.
   `data-live` on #fields names the inputs that something follows; a pause in typing there asks the server as leaving
   the input does. An answer never overwrites what was typed after it was asked for: that is put into the answer first. */
(() => {
  "use strict";
  const PAUSE = 350; // milliseconds without a key
  const TYPED = "input:not([type=checkbox], [type=radio], [type=file], [type=hidden]), textarea";
  let waiting = 0;

  const fields = () => document.getElementById("fields");
  const nameOf = (input) => input.name.replace(/-\d+-/g, ".");
  function isLive(input) {
    const place = fields();
    return Boolean(place?.dataset.live && input.name && place.contains(input)) && place.dataset.live.split(" ").includes(nameOf(input));
  }

  document.addEventListener("input", (event) => {
    const input = event.target;
    if (event.isComposing || !input.matches?.(TYPED) || !isLive(input)) return;
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => fields()?.dispatchEvent(new CustomEvent("live")), PAUSE);
  });
  document.addEventListener("change", () => window.clearTimeout(waiting)); // it asks by itself

  /* ---- what was typed since the question stays ---- */
  const sent = new WeakMap(); // the request -> what each input held, and the tab and sections that were open
  const holds = (input) => (input.type === "checkbox" || input.type === "radio" ? String(input.checked) : input.multiple ? [...input.selectedOptions].map((o) => o.value).join("\n") : input.value);
  const inputsOf = (place) => [...place.querySelectorAll("input[id], select[id], textarea[id]")].filter((input) => input.name && input.type !== "file" && input.type !== "hidden");

  const openNow = () => ["tab", "open"].map((kept) => document.querySelector(`[data-${kept}-kept]`)?.value ?? "");

  document.addEventListener("htmx:before:request", (event) => {
    const { ctx } = event.detail;
    const place = fields();
    if (!place || ctx.target !== place) return;
    sent.set(ctx, { held: new Map(inputsOf(place).map((input) => [input.id, holds(input)])), open: openNow() });
  });
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx, tasks } = event.detail;
    const asked = sent.get(ctx);
    const place = fields();
    if (!asked || !place) return;
    for (const task of tasks || []) {
      if (task.type !== "main" || !task.fragment) continue;
      keepOpen(task.fragment, asked.open);
      for (const input of inputsOf(place)) {
        if (!asked.held.has(input.id) || asked.held.get(input.id) === holds(input)) continue;
        const drawn = task.fragment.getElementById?.(input.id) || task.fragment.querySelector(`#${CSS.escape(input.id)}`);
        if (drawn && drawn.name === input.name) keep(input, drawn);
      }
    }
  });
  /* ---- and so does what was opened or folded since ---- */
  function keepOpen(fragment, before) {
    const [tab, sections] = openNow();
    if (tab !== before[0]) {
      for (const part of fragment.querySelectorAll(".q-part")) part.classList.toggle("is-open", part.id === `tab-${tab}`);
    }
    if (sections === before[1]) return;
    const names = sections.split(" ");
    for (const section of fragment.querySelectorAll("details.q-section")) section.open = names.includes(section.id);
  }
  function keep(input, drawn) {
    if (drawn.matches("textarea")) drawn.textContent = input.value;
    else if (drawn.type === "checkbox" || drawn.type === "radio") drawn.toggleAttribute("checked", input.checked);
    else if (drawn.matches("select")) {
      // A searching list compares the data of its box with those of the answer before: as if nothing was said of it.
      const [box, fresh] = [input.closest(".q-suggest"), drawn.closest(".q-suggest")];
      if (box && fresh) for (const name of ["value", "text"]) fresh.dataset[name] = box.dataset[name] ?? "";
      const chosen = new Set([...input.selectedOptions].map((option) => option.value));
      for (const option of drawn.options) option.toggleAttribute("selected", chosen.has(option.value));
    } else drawn.setAttribute("value", input.value);
  }
})();
