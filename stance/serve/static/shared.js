// What every page has: asking its server, putting its markup in, telling, theme, sheet of keys.
// The server makes all markup, with every text escaped; it is put in through one Trusted Types policy and nowhere else.
"use strict";
window.stance = (() => {
  const markup = window.trustedTypes
    ? trustedTypes.createPolicy("stance", { createHTML: (text) => text })
    : { createHTML: (text) => text };
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  class Refused extends Error {
    constructor(status, words, stale) {
      super(words);
      this.status = status;
      this.stale = stale || [];
    }
  }

  async function call(path, what) {
    const asked = what === undefined ? {} : {
      method: "POST",
      headers: { "content-type": "application/json", "x-csrf-token": document.body.dataset.csrf },
      body: JSON.stringify(what),
    };
    const answer = await fetch(path, asked);
    if (answer.status === 401) location.assign("/login");
    const data = (answer.headers.get("content-type") || "").includes("json") ? await answer.json() : {};
    if (!answer.ok) throw new Refused(answer.status, data.error || `The server answers ${answer.status}.`, data.stale);
    return data;
  }

  function fragment(html) {
    const holder = document.createElement("template");
    holder.innerHTML = markup.createHTML(html);
    return holder.content;
  }

  function say(words) {
    const said = $("#said");
    said.textContent = "";
    said.textContent = words;
    const toast = $("#toast");
    if (!toast) return;
    toast.textContent = words;
    toast.classList.add("shown");
    clearTimeout(say.timer);
    say.timer = setTimeout(() => toast.classList.remove("shown"), 2200);
  }

  function themes() {
    const button = $("#theme");
    if (!button) return;
    const names = ["", "dark", "light"];
    const words = { "": "as the system", dark: "dark", light: "light" };
    const now = () => document.documentElement.dataset.theme || "";
    const label = () => button.setAttribute("aria-label", `Theme: ${words[now()]}`);
    button.addEventListener("click", () => {
      const next = names[(names.indexOf(now()) + 1) % names.length];
      if (next) document.documentElement.dataset.theme = next;
      else delete document.documentElement.dataset.theme;
      document.cookie = `stance-theme=${next}; path=/; max-age=31536000; samesite=lax`;
      label();
      say(`Theme: ${words[next]}`);
    });
    label();
  }

  let keysOn = true; // single keys act, unless they get in somebody's way

  function sheet() {
    const dialog = $("#sheet");
    if (!dialog) return () => {};
    const box = $("#keys-on");
    keysOn = box.checked = localStorage.getItem("stance-keys") !== "off";
    box.addEventListener("change", () => {
      keysOn = box.checked;
      localStorage.setItem("stance-keys", keysOn ? "on" : "off");
    });
    const open = () => dialog.showModal();
    $("#sheet-open").addEventListener("click", open);
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    return open;
  }

  return { $, $$, Refused, call, fragment, say, themes, sheet, keysOn: () => keysOn };
})();
