/* What a keyboard can and cannot do on a page; read by test_accessibility.py. */
({
  // Marks everything that a person may use, and counts it. A group of radio buttons is one stop: the chosen one.
  reachable() {
    const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
    const groups = new Set();
    // An open dialog is all there is, for as long as it is open.
    const scope = document.querySelector("dialog:modal") || document;
    const usable = [...scope.querySelectorAll(wanted)].filter((e) => {
      if (!this.shown(e)) return false;
      if (e.disabled || e.tabIndex < 0 || e.getAttribute("aria-disabled") === "true") return false;
      if (e.closest("[inert], [aria-hidden=true], .visually-hidden")) return false;
      if (e.type !== "radio") return true;
      const group = `${e.name} ${e.form ? e.form.id : ""}`;
      const chosen = [...scope.querySelectorAll("input[type=radio]:checked")].find((o) => o.name === e.name && o.form === e.form);
      if (chosen) return e === chosen;
      return groups.has(group) ? false : groups.add(group);
    });
    usable.forEach((e, i) => { e.dataset.walk = i; });
    return usable.length;
  },
  // Not in a closed <details>, whose content has a place but is not to be seen.
  shown(e) {
    return e.getClientRects().length > 0 && e.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true });
  },
  // Tab begins before everything, wherever the page had put the focus.
  begin() {
    if (document.querySelector("dialog:modal")) return;
    const start = document.createElement("span");
    start.tabIndex = -1;
    document.body.prepend(start);
    start.focus();
    start.remove();
    window.scrollTo(0, 0);
  },
  // Where the focus is, and whether it can be seen there.
  focused() {
    const e = document.activeElement;
    if (!e || e === document.body) return null;
    const box = e.getBoundingClientRect();
    const style = getComputedStyle(e);
    // The middle of what is in the window of it.
    const middle = (from, to, most) => Math.min(Math.max((Math.max(from, 0) + Math.min(to, most)) / 2, 1), most - 1);
    const at = document.elementFromPoint(middle(box.left, box.right, innerWidth), middle(box.top, box.bottom, innerHeight));
    const ringed = style.outlineStyle !== "none" || style.boxShadow !== "none"
      || Boolean(e.closest(".ts-wrapper, label, .q-search, .q-quick"));
    const labelled = e.labels && [...e.labels].some((l) => l.contains(at));
    const covered = !at || !(e.contains(at) || at.contains(e) || labelled);
    return { walk: e.dataset.walk ?? null, name: e.outerHTML.slice(0, 120), ringed, covered,
             outside: box.bottom < 0 || box.top > innerHeight };
  },
  missed(reached) {
    return [...document.querySelectorAll("[data-walk]")]
      // A list that is searched stands in place of its select from the moment that the focus came to it.
      .filter((e) => !reached.includes(e.dataset.walk) && this.shown(e) && !e.matches(".tomselected, .ts-hidden-accessible"))
      .map((e) => e.outerHTML.slice(0, 140));
  },
  wide() {
    return document.documentElement.scrollWidth > innerWidth + 1;
  },
})
