/* A record that a link lacks, made in a dialog: the small form stands in a frame; its end brings the record back. */
(() => {
  "use strict";
  const inside = document.querySelector("[data-framed]") && window.parent !== window;
  if (inside) {
    // Escape and Cancel close the dialog around this page.
    const close = (event) => {
      event.preventDefault();
      event.stopPropagation();
      window.parent.document.dispatchEvent(new CustomEvent("q:quick-close"));
    };
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && !event.target.closest?.(".ts-wrapper.dropdown-active")) close(event);
    });
    document.addEventListener("click", (event) => {
      if (event.target instanceof Element && event.target.closest("[data-cancel]")) close(event);
    }, true);
    return;
  }

  let dialog = null;
  let done = null;
  function open({ url, title, text, picked }) {
    dialog?.remove();
    done = picked;
    dialog = document.createElement("dialog");
    dialog.className = "q-quick-dialog";
    dialog.setAttribute("aria-label", title);
    const frame = document.createElement("iframe");
    frame.title = title;
    frame.src = `${url}&frame=1&text=${encodeURIComponent(text || "")}`;
    frame.addEventListener("load", () => {
      const page = frame.contentDocument;
      const made = page?.querySelector("[data-picked]");
      if (made) end({ value: made.dataset.picked, text: made.dataset.text });
      else page?.querySelector(".q-errors, [data-quick-first], .q-fields input:not([type=hidden]), .q-fields select, .q-fields textarea")?.focus();
    });
    dialog.append(frame);
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      end(null);
    });
    document.body.append(dialog);
    dialog.showModal();
    frame.focus();
  }
  function end(made) {
    const told = done;
    done = null;
    dialog?.close();
    dialog?.remove();
    dialog = null;
    told?.(made);
  }
  document.addEventListener("q:quick-close", () => end(null));
  document.addEventListener("q:quick", (event) => open(event.detail));

  // The button beside a link: the dialog in place of the page that it opens without scripts.
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("button[name=_quick]");
    if (!button) return;
    event.preventDefault();
    const select = document.getElementById(button.value);
    const { quick: url, quickTitle: title, quickPrefix: prefix = "" } = select.closest(".q-suggest").dataset;
    open({
      url, title, text: "",
      picked: (made) => {
        const widget = select.tomselect;
        if (made && widget) {
          widget.addOption({ value: prefix + made.value, text: made.text });
          widget.setValue(prefix + made.value);
        }
        if (widget) widget.focus();
        else select.focus();
      },
    });
  });
})();
