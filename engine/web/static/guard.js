/* Unsaved work: leaving a form in which something was typed asks first, in the page where the page can, by the browser
   itself where only it can (closing the window, going by the address bar). */
(() => {
  "use strict";
  const guarded = () => document.querySelector("form[data-guard]");
  const isDirty = () => guarded()?.dataset.dirty === "yes";
  const inForm = (element) => (element instanceof Element ? element.closest("form[data-guard]") : null);

  function mark(event) {
    const form = inForm(event.target);
    if (form) form.dataset.dirty = "yes";
  }
  document.addEventListener("input", mark);
  document.addEventListener("change", mark);
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && event.target.matches("form[data-guard]")) event.target.dataset.dirty = "no";
  });
  window.addEventListener("beforeunload", (event) => {
    if (isDirty()) event.preventDefault();
  });
  // A save by htmx that leads to another page was a save.
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    const form = ctx.hx?.redirect && inForm(ctx.sourceElement);
    if (form) form.dataset.dirty = "no";
  });

  /* ---- the question ---- */
  function ask(leave) {
    const form = guarded();
    const template = document.getElementById("leave-form");
    const box = document.getElementById("leave") || template?.content.firstElementChild.cloneNode(true);
    if (!box) {
      form.dataset.dirty = "no";
      leave();
      return;
    }
    const back = document.activeElement;
    if (!box.isConnected) document.body.append(box);
    box.returnValue = "";
    box.onclose = () => {
      if (box.returnValue === "leave") {
        form.dataset.dirty = "no";
        leave();
      } else back?.focus?.();
    };
    window.setTimeout(() => box.showModal()); // later: the Escape that asked would close it again
  }

  // After all others: who has dealt with the press (a tab, a preview, a fragment) is not leaving.
  function follow(event) {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (!isDirty() || link.target === "_blank" || link.hasAttribute("download")) return;
    const there = new URL(link.href, window.location.href);
    const here = window.location;
    if (there.origin === here.origin && there.pathname === here.pathname && there.search === here.search && there.hash) return;
    event.preventDefault();
    ask(() => { window.location.href = link.href; });
  }
  function submit(event) {
    const form = event.target;
    if (event.defaultPrevented || !isDirty() || form.matches("form[data-guard]") || form.method === "dialog" || form.target) return;
    event.preventDefault();
    const { submitter } = event;
    ask(() => form.requestSubmit(submitter || undefined));
  }
  // A fragment that would take the place of the form, asked for from elsewhere on the page.
  function request(event) {
    const { ctx } = event.detail;
    const form = guarded();
    const target = ctx.target;
    if (!form || !isDirty() || inForm(ctx.sourceElement) === form || !(target instanceof Element)) return;
    if (target !== form && !target.contains(form)) return;
    event.preventDefault();
    ask(() => ctx.sourceElement.click());
  }
  window.addEventListener("click", follow);
  window.addEventListener("submit", submit);
  document.addEventListener("htmx:config:request", request);
})();
