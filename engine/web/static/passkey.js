/* Passkeys: the server says what the device has to answer, the device answers, and its answer is sent with the form.
   Loaded on the pages of the second factor only. What a form says stands in it already; here one of it is shown. */
(() => {
  "use strict";
  const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const forms = () => document.querySelectorAll("form[data-passkey]");
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const named = (known) => (known || []).map((one) => ({ ...one, id: bytes(one.id) }));

  /* ---- what is said ---- */
  function say(form, what) {
    for (const one of form.querySelectorAll("[data-says]")) one.hidden = one.dataset.says !== what;
  }
  function obstacle(form) {
    // At another address the device would refuse, and the browser would not say why.
    const right = new URL(form.dataset.origin);
    const isThisMachine = ["localhost", "127.0.0.1", "[::1]"].includes(window.location.hostname);
    if (window.location.origin !== right.origin) return right.hostname === "localhost" && !isThisMachine ? "nowhere" : "elsewhere";
    return window.PublicKeyCredential ? "" : "browser";
  }
  function ready(form) {
    const found = obstacle(form);
    say(form, found);
    if (found) {
      document.querySelector(".q-other-way")?.setAttribute("open", "");
      document.getElementById("code")?.focus();
      return;
    }
    for (const one of form.querySelectorAll("[data-ready]")) one.hidden = false;
    form.querySelector("button[autofocus]")?.focus();
  }

  /* ---- the exchange ---- */
  async function asked(form) {
    const { csrf_token, password } = form.elements;
    const body = new URLSearchParams({ csrf_token: csrf_token.value, ...(password && { password: password.value }) });
    const answer = await fetch(form.dataset.passkey, { method: "POST", body, credentials: "same-origin" });
    if (!answer.ok && answer.headers.get("content-type") === "application/json") {
      const { problem } = await answer.json();
      form.querySelector("[data-says=told] span").textContent = problem;
      throw new Error("told");
    }
    if (!answer.ok || answer.redirected) throw new Error("not told");
    const told = await answer.json();
    told.challenge = bytes(told.challenge);
    return told;
  }
  async function answered(told) {
    if (!told.user) return navigator.credentials.get({ publicKey: { ...told, allowCredentials: named(told.allowCredentials) } });
    const user = { ...told.user, id: bytes(told.user.id) };
    return navigator.credentials.create({ publicKey: { ...told, user, excludeCredentials: named(told.excludeCredentials) } });
  }
  function written({ id, rawId, type, response }) {
    const parts = Object.fromEntries(PARTS.filter((name) => response[name]).map((name) => [name, text(response[name])]));
    if (response.getTransports) parts.transports = response.getTransports();
    return JSON.stringify({ id, rawId: text(rawId), type, response: parts });
  }
  async function exchange(form) {
    const button = form.querySelector("button[type=submit]");
    let told = null;
    button.disabled = true;
    say(form, "wait");
    try {
      told = await asked(form);
      form.elements.answer.value = written(await answered(told));
      if (form.elements.password) form.elements.password.value = "";  // it was judged; it is not sent twice
      form.submit();
    } catch (error) {
      button.disabled = false;
      (form.elements.password || button).focus();
      say(form, error.message === "told" ? "told" : !told ? "failed" : error.name === "InvalidStateError" ? "exists" : "refused");
    }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-passkey]")) return;
    event.preventDefault();
    exchange(form);
  });
  // A page that the browser takes from its memory keeps a button that was pressed and an answer that was used.
  window.addEventListener("pageshow", (event) => {
    for (const form of event.persisted ? forms() : []) {
      form.elements.answer.value = "";
      form.querySelector("button[type=submit]").disabled = false;
      say(form, "");
    }
  });
  for (const form of forms()) ready(form);
})();
