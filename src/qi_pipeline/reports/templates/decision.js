"use strict";
// Lights up a field's box on its page and a box's field in its table, and opens pages in a viewer.
// Everything is found by ids that the report itself made; nothing read from paper is ever run or set as markup.
(() => {
  const viewer = document.getElementById("viewer");
  if (!viewer || !viewer.showModal) return;
  document.documentElement.classList.add("js");
  const stage = viewer.querySelector(".stage");
  const list = viewer.querySelector("aside ul");
  const none = viewer.querySelector("[data-none]");
  const title = document.getElementById("viewer-title");
  const count = document.getElementById("viewer-count");
  const tool = (name) => viewer.querySelector(`[data-do="${name}"]`);
  const sheets = [...document.querySelectorAll("figure.sheet")].filter((sheet) => sheet.querySelector("img"));
  const STEPS = [1, 1.5, 2, 3, 4];
  let lit = null;
  let kept = null;
  let hovered = null;
  let focused = null;
  let at = -1;
  let zoom = 0;

  const of = (row) => document.querySelectorAll(`[data-row="${row}"]`);

  // Marks everything that belongs to one row, wherever it stands, and nothing else.
  function light(row) {
    if (row === lit) return;
    if (lit) of(lit).forEach((each) => each.classList.remove("hot"));
    lit = row;
    if (!row) return;
    of(row).forEach((each) => each.classList.add("hot"));
  }

  // Shows the page of a row large, where it is one of several beside the table.
  function turnTo(sheet) {
    const pages = sheet && sheet.closest(".sheets:not(.wide)");
    if (!pages || sheet.classList.contains("now")) return;
    pages.querySelectorAll(".now").forEach((each) => each.classList.remove("now"));
    sheet.classList.add("now");
  }

  function pointed(event) {
    const target = event.target.closest ? event.target.closest("[data-row]") : null;
    if (!target) return null;
    if (target.dataset.sheet && !viewer.open) turnTo(document.getElementById(target.dataset.sheet));
    return target.dataset.row;
  }

  // What the mouse is on comes first, then what has the focus, then what was tapped.
  const relight = () => light(hovered || focused || kept);
  document.addEventListener("pointerover", (event) => { hovered = pointed(event); relight(); });
  document.addEventListener("focusin", (event) => { focused = pointed(event); relight(); });
  document.addEventListener("focusout", () => { focused = null; relight(); });

  function fit() {
    const leaf = stage.querySelector(".leaf");
    const image = leaf && leaf.querySelector("img");
    if (!image) return;
    leaf.style.width = "0"; // without it the scroll bars of the last zoom would count
    const wide = stage.clientWidth - 32;
    const high = stage.clientHeight - 32;
    const whole = Math.min(wide, (high * image.naturalWidth) / Math.max(image.naturalHeight, 1)) || wide;
    leaf.style.width = `${Math.round(Math.max(whole, 120) * STEPS[zoom])}px`;
    tool("out").disabled = zoom === 0;
    tool("in").disabled = zoom === STEPS.length - 1;
  }

  function show(index, row) {
    if (index < 0 || index >= sheets.length) return;
    at = index;
    const source = sheets[at];
    const leaf = source.querySelector(".leaf").cloneNode(true);
    stage.replaceChildren(leaf);
    stage.scrollTo(0, 0);
    title.textContent = source.querySelector("figcaption").textContent;
    count.textContent = `${at + 1} / ${sheets.length}`;
    tool("previous").disabled = at === 0;
    tool("next").disabled = at === sheets.length - 1;
    const seen = [...leaf.querySelectorAll("a[data-row]")];
    seen.sort((a, b) => Number(a.firstElementChild.getAttribute("y")) - Number(b.firstElementChild.getAttribute("y")));
    list.replaceChildren(
      ...seen.map((mark) => {
        const item = document.createElement("li");
        const link = document.createElement("a");
        item.dataset.row = mark.dataset.row;
        link.href = `#${mark.dataset.row}`;
        link.textContent = mark.getAttribute("aria-label");
        item.className = mark.firstElementChild.getAttribute("class");
        item.append(link);
        return item;
      }),
    );
    none.hidden = seen.length > 0;
    kept = row || null;
    lit = null;
    fit();
    light(kept);
    bring(kept);
  }

  // Scrolls to the box of a row within the stage, and to its line in the list.
  function bring(row) {
    if (!row) return;
    const box = stage.querySelector(`a[data-row="${row}"]`);
    if (box) box.scrollIntoView({ block: "center", inline: "center" });
    const line = list.querySelector(`[data-row="${row}"]`);
    if (line) line.scrollIntoView({ block: "nearest" });
  }

  function open(id, row) {
    const index = sheets.findIndex((sheet) => sheet.id === id);
    if (index < 0) return false;
    zoom = 0;
    if (!viewer.open) viewer.showModal();
    stage.focus({ preventScroll: true });
    show(index, row);
    return true;
  }

  function zoomTo(step) {
    zoom = Math.max(0, Math.min(STEPS.length - 1, step));
    fit();
    bring(kept);
  }

  const acts = {
    previous: () => show(at - 1),
    next: () => show(at + 1),
    in: () => zoomTo(zoom + 1),
    out: () => zoomTo(zoom - 1),
    fit: () => zoomTo(0),
    close: () => viewer.close(),
  };

  viewer.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) return acts[button.dataset.do]();
    const mark = event.target.closest("a[data-row], li[data-row]");
    if (mark) {
      event.preventDefault();
      kept = mark.dataset.row;
      light(kept);
      bring(kept);
    } else if (event.target === viewer) {
      viewer.close();
    }
  });
  viewer.addEventListener("close", () => {
    kept = null;
    light(null);
    stage.replaceChildren();
  });
  viewer.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = {
      ArrowLeft: "previous", PageUp: "previous", ArrowRight: "next", PageDown: "next",
      "+": "in", "=": "in", "-": "out", 0: "fit",
    };
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    acts[act]();
  });
  addEventListener("resize", () => viewer.open && fit());

  document.addEventListener("click", (event) => {
    if (viewer.contains(event.target)) return;
    const mark = event.target.closest(".leaf a[data-row]");
    if (mark) {
      // A box was pointed at: its row comes into sight. The place of a finding is its cut-out.
      event.preventDefault();
      kept = mark.dataset.row;
      light(kept);
      const row = document.getElementById(kept);
      if (row) row.scrollIntoView({ block: "nearest" });
      return;
    }
    const opener = event.target.closest("[data-open]");
    const cut = event.target.closest(".cut[data-sheet]");
    const leaf = event.target.closest(".leaf");
    const row = event.target.closest("[data-row]");
    const sheet = opener ? opener.dataset.open : cut ? cut.dataset.sheet : leaf ? leaf.closest("figure").id : null;
    if (sheet && open(sheet, row ? row.dataset.row : null)) {
      event.preventDefault();
    } else if (row && event.target.closest("a[href^='#p']")) {
      // The link of a row to its page: the page is already beside it.
      event.preventDefault();
      turnTo(document.getElementById(row.dataset.sheet));
      open(row.dataset.sheet, row.dataset.row);
    } else {
      kept = row ? row.dataset.row : null; // a tap keeps its row lit, a tap elsewhere lets go
      light(kept);
    }
  });
})();
