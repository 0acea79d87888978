/* The draft of a form: sent to the server as one types and when the page is left. Nothing is kept in the browser. */
(() => {
  "use strict";
  const PAUSE = 2500; // milliseconds without typing after which the draft is sent
  const LONGEST = 12000; // and of uninterrupted typing
  const LOOK = 45000; // how often a form in which nobody types asks how its record stands
  const formOf = () => document.querySelector("form[data-draft-url]");
  const waits = () => document.querySelector("[data-draft-offer]") !== null; // an older draft is not written over
  let timer = 0;
  let first = 0;
  let left = false;
  let running = null;
  let changed = false;

  function bodyOf(form) {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    return body;
  }
  function typed(event) {
    const form = event.target instanceof Element && event.target.closest("form[data-draft-url]");
    if (!form || left) return;
    changed = true;
    if (waits()) return;
    const now = Date.now();
    first ||= now;
    clearTimeout(timer);
    timer = setTimeout(() => keep(form), Math.max(0, Math.min(PAUSE, first + LONGEST - now)));
  }
  async function keep(form) {
    first = 0;
    if (left || !form.isConnected) return;
    changed = false;
    running = tell(form, form.dataset.draftUrl, { method: "POST", body: bodyOf(form) });
    await running;
    running = null;
  }
  async function tell(form, url, options) {
    try {
      const answer = await fetch(url, { ...options, credentials: "same-origin", headers: { "HX-Request": "true" } });
      if (left) return;
      const at = answer.headers.get("X-Draft");
      const place = document.getElementById("standing");
      // 413 has its sentence too; any other refusal (signed out, a right taken away) is told by the next save.
      if (place && (answer.ok || answer.status === 413)) show(place, await answer.text());
      const said = document.querySelector("[data-draft-said]");
      if (said && answer.ok && at) said.textContent = said.dataset.draftSaid.replace("{}", at);
      if (said && !answer.ok && options.method === "POST") said.textContent = said.dataset.draftLost;
    } catch {
      changed = true; // no network now: with the next letter it is tried again
    }
  }
  // Said once, not with every answer: a screen reader would read it out again.
  function show(place, html) {
    if (place.dataset.told === html.trim()) return;
    place.dataset.told = html.trim();
    place.innerHTML = html;
  }
  function leave() {
    const form = formOf();
    if (!form || left || !changed || waits()) return;
    changed = false;
    navigator.sendBeacon(form.dataset.draftUrl, bodyOf(form));
  }
  document.addEventListener("input", typed);
  document.addEventListener("change", typed);
  document.addEventListener("htmx:after:swap", () => { // rows were moved, pasted, taken out
    const form = formOf();
    if (form?.dataset.dirty === "yes" && changed) typed({ target: form });
  });
  document.addEventListener("submit", (event) => {
    const form = formOf();
    if (!form || event.target !== form || event.defaultPrevented) return;
    left = true;
    clearTimeout(timer);
    if (!running) return;
    // What is on its way must arrive before the save, which forgets the draft; but nobody waits long for it.
    event.preventDefault();
    const pressed = event.submitter;
    Promise.race([running, new Promise((go) => setTimeout(go, 1500))]).then(() => {
      running = null;
      form.dataset.dirty = "no";
      form.requestSubmit(pressed);
    });
  });
  window.addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") leave(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) left = false; });
  setInterval(() => {
    const form = formOf();
    if (!form?.dataset.standingUrl || left || document.visibilityState !== "visible") return;
    tell(form, form.dataset.standingUrl, { method: "GET" });
  }, LOOK);
})();
