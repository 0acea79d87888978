/* Search in long lists: <select data-suggest="URL"> becomes a Tom Select that asks URL?q=… while typing.
   The answer is {"items": [{"value": "…", "text": "…", "note": "…"}]}. Without scripts the plain select stays. */
(() => {
  "use strict";
  const READY = "suggestReady";
  const drawn = new WeakMap(); // box -> the value that the server drew last

  function enliven(select) {
    if (select.dataset[READY] || typeof window.TomSelect === "undefined") return;
    select.dataset[READY] = "yes";
    const box = select.closest(".q-suggest");
    if (box) drawn.set(box, box.dataset.value ?? "");
    const address = select.dataset.suggest;
    const inSheet = select.closest(".q-rows-table") !== null; // where people walk through: the list opens when asked
    let asked = null;
    let found = new Set(); // values of the last answer
    const making = box?.dataset.quick && !document.querySelector("[data-framed]");
    const widget = new window.TomSelect(select, {
      create: making ? make : false,
      createOnBlur: false,
      valueField: "value",
      labelField: "text",
      searchField: [], // the server searches; it knows the Kazakh and Russian folds
      allowEmptyOption: false, // Backspace empties the field; an empty line in the list would be chosen by Enter
      selectOnTab: true,
      openOnFocus: !inSheet,
      maxOptions: 50,
      preload: address && !inSheet ? "focus" : false,
      plugins: [],
      load: address ? ask : undefined,
      shouldLoad: () => true,
      // What is chosen now stays in the list only where it is an answer: else Enter would choose it again.
      score: (text) => (item) => (!text || found.has(String(item.value)) || !widget.items.includes(String(item.value)) ? 1 : 0),
      render: {
        option: (item, escape) =>
          `<div>${escape(item.text)}${item.note ? `<small class="muted"> ${escape(item.note)}</small>` : ""}</div>`,
        no_results: () => `<div class="no-results">${select.dataset.nothing || "—"}</div>`,
        loading: () => "",
        option_create: (data, escape) => `<div class="create">+ ${escape(box.dataset.quickCreate.replace("{}", data.input))}</div>`,
      },
    });

    if (inSheet) {
      widget.control.addEventListener("pointerdown", () => { widget.settings.openOnFocus = true; }, true);
      widget.on("blur", () => { widget.settings.openOnFocus = false; });
      widget.on("dropdown_open", () => { if (address && !asked && !widget.control_input.value) widget.load(""); });
    }

    // The widget took over the label; the hidden select must not be read out a second time without a name.
    select.setAttribute("aria-hidden", "true");

    // A record that is lacking is made in a dialog (quick.js), which gives it back.
    function make(text, done) {
      const { quick: url, quickTitle: title, quickPrefix: prefix = "" } = box.dataset;
      document.dispatchEvent(new CustomEvent("q:quick", { detail: {
        url, title, text,
        picked: (made) => {
          done(made ? { value: prefix + made.value, text: made.text } : undefined);
          if (!made) widget.setTextboxValue(text);
          widget.focus();
        },
      } }));
    }

    async function ask(text, done) {
      asked?.abort();
      asked = new AbortController();
      // The rest of the form goes along: a choice may be filtered by another field.
      const query = new URLSearchParams({ q: text });
      const names = (select.dataset.suggestWith || "").split(" ").filter(Boolean);
      for (const name of names) query.set(name, select.form?.elements[name]?.value ?? "");
      try {
        const answer = await fetch(`${address}${address.includes("?") ? "&" : "?"}${query}`, {
          headers: { Accept: "application/json" },
          credentials: "same-origin",
          signal: asked.signal,
        });
        widget.clearOptions((option) => widget.items.includes(option.value));
        const items = answer.ok ? (await answer.json()).items : [];
        found = new Set(items.map((item) => String(item.value)));
        done(items);
      } catch (error) {
        if (error.name !== "AbortError") done([]);
      }
    }
  }

  // The form was drawn again: htmx leaves the box alone (morphSkipChildren) and compares its data only.
  function follow(box) {
    const select = box.querySelector("select");
    // Drawn as before, or not drawn at all: what was chosen meanwhile stays.
    if (!select || drawn.get(box) === (box.dataset.value ?? "")) return;
    drawn.set(box, box.dataset.value ?? "");
    const several = select.multiple;
    const values = several ? (box.dataset.value || "").split(" ").filter(Boolean) : [box.dataset.value || ""].filter(Boolean);
    const texts = (box.dataset.text || "").split("\n");
    const now = select.tomselect ? [select.tomselect.getValue()].flat().filter(Boolean) : [...select.selectedOptions].map((option) => option.value).filter(Boolean);
    if (String(now) === String(values)) return;
    if (select.tomselect) {
      values.forEach((value, n) => select.tomselect.addOption({ value, text: texts[n] || value }));
      select.tomselect.setValue(several ? values : values[0] || "", true);
      return;
    }
    for (const option of select.options) option.selected = false;
    values.forEach((value, n) => {
      const known = [...select.options].find((option) => option.value === value);
      if (known) known.selected = true;
      else select.add(new Option(texts[n] || value, value, true, true));
    });
  }

  // A sheet of hundreds of rows has hundreds of lists: there they come alive when they come into sight or take the focus.
  const nearby = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      nearby.unobserve(entry.target);
      if (entry.target.isConnected) enliven(entry.target);
    }
  }, { rootMargin: "150px" });
  function all(scope) {
    for (const select of scope.querySelectorAll("select[data-suggest]")) {
      if (select.dataset[READY]) continue;
      if (select.closest(".q-rows-table")) nearby.observe(select);
      else enliven(select);
    }
  }
  document.addEventListener("focusin", (event) => {
    const select = event.target;
    if (!(select instanceof HTMLSelectElement) || !select.dataset.suggest || select.dataset[READY]) return;
    enliven(select);
    select.tomselect?.focus();
  });
  document.addEventListener("DOMContentLoaded", () => all(document));
  document.addEventListener("htmx:after:swap", () => {
    document.querySelectorAll(".q-suggest").forEach(follow);
    all(document);
  });
})();
