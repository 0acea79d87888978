/* One column or row of a grid as a form: each press is saved at once; without scripts the form has a button Save. */
(() => {
  "use strict";
  const grid = window.qurastyrGrid;
  const form = document.querySelector("[data-grid-strip]");
  const parameters = document.querySelector("[data-grid-parameters]");
  if (parameters) {
    parameters.querySelector("[data-grid-show]")?.setAttribute("hidden", "");
    parameters.addEventListener("change", () => parameters.requestSubmit());
  }
  if (!grid || !form) return;
  form.querySelector("[data-grid-save]")?.setAttribute("hidden", "");

  const itemOf = (row, column) => form.querySelector(`li[data-at="${CSS.escape(`${row} ${column}`)}"]`);
  const hidden = (item, name) => item.querySelector(`input[name$="-${name}"]`);

  form.addEventListener("change", (event) => {
    const input = event.target;
    const item = input.closest("li[data-at]");
    if (!item || !input.name.endsWith("-text")) return;
    const [row, column, seen = ""] = hidden(item, "at").value.split(" ");
    item.dataset.q = "wait";
    grid.add({ row, column, seen, was: hidden(item, "was").value, text: input.value });
    input.closest("details")?.removeAttribute("open");
  });
  form.addEventListener("submit", (event) => event.preventDefault());

  grid.listen({
    cell(cell, entry, newer) {
      const item = itemOf(cell.row, cell.column);
      if (!item) return;
      const problem = item.querySelector(".q-error");
      const wrong = cell.state === "refused" || cell.state === "conflict";
      if (!newer) delete item.dataset.q;
      item.classList.toggle("has-error", wrong);
      problem.hidden = !wrong;
      problem.querySelector("span").textContent =
        cell.state === "conflict" ? `${cell.reason} ${grid.said("theirs", { text: cell.text || "—" })}` : cell.reason || "";
      if ("seen" in cell) {
        hidden(item, "at").value = `${cell.row} ${cell.column} ${cell.seen}`;
        hidden(item, "was").value = cell.text;
        item.querySelector(".q-strip-name a")?.classList.toggle("has-more", cell.more);
      }
      if (wrong) show(item, hidden(item, "was").value);
      else if (!newer) show(item, cell.text);
      if (!wrong) return;
      grid.say(cell.reason, "refused");
      problem.scrollIntoView({ block: "nearest" });
    },
  });
  function show(item, text) {
    const radios = item.querySelectorAll("input[type=radio]");
    for (const radio of radios) radio.checked = radio.value === text;
    const input = item.querySelector("input.form-control");
    if (input) input.value = text;
  }
})();
