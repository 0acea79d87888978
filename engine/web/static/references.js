/* Search in long lists: <select data-suggest="URL"> becomes a Tom Select that asks URL?q=… while typing.
   The answer is {"items": [{"value": "…", "text": "…", "note": "…"}]}. Without scripts the plain select stays. */
(() => {
  "use strict";
  const READY = "suggestReady";

  function enliven(select) {
    if (select.dataset[READY] || typeof window.TomSelect === "undefined") return;
    select.dataset[READY] = "yes";
    const address = select.dataset.suggest;
    let asked = null;
    const widget = new window.TomSelect(select, {
      valueField: "value",
      labelField: "text",
      searchField: [], // the server searches; it knows the Kazakh and Russian folds
      allowEmptyOption: false, // Backspace empties the field; an empty line in the list would be chosen by Enter
      selectOnTab: true,
      maxOptions: 50,
      preload: address ? "focus" : false,
      plugins: [],
      load: address ? ask : undefined,
      shouldLoad: () => true,
      score: () => () => 1,
      render: {
        option: (item, escape) =>
          `<div>${escape(item.text)}${item.note ? `<small class="muted"> ${escape(item.note)}</small>` : ""}</div>`,
        no_results: () => `<div class="no-results">${select.dataset.nothing || "—"}</div>`,
        loading: () => "",
      },
    });

    // The widget took over the label; the hidden select must not be read out a second time without a name.
    select.setAttribute("aria-hidden", "true");

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
        done(answer.ok ? (await answer.json()).items : []);
      } catch (error) {
        if (error.name !== "AbortError") done([]);
      }
    }
  }

  // The form was drawn again: htmx leaves the box alone (morphSkipChildren) and compares its data only.
  function follow(box) {
    const select = box.querySelector("select");
    const widget = select?.tomselect;
    const { value = "", text = "" } = box.dataset;
    if (!widget || select.multiple || widget.getValue() === value) return;
    if (value) widget.addOption({ value, text });
    widget.setValue(value, true);
  }

  const all = (scope) => scope.querySelectorAll("select[data-suggest]").forEach(enliven);
  document.addEventListener("DOMContentLoaded", () => all(document));
  document.addEventListener("htmx:after:swap", () => {
    document.querySelectorAll(".q-suggest").forEach(follow);
    all(document);
  });
})();
