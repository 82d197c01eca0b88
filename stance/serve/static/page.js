// The pages' own script: it moves through the queue by keys, saves each decision, and hears what others do.
"use strict";
(() => {
  const { $, $$, Refused, call, fragment, say } = stance;
  const body = document.body;
  const DONE = { approve: "Approved", reject: "Rejected", escalate: "Escalated", defer: "Deferred" };
  const AHEAD = 2; // items held and at hand beside the one shown
  const RENEW_MS = 4 * 60 * 1000;
  const AWAY_MS = 10 * 60 * 1000; // whoever does nothing for as long lets others have what they hold

  // The queue.

  function queue(openSheet) {
    const decides = Boolean(body.dataset.decides);
    const takes = Boolean(body.dataset.takes); // open items, held one by one; else a list is looked through
    const wanted = JSON.parse(body.dataset.wanted);
    const query = body.dataset.query;
    const card = $("#card");
    const alerts = $("#alerts");
    const list = $("#list");

    let current = null; // {id, version, name, state, held, html}, and lost: true where it can no longer be decided on
    let ahead = []; // held, in the order in which they come
    const behind = []; // ids shown before, the last at the end
    const skipped = new Set();
    const selected = new Map(); // id -> version, as it was listed
    const saving = new Set(); // promises of decisions on their way
    let decided = new Set(); // ids that this page decided, to tell its own work from others'
    let filling = null;
    let round = 0; // a newer open() or next() makes older ones give way
    let shownAt = 0;
    let lastActive = Date.now();
    let lastRenewal = Date.now();

    const row = (id) => $(`.row[data-id="${id}"]`, list);
    const itemPath = (id) => `/items/${id}${query ? `?${query}` : ""}`;

    // Showing.

    function show(item, { focus = true } = {}) {
      current = item;
      shownAt = performance.now();
      if (item.html !== undefined) {
        card.replaceChildren(fragment(item.html));
        bringUp();
      }
      document.title = `${item.name} – stance`;
      history.replaceState(null, "", itemPath(item.id));
      $$(".row.current", list).forEach((one) => one.classList.remove("current"));
      const listed = row(item.id);
      if (listed) {
        listed.classList.add("current");
        listed.scrollIntoView({ block: "nearest" });
      }
      closeWhy();
      const note = $("#note");
      if (note) note.value = "";
      allow(!item.heldBy && item.state !== "erased");
      const title = $("#item-title");
      if (focus && title) title.focus({ preventScroll: true });
      body.classList.remove("side-shown");
    }

    // What a comment answers stands above it, and may be long: the comment begins in the upper half all the same.
    function bringUp() {
      const title = $("#item-title");
      const scroller = getComputedStyle(card).overflowY === "auto" ? card : $(".reading", card);
      if (!title || !scroller) return;
      scroller.scrollTop = 0;
      const above = title.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
      scroller.scrollTop = Math.max(0, above - scroller.clientHeight * 0.4);
    }

    function allow(may) {
      $$("#acts .act").forEach((button) => {
        if (!["undo", "next", "previous"].includes(button.dataset.act)) button.setAttribute("aria-disabled", String(!may));
      });
    }

    function showNothing() {
      current = null;
      const words = document.createElement("p");
      words.className = "waiting";
      words.textContent = skipped.size ? `Only the ${skipped.size} you left open remain. ` : "Nothing is left here.";
      if (skipped.size) {
        const again = document.createElement("button");
        again.className = "plain";
        again.textContent = "Show them again";
        again.addEventListener("click", () => { skipped.clear(); next(); });
        words.append(again);
      }
      const section = document.createElement("section");
      section.className = "reading";
      section.append(words);
      card.replaceChildren(section);
      document.title = "Queue – stance";
      history.replaceState(null, "", `/${query ? `?${query}` : ""}`);
      allow(false);
      say(words.firstChild.textContent);
      refreshSoon();
    }

    function lose(words) {
      if (!current || current.lost) return;
      current.lost = true;
      allow(false);
      const notice = document.createElement("p");
      notice.className = "notice lost";
      notice.textContent = `${words} Nothing can be saved here; go on with the next.`;
      const place = $("#notice");
      if (place) place.replaceChildren(notice);
      say(words);
    }

    function alarm(words, button, act) {
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
      if (button) add(button, act);
      add("Close", () => {});
      alerts.append(line);
      while (alerts.children.length > 4) alerts.firstChild.remove();
    }

    function trouble(error, doing) {
      alarm(`${doing}: ${error instanceof Refused ? error.message : "the server does not answer."}`);
    }

    // Moving.

    function fill(n) {
      if (!takes) return Promise.resolve();
      if (!filling) {
        const held = [current, ...ahead].filter(Boolean).map((one) => one.id);
        const avoid = [...held, ...skipped, ...selected.keys(), ...decided].slice(-1000);
        filling = call("/api/take", { wanted, avoid, n })
          .then((data) => { ahead.push(...data.cards); })
          .finally(() => { filling = null; });
      }
      return filling;
    }

    function top() {
      if (takes && ahead.length < AHEAD) fill(AHEAD - ahead.length).catch(() => {});
    }

    async function next({ leave = true } = {}) {
      const mine = ++round;
      if (current) {
        behind.push(current.id);
        if (leave && takes && !current.lost && !decided.has(current.id)) {
          skipped.add(current.id);
          if (current.held && !selected.has(current.id)) call("/api/release", { items: [current.id] }).catch(() => {});
        }
      }
      if (!takes) return walk(1);
      if (!ahead.length) {
        try {
          if (filling) await filling;
          if (!ahead.length) await fill(1);
        } catch (error) {
          if (current) behind.pop();
          return trouble(error, "The next comment could not be taken");
        }
        if (mine !== round) return undefined;
      }
      const item = ahead.shift();
      if (item) show(item);
      else showNothing();
      top();
      return undefined;
    }

    async function walk(by) {
      const rows = $$(".row", list);
      const at = current ? rows.findIndex((one) => Number(one.dataset.id) === current.id) : -1;
      const target = rows[at + by];
      if (target) return open(Number(target.dataset.id), { remember: false });
      const more = $("#more");
      if (by > 0 && more) location.assign(more.href);
      else say(by > 0 ? "This is the last one." : "This is the first one.");
      return undefined;
    }

    async function open(id, { remember = true } = {}) {
      const mine = ++round;
      if (remember && current && current.id !== id) {
        behind.push(current.id);
        if (current.held && !current.lost && !decided.has(current.id)) ahead.unshift(current);
      }
      ahead = ahead.filter((one) => one.id !== id);
      try {
        const item = await call(decides ? `/api/items/${id}/hold` : `/api/items/${id}`, decides ? {} : undefined);
        if (mine === round) show(item);
      } catch (error) {
        trouble(error, "That comment could not be opened");
      }
    }

    async function previous() {
      if (!takes) return walk(-1);
      const id = behind.pop();
      if (id === undefined) return say("There is none before this one.");
      await Promise.allSettled([...saving]);
      if (current && current.held && !current.lost) ahead.unshift(current);
      current = null;
      skipped.delete(id);
      decided.delete(id);
      return open(id, { remember: false });
    }

    // Deciding.

    function decide(action, reason = null) {
      if (selected.size) return decideSelected(action, reason);
      if (!current) return undefined;
      if (current.lost || current.heldBy || current.state === "erased") {
        return say(current.heldBy ? `${current.heldBy} has this comment.` : "Nothing can be saved here.");
      }
      const item = current;
      const what = {
        version: item.version,
        action,
        reason,
        note: $("#note").value,
        seconds: Math.min(86400, Math.round((performance.now() - shownAt) / 100) / 10),
      };
      decided.add(item.id);
      save(item, what);
      return next({ leave: false });
    }

    function save(item, what) {
      const listed = row(item.id);
      if (listed) listed.classList.add("done");
      const done = call(`/api/items/${item.id}/decide`, what).then(
        () => {
          say(`${DONE[what.action]} ${item.name}`);
          drop(item.id);
        },
        (error) => {
          decided.delete(item.id);
          if (listed) listed.classList.remove("done");
          if (error instanceof Refused) {
            alarm(`Not saved, ${item.name}: ${error.message}`, "Show it", () => open(item.id));
          } else {
            alarm(`Not saved, ${item.name}: the server does not answer.`, "Save again", () => {
              decided.add(item.id);
              save(item, what);
            });
          }
        },
      ).finally(() => saving.delete(done));
      saving.add(done);
    }

    async function decideSelected(action, reason) {
      const items = [...selected].map(([id, version]) => ({ id, version }));
      const ids = new Set(items.map((one) => one.id));
      closeWhy();
      try {
        ids.forEach((id) => decided.add(id));
        await call("/api/decide", { items, action, reason, note: $("#note").value });
      } catch (error) {
        ids.forEach((id) => decided.delete(id));
        if (!(error instanceof Refused) || !error.stale.length) return trouble(error, "Nothing was decided");
        error.stale.forEach((id) => selected.delete(id));
        showSelected();
        refresh();
        return alarm(`Nothing was decided: ${error.stale.length} of ${items.length} changed meanwhile, and are not selected any more.`);
      }
      say(`${DONE[action]} ${items.length} comments`);
      ids.forEach(drop);
      selected.clear();
      showSelected();
      ahead = ahead.filter((one) => !ids.has(one.id));
      if (current && ids.has(current.id)) next({ leave: false });
      return undefined;
    }

    async function undo(sequence = null) {
      await Promise.allSettled([...saving]);
      try {
        const data = await call("/api/undo", { sequence });
        data.decisions.forEach((one) => { decided.delete(one.item); skipped.delete(one.item); });
        const ids = new Set(data.decisions.map((one) => one.item));
        if (current && current.held && !current.lost && !ids.has(current.id)) ahead.unshift(current);
        ahead = [...data.cards.slice(1), ...ahead.filter((one) => !ids.has(one.id))];
        if (data.cards.length) show(data.cards[0]);
        say(data.decisions.length > 1 ? `Took back ${data.decisions.length} decisions` : `Took back the decision on ${data.cards[0].name}`);
        refresh();
      } catch (error) {
        trouble(error, "Not taken back");
      }
    }

    // Why.

    const why = $("#why");

    function openWhy() {
      if (!why || (!current && !selected.size)) return;
      why.hidden = false;
      $("#acts").classList.add("asking");
      $(".act.reject").setAttribute("aria-expanded", "true");
      $("[data-reason]", why).focus();
    }

    function closeWhy() {
      if (!why || why.hidden) return;
      why.hidden = true;
      $("#acts").classList.remove("asking");
      $(".act.reject").setAttribute("aria-expanded", "false");
    }

    // The list and what is selected in it.

    function drop(id) {
      const listed = row(id);
      selected.delete(id);
      if (wanted.state !== "open") return refreshSoon(); // it may have left this list, or not
      if (listed) listed.remove();
      if ($$(".row", list).length < 12 && $("#rows").dataset.more) refreshSoon();
      return undefined;
    }

    async function refresh() {
      const scrolled = $("#side").scrollTop;
      try {
        const answer = await fetch(`/api/list?${new URLSearchParams(Object.entries(wanted).filter(([, value]) => value))}`);
        if (!answer.ok) return;
        list.replaceChildren(fragment(await answer.text()));
        $("#side").scrollTop = scrolled;
        if (current && row(current.id)) row(current.id).classList.add("current");
        for (const id of selected.keys()) if (!row(id)) selected.delete(id);
        showSelected();
      } catch { /* the server is away; the live updates say so, and ask again */ }
    }

    function refreshSoon() {
      clearTimeout(refreshSoon.timer);
      refreshSoon.timer = setTimeout(refresh, 800);
    }

    function showSelected() {
      $$(".row", list).forEach((one) => {
        const picked = selected.has(Number(one.dataset.id));
        one.classList.toggle("picked", picked);
        const box = $("input", one);
        if (box) box.checked = picked;
      });
      const bar = $("#selection");
      if (!bar) return;
      bar.hidden = !selected.size;
      $("#selected-count").textContent = String(selected.size);
      if (selected.size) allow(true);
      else if (current) allow(!current.lost && !current.heldBy && current.state !== "erased");
    }

    function pick(id, picked = !selected.has(id)) {
      const listed = row(id);
      const version = listed ? Number(listed.dataset.version) : current && current.id === id ? current.version : 0;
      if (picked && version) selected.set(id, version);
      else selected.delete(id);
      showSelected();
      say(`${selected.size} selected`);
    }

    function pickAll() {
      $$(".row:not(.done)", list).forEach((one) => selected.set(Number(one.dataset.id), Number(one.dataset.version)));
      showSelected();
      say(`${selected.size} selected`);
    }

    function pickNone() {
      selected.clear();
      showSelected();
    }

    // The rest of the keys.

    function fold() {
      const folds = $$(".fold", card);
      const opening = folds.some((one) => !one.open);
      folds.forEach((one) => { one.open = opening; });
      say(opening ? "Context open" : "Context folded");
    }

    const acts = {
      approve: () => decide("approve"),
      reject: openWhy,
      escalate: () => decide("escalate"),
      defer: () => decide("defer"),
      undo: () => undo(),
      next: () => next(),
      previous: () => previous(),
    };
    const reading = {
      j: acts.next,
      k: acts.previous,
      f: fold,
      t: () => { const link = $("#thread-link"); if (link) location.assign(link.href); },
      "/": () => { body.classList.add("side-shown"); $("#search").select(); $("#search").focus(); },
      "?": openSheet,
    };
    const working = {
      a: acts.approve,
      r: acts.reject,
      e: acts.escalate,
      d: acts.defer,
      u: acts.undo,
      n: () => $("#note").focus(),
      x: () => { if (current) pick(current.id); },
      X: pickAll,
    };
    const keys = decides ? { ...reading, ...working } : reading;

    function escape() {
      if (why && !why.hidden) {
        closeWhy();
        $(".act.reject").focus();
      } else if (document.activeElement.matches("input, select")) document.activeElement.blur();
      else if (body.classList.contains("side-shown")) body.classList.remove("side-shown");
      else pickNone();
    }

    document.addEventListener("keydown", (event) => {
      lastActive = Date.now();
      if (event.ctrlKey || event.metaKey || event.altKey || $("#sheet").open) return;
      if (event.key === "Escape") return escape();
      const typing = event.target.matches("input:not([type=checkbox]), select, textarea");
      if (typing && event.target.id === "note" && event.key === "Enter") return event.target.blur();
      if (typing || !stance.keysOn()) return;
      if (why && !why.hidden) {
        const reason = $$("[data-reason]", why).find((one) => one.dataset.key === event.key);
        if (reason && !event.repeat) {
          event.preventDefault();
          decide("reject", reason.dataset.reason);
        }
        return;
      }
      // A key held down must not decide on what nobody has read.
      if (event.repeat && !["j", "k"].includes(event.key)) return;
      if (!(event.key in keys)) return;
      event.preventDefault();
      keys[event.key]();
    });

    document.addEventListener("pointerdown", () => { lastActive = Date.now(); });

    document.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-act], button[data-reason], #why-not, #select-none");
      if (button) {
        if (button.getAttribute("aria-disabled") === "true") return;
        if (button.dataset.act) acts[button.dataset.act]();
        else if (button.dataset.reason) decide("reject", button.dataset.reason);
        else if (button.id === "why-not") closeWhy();
        else pickNone();
        return;
      }
      const link = event.target.closest(".row > a, .neighbour .go");
      if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
        event.preventDefault();
        open(Number(link.pathname.split("/").pop()));
      }
    });

    list.addEventListener("change", (event) => {
      const listed = event.target.closest(".row");
      if (listed) pick(Number(listed.dataset.id), event.target.checked);
    });

    card.addEventListener("submit", async (event) => {
      event.preventDefault();
      const form = event.target;
      const sentence = Number(form.closest(".claim").dataset.sentence);
      const item = current;
      try {
        const what = { sentence, outcome: form.elements.outcome.value, note: form.elements.note.value };
        const fresh = await call(`/api/items/${item.id}/check`, what);
        say("The check is noted");
        if (current === item) renewClaims(fresh, sentence);
      } catch (error) {
        trouble(error, "The check was not noted");
      }
    });

    function renewClaims(fresh, sentence) {
      const claims = $("#claims", fragment(fresh.html));
      if (!claims || !$("#claims")) return;
      $("#claims").replaceWith(claims);
      const summary = sentence === undefined ? null : $(`.claim[data-sentence="${sentence}"] summary`);
      if (summary) summary.focus();
    }

    function light(event, lit) {
      const reason = event.target.closest && event.target.closest(".reason");
      if (!reason) return;
      const number = reason.dataset.reasonNumber;
      $$(".hit", card).forEach((one) => one.classList.toggle("lit", lit && one.dataset.reasons.split(" ").includes(number)));
    }
    card.addEventListener("pointerover", (event) => light(event, true));
    card.addEventListener("pointerout", (event) => light(event, false));

    const drawer = $("#show-side");
    drawer.addEventListener("click", () => {
      drawer.setAttribute("aria-expanded", String(body.classList.toggle("side-shown")));
    });

    // What others do.

    function heard(change) {
      const id = change.item;
      const others = change.moderator !== body.dataset.name;
      if (id === null) return refreshSoon();
      if (change.what === "decided" && !decided.has(id)) {
        drop(id);
        ahead = ahead.filter((one) => one.id !== id);
        if (current && current.id === id) compare(id, `${others ? change.moderator : "You"} decided this ${others ? "meanwhile" : "in another window"}.`);
      } else if (change.what === "leased" || change.what === "released") {
        const listed = row(id);
        if (listed) $(".holder", listed).textContent = change.what === "leased" && others ? `${change.moderator} has it` : "";
      } else if (change.what === "undone") {
        decided.delete(id);
        refreshSoon();
      } else if (change.what === "checked" && others && current && current.id === id) {
        call(`/api/items/${id}`).then((fresh) => { if (current && current.id === id) renewClaims(fresh); }, () => {});
      } else if (["loaded", "purged", "rescored"].includes(change.what)) {
        refreshSoon();
      }
      return undefined;
    }

    // News can be older than what is shown: only another version is a loss.
    async function compare(id, words) {
      try {
        const fresh = await call(`/api/items/${id}`);
        if (current && current.id === id && fresh.version !== current.version) lose(words);
      } catch { /* a decision tells what is wrong */ }
    }

    function listen() {
      const live = $("#live");
      const tell = (on) => {
        live.classList.toggle("on", on);
        live.classList.toggle("off", !on);
        $("#live-words").textContent = on ? "live" : "no connection";
      };
      const source = new EventSource("/api/events");
      let broken = false;
      source.addEventListener("hello", () => {
        tell(true);
        if (broken) refresh();
        broken = false;
      });
      source.addEventListener("error", () => { broken = true; tell(false); });
      source.addEventListener("change", (event) => heard(JSON.parse(event.data)));
      source.addEventListener("lost", refresh);
      source.addEventListener("lanes", (event) => {
        const counts = JSON.parse(event.data);
        $$("[data-lane]").forEach((one) => { $(".count", one).textContent = (counts[one.dataset.lane] || 0).toLocaleString("en"); });
      });
      window.addEventListener("pagehide", () => source.close());
    }

    // Holding on, and letting go.

    const held = () => [current, ...ahead].filter((one) => one && one.held && !one.lost && !decided.has(one.id)).map((one) => one.id);

    async function renew() {
      lastRenewal = Date.now();
      const items = held();
      if (!items.length || Date.now() - lastActive > AWAY_MS) return;
      try {
        const { lost } = await call("/api/renew", { items });
        ahead = ahead.filter((one) => !lost.includes(one.id));
        if (current && lost.includes(current.id)) lose("Your hold on this comment ran out, and somebody else took it or decided.");
      } catch { /* the next renewal tries again; a decision tells what is wrong */ }
    }
    setInterval(renew, RENEW_MS);
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && Date.now() - lastRenewal > RENEW_MS) renew();
    });

    window.addEventListener("beforeunload", (event) => { if (saving.size) event.preventDefault(); });
    window.addEventListener("pagehide", () => {
      const items = held();
      if (!decides || !items.length) return;
      fetch("/api/release", {
        method: "POST",
        keepalive: true,
        headers: { "content-type": "application/json", "x-csrf-token": body.dataset.csrf },
        body: JSON.stringify({ items }),
      }).catch(() => {});
    });
    window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

    async function begin() {
      listen();
      const asked = location.pathname.match(/^\/items\/(\d+)$/);
      if (asked) await open(Number(asked[1]));
      else if (takes) await next();
      else if ($(".row", list)) await walk(1);
      card.removeAttribute("aria-busy"); // what the server had put here was to be read, and not yet held
      top();
    }
    begin();
  }

  stance.themes();
  const openSheet = stance.sheet();
  if (body.classList.contains("queue")) queue(openSheet);
  else if (body.classList.contains("thread")) {
    const live = $("#live");
    live.remove();
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !stance.keysOn() || $("#sheet").open) return;
      if (event.key === "?") openSheet();
      if (event.key === "t" || event.key === "Escape") location.assign($(".crumb a").href);
    });
  }
})();
