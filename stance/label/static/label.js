// The labelling page's own script: one key an answer, which the server has on its disk before the next one is shown.
"use strict";
(() => {
  const { $, $$, Refused, call, fragment, say } = stance;
  const body = document.body;
  const card = $("#card");
  const alerts = $("#alerts");
  const note = $("#note");
  const PAUSE_MINUTES = Number(body.dataset.pauseMinutes);
  const PAUSE_MS = PAUSE_MINUTES * 60 * 1000;

  let current = { number: Number(card.dataset.number), version: card.dataset.version, given: card.dataset.given,
    skipped: Boolean(card.dataset.skipped), note: card.dataset.note };
  let busy = false;

  // Time in sight: what passes between two touches counts, a pause as so many minutes at most, a hidden page not at all.

  let spent = 0;
  let touched = 0; // 0 while the page is hidden
  let capped = false;

  function touch() {
    const now = performance.now();
    if (touched) {
      const gap = now - touched;
      spent += Math.min(gap, PAUSE_MS);
      if (gap > PAUSE_MS) {
        capped = true;
        say(`A long pause: it counts as ${PAUSE_MINUTES} minutes`);
      }
    }
    touched = document.hidden ? 0 : now;
  }

  function startTime() {
    spent = 0;
    capped = false;
    touched = document.hidden ? 0 : performance.now();
  }

  for (const kind of ["keydown", "pointerdown", "pointermove", "wheel", "touchmove"]) {
    document.addEventListener(kind, touch, { capture: true, passive: true });
  }
  document.addEventListener("scroll", touch, { capture: true, passive: true });
  document.addEventListener("visibilitychange", touch);

  // Showing.

  function show(unit, { focus = true } = {}) {
    current = unit;
    card.replaceChildren(fragment(unit.html));
    settle();
    const { n_units: nUnits, n_done: nDone, n_skipped: nSkipped } = unit.progress;
    const words = `${nDone.toLocaleString("en")} of ${nUnits.toLocaleString("en")} done`;
    $("#progress-words").textContent = nSkipped ? `${words}, ${nSkipped.toLocaleString("en")} “cannot tell”` : words;
    $("#progress").value = nDone;
    $("#progress").max = nUnits;
    document.title = `${unit.number ? `Number ${unit.number}` : "All done"} – stance label`;
    history.replaceState(null, "", unit.number ? `/units/${unit.number}` : "/");
    if (focus) $("#item-title").focus({ preventScroll: true });
  }

  // What belongs to the unit shown, around its card.
  function settle() {
    note.value = current.note;
    note.disabled = !current.number;
    $$(".choice").forEach((one) => {
      const pressed = one.dataset.act === "skip" ? current.skipped : one.dataset.word === current.given;
      one.setAttribute("aria-pressed", String(Boolean(current.number) && pressed));
      one.setAttribute("aria-disabled", String(!current.number));
    });
    bringUp();
    startTime();
  }

  // What a comment answers stands above it, and may be long: the comment begins in the upper half all the same.
  function bringUp() {
    const title = $("#item-title");
    const scroller = [$("#scroller"), $(".reading", card)].find((one) => getComputedStyle(one).overflowY === "auto");
    if (!scroller) return;
    scroller.scrollTop = 0;
    const above = title.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    scroller.scrollTop = Math.max(0, above - scroller.clientHeight * 0.45);
  }

  function alarm(words, again) {
    const line = document.createElement("div");
    line.className = "alert";
    line.append(words);
    const add = (label, then) => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "plain";
      made.textContent = label;
      made.addEventListener("click", () => { line.remove(); then(); });
      line.append(made);
    };
    if (again) add("Try again", again);
    add("Close", () => {});
    alerts.replaceChildren(line);
  }

  // Asking the server: one thing at a time, so that nobody answers what they have not seen.

  async function ask(path, what, trouble, again) {
    if (busy) return undefined;
    busy = true;
    body.classList.add("busy");
    try {
      const unit = await call(path, what);
      alerts.replaceChildren();
      show(unit);
      return unit;
    } catch (error) {
      if (error instanceof Refused && error.status === 409) {
        busy = false;
        const unit = current.number && await ask(`/api/units/${current.number}`, undefined, trouble);
        if (unit) say(error.message);
        return undefined;
      }
      alarm(error instanceof Refused ? `${trouble}: ${error.message}` : `${trouble}: the server does not answer.`, again);
      return undefined;
    } finally {
      busy = false;
      body.classList.remove("busy");
    }
  }

  async function answer(word) {
    if (!current.number || busy) return;
    touch();
    const what = {
      version: current.version,
      word,
      seconds: Math.min(86400, Math.round(spent / 100) / 10),
      capped,
      note: note.value,
    };
    const kept = await ask(`/api/units/${current.number}/answer`, what, "Not kept", () => answer(word));
    if (kept) say(kept.number ? `Kept: ${word || "cannot tell"}. Number ${kept.number}` : `Kept: ${word || "cannot tell"}. All are done`);
  }

  async function undo() {
    const unit = await ask("/api/undo", {}, "Not undone", undo);
    if (unit) say(`Undone, number ${unit.number} is open again`);
  }

  function go(by) {
    const last = Number($("#progress").max);
    const number = current.number ? current.number + by : last + 1 + by;
    if (number < 1) say("This is the first one");
    else if (number > last) say("This is the last one");
    else ask(`/api/units/${number}`, undefined, "It cannot be shown", () => go(by));
  }

  function fold() {
    const folds = $$(".fold", card);
    const opening = folds.some((one) => !one.open);
    folds.forEach((one) => { one.open = opening; });
    if (folds.length) say(opening ? "Open" : "Folded");
  }

  // Keys.

  stance.themes();
  const openSheet = stance.sheet();
  const acts = { skip: () => answer(null), undo, back: () => go(-1), forward: () => go(1) };
  const keys = {
    0: acts.skip,
    u: undo,
    k: acts.back,
    ArrowLeft: acts.back,
    j: acts.forward,
    ArrowRight: acts.forward,
    o: () => location.assign("/"),
    n: () => note.focus(),
    f: fold,
    "?": openSheet,
  };
  $$(".choice[data-word]").forEach((one) => { keys[$("kbd", one).textContent] = () => answer(one.dataset.word); });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || $("#sheet").open) return;
    if (event.target === note) {
      if (event.key === "Escape" || event.key === "Enter") note.blur();
      return;
    }
    // A key held down must not answer what nobody has read.
    if (event.target.matches("input") || !stance.keysOn() || event.repeat || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-act], button[data-word]");
    if (!button || button.getAttribute("aria-disabled") === "true") return;
    if (button.dataset.act) acts[button.dataset.act]();
    else answer(button.dataset.word);
  });

  // A page that the browser kept may be behind what was answered since.
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  settle();
  history.replaceState(null, "", current.number ? `/units/${current.number}` : "/");
})();
