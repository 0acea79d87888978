/* Cells on their way to the server: small batches, one request at a time, tried again until an answer comes.
   Each cell carries what its writer saw (token and text), so that nobody's value is lost. Used by grid.js and
   grid-strip.js through window.qurastyrGrid. */
(() => {
  "use strict";
  const MOST = 100;
  const PAUSE = 120;
  const WAITS = [1000, 2000, 4000, 8000, 15000];
  const page = document.getElementById("grid-page");
  if (!page) return;
  const settings = JSON.parse(page.dataset.settings);
  const said = (name, values = {}) =>
    settings.said[name].replace(/%\((\w+)\)s/g, (all, key) => (key in values ? values[key] : all));
  const token = () => JSON.parse(document.body.getAttribute("hx-headers:inherited") || "{}")["X-CSRFToken"] || "";

  const line = document.querySelector("[data-grid-state]");
  const waiting = new Map(); // place -> entry
  let flying = new Map();
  let timer = 0;
  let failures = 0;
  const listeners = [];

  const placeOf = (entry) => `${entry.row} ${entry.column}`;
  const size = () => waiting.size + flying.size;

  // `entry`: row, column, text, was, seen. What is typed over a cell that still waits keeps what was seen first.
  function add(entry) {
    const place = placeOf(entry);
    const before = waiting.get(place);
    waiting.set(place, before ? { ...entry, was: before.was, seen: before.seen } : entry);
    tell("saving");
    plan(PAUSE);
  }
  function plan(wait) {
    window.clearTimeout(timer);
    timer = window.setTimeout(send, wait);
  }
  // The one line that says how it stands, also aloud. A refusal stays there until the next thing is done.
  function say(text, kind = "") {
    if (!line) return;
    line.dataset.q = kind;
    line.textContent = text;
  }
  function tell(kind) {
    if (kind === "saved" && line?.dataset.q === "refused") return;
    say(kind === "waiting" ? said("waiting", { count: size() }) : said(kind), kind);
  }

  async function send() {
    if (flying.size || !waiting.size) return;
    for (const [place, entry] of waiting) {
      if (flying.size >= MOST) break;
      flying.set(place, entry);
    }
    for (const place of flying.keys()) waiting.delete(place);
    let answer = null;
    try {
      const response = await fetch(settings.url, {
        method: "POST",
        body: body(flying.values()),
        headers: { Accept: "application/json", "X-CSRFToken": token() },
        credentials: "same-origin",
      });
      const readable = (response.headers.get("Content-Type") || "").startsWith("application/json");
      if (response.ok && readable) answer = await response.json();
      else if (response.redirected || response.status === 401) return again("expired");
      else if (response.status < 500) return refuse();
    } catch {
      // no connection: the same as no answer
    }
    if (!answer) return again("waiting");
    failures = 0;
    const sent = flying;
    flying = new Map();
    for (const cell of answer.cells) settle(cell, sent.get(placeOf(cell)));
    for (const listener of listeners) listener.answered?.(answer);
    if (waiting.size) plan(0);
    else tell("saved");
  }
  function body(entries) {
    const form = new URLSearchParams();
    let n = 0;
    for (const entry of entries) {
      form.set(`${n}-at`, `${entry.row} ${entry.column} ${entry.seen}`);
      form.set(`${n}-was`, entry.was);
      form.set(`${n}-text`, entry.text);
      n += 1;
    }
    return form;
  }
  // What was typed meanwhile over the same cell now stands upon what has just been saved.
  function settle(cell, entry) {
    const next = waiting.get(placeOf(cell));
    if (next && cell.state !== "conflict" && "seen" in cell) Object.assign(next, { seen: cell.seen, was: cell.text });
    if (next && cell.state === "conflict") waiting.delete(placeOf(cell));
    for (const listener of listeners) listener.cell?.(cell, next && cell.state === "conflict" ? next : entry, next);
  }
  function again(state) {
    for (const [place, entry] of flying) {
      const newer = waiting.get(place);
      waiting.set(place, newer ? { ...newer, was: entry.was, seen: entry.seen } : entry);
    }
    flying = new Map();
    tell(state);
    plan(WAITS[Math.min(failures, WAITS.length - 1)]);
    failures += 1;
  }
  function refuse() {
    const sent = flying;
    flying = new Map();
    const reason = said("refused");
    for (const entry of sent.values()) settle({ ...entry, state: "refused", reason }, entry);
    tell("refused");
    if (waiting.size) plan(0);
  }

  window.addEventListener("online", () => waiting.size && plan(0));
  window.addEventListener("beforeunload", (event) => {
    if (!size()) return;
    event.preventDefault();
    send();
  });

  window.qurastyrGrid = { page, settings, said, token, add, size, say, listen: (one) => listeners.push(one) };
})();
