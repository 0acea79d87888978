/* Blocks of a grid: copying, pasting, filling, taking back; the tools above the table and the legend under it. */
(() => {
  "use strict";
  const grid = window.qurastyrGrid;
  const sheet = grid?.sheet;
  if (!sheet) return;
  const { settings, said, say } = grid;
  const { table, tools, heads, rows, undo, here, at, go, put, press, block, places, paint } = sheet;

  const areaText = () => {
    const area = block();
    const lines = [];
    for (let r = area.top; r <= area.bottom; r += 1) {
      const texts = [];
      for (let c = area.left; c <= area.right; c += 1) texts.push(at(r, c).textContent);
      lines.push(texts.join("\t"));
    }
    return lines.join("\n");
  };
  const empty = () => put([...places()].map(([r, c]) => [r, c, ""]));
  function fill(way) {
    const area = block();
    const single = way === "down" ? area.top === area.bottom : area.left === area.right;
    const changes = [];
    if (way === "down") {
      const from = single ? area.top - 1 : area.top;
      if (from < 0) return;
      for (const [r, c] of places({ ...area, top: single ? area.top : area.top + 1 })) changes.push([r, c, at(from, c).textContent]);
    } else {
      const from = single ? area.left - 1 : area.left;
      if (from < 0) return;
      for (const [r, c] of places({ ...area, left: single ? area.left : area.left + 1 })) changes.push([r, c, at(r, from).textContent]);
    }
    say(said("filled", { count: put(changes) }));
  }
  // One value pasted over a block fills it; anything else is put down from the corner of the block.
  function paste(text) {
    const lines = text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
    const area = block();
    let cut = 0;
    const changes = [];
    if (lines.length === 1 && lines[0].length === 1) {
      for (const [r, c] of places()) changes.push([r, c, lines[0][0].trim()]);
    } else {
      lines.forEach((line, n) =>
        line.forEach((value, m) => {
          const [r, c] = [area.top + n, area.left + m];
          if (r < rows.length && c < heads.length) changes.push([r, c, value.trim()]);
          else cut += 1;
        }),
      );
      const end = [Math.min(area.top + lines.length, rows.length) - 1, Math.min(area.left + Math.max(...lines.map((l) => l.length)), heads.length) - 1];
      go(area.top, area.left);
      Object.assign(here, { r2: end[0], c2: end[1] });
      paint();
    }
    const count = put(changes);
    say([said("pasted", { count }), cut ? said("cut", { count: cut }) : ""].filter(Boolean).join(". "));
  }
  function takeBack() {
    const last = undo.pop();
    if (!last) {
      say(said("nothing"));
      return;
    }
    const count = put(last, false);
    go(last[0][0], last[0][1]);
    say(said("undone", { count }));
  }
  const inGrid = () => !sheet.isEditing() && table.contains(document.activeElement) && here.r >= 0 && here.c >= 0;
  document.addEventListener("copy", (event) => {
    if (!inGrid()) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", areaText());
    say(said("copied", { count: [...places()].length }));
  });
  document.addEventListener("cut", (event) => {
    if (!inGrid()) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", areaText());
    empty();
  });
  document.addEventListener("paste", (event) => {
    if (!inGrid() || !settings.writable) return;
    event.preventDefault();
    paste(event.clipboardData.getData("text/plain"));
  });

  /* ---- tools and the legend ---- */
  function setDirection(way) {
    tools.dataset.direction = way;
    const button = tools.querySelector("[data-grid-direction]");
    button.querySelector("span").textContent = said(way);
    button.setAttribute("aria-pressed", String(way === "right"));
  }
  if (tools) {
    tools.hidden = false;
    let kept = "";
    try {
      kept = window.localStorage.getItem("q_grid_direction") || "";
    } catch {
      // storage is closed to this page: the grid's own direction stands
    }
    setDirection(["down", "right"].includes(kept) ? kept : settings.direction);
    tools.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.matches("[data-grid-direction]")) {
        setDirection(tools.dataset.direction === "down" ? "right" : "down");
        try {
          window.localStorage.setItem("q_grid_direction", tools.dataset.direction);
        } catch {
          // remembered for this page only
        }
      } else if (button.matches("[data-grid-fill]")) fill(button.dataset.gridFill);
      else if (button.matches("[data-grid-undo]")) takeBack();
      else if (button.matches("[data-grid-more]")) sheet.openMore();
      if (!button.matches("[data-grid-direction], [data-grid-more]")) at(here.r, here.c).focus({ preventScroll: true });
    });
  }
  for (const line of document.querySelectorAll("[data-grid-code]:not([data-kind=mark])")) {
    if (!settings.writable) break;
    line.setAttribute("role", "button");
    line.tabIndex = 0;
    const act = () => {
      if (here.r >= 0 && here.c >= 0) press(line.dataset.gridCode);
    };
    line.addEventListener("click", act);
    line.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      act();
    });
  }
  Object.assign(sheet, { empty, fill, takeBack });
})();
