// What HTML alone cannot do: local times, dialogs, toasts, revealing secrets, and following what happens on the server.
// Every part works on attributes, so that templates say what they want and no page has a script of its own.
(() => {
  "use strict";

  // ---- times: <time datetime data-local> in the reader's zone, the full form as its title
  const short = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
  const localise = (root) => {
    for (const element of root.querySelectorAll("time[data-local]")) {
      const at = new Date(element.dateTime);
      if (Number.isNaN(at.valueOf())) continue;
      const text = short.format(at);
      if (element.textContent !== text) element.textContent = text;
      element.title = full.format(at);
    }
  };

  // The server needs the zone where it reads a time that was typed, and to know when the reader's day began.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) document.cookie = `provisor_zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=strict`;

  // ---- toasts leave by themselves, but not while they are being read
  const expire = (root) => {
    for (const toast of root.querySelectorAll("[data-toast]:not([data-timed])")) {
      toast.dataset.timed = "";
      const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : toast.remove());
      setTimeout(leave, toast.classList.contains("toast-red") ? 15000 : 6000);
    }
  };

  // ---- one dialog, filled by htmx
  const dialog = () => document.getElementById("dialog");
  const openDialog = () => {
    const element = dialog();
    if (element && !element.open) {
      // The menu that a dialog was opened from closes with it: focus goes back to the menu's button.
      const menu = document.activeElement?.closest("[popover]");
      const button = menu && document.querySelector(`[popovertarget="${menu.id}"]`);
      if (button) element.addEventListener("close", () => button.focus(), { once: true });
      element.showModal();
    }
    // Never on what cannot be taken back: a second Enter must not confirm it.
    element?.querySelector("[autofocus], input:not([type=hidden]), select, textarea, button:not([data-close-dialog], .btn-danger), [data-cancel]")?.focus();
  };

  // ---- details that somebody has opened stay open when what is around them is fetched anew
  const opened = new Set();
  const reopen = () => {
    for (const id of opened) {
      const details = document.getElementById(id);
      if (details && !details.open) details.open = true;
    }
  };

  document.addEventListener("htmx:after:swap", (event) => {
    const target = event.detail?.ctx?.target ?? event.target;
    localise(document);
    reopen();
    expire(document);
    if (target?.id === "dialog-body" && target.childElementCount) openDialog();
  });

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest?.(selector);
    const details = at("details[id] > summary")?.parentElement;
    if (details) opened[details.open ? "delete" : "add"](details.id);
    if (at("[data-close-dialog]")) {
      const element = dialog();
      // The same template as a page of its own has no dialog around it: back is what closes it.
      if (element?.open) element.close(); else history.back();
    }
    if (at("[data-cancel]") && dialog()?.open) { event.preventDefault(); dialog().close(); }
    at("[data-dismiss]")?.closest("[data-toast]")?.remove();
    const reveal = at("[data-reveal]");
    if (reveal) {
      const input = document.getElementById(reveal.dataset.reveal);
      const shown = input.type === "text";
      input.type = shown ? "password" : "text";
      reveal.setAttribute("aria-pressed", String(!shown));
    }
    const copy = at("[data-copy]");
    if (copy) {
      const said = copy.querySelector("[data-copied]");
      const words = said?.textContent;
      navigator.clipboard?.writeText(copy.dataset.copy).then(() => {
        if (!said || said.textContent === said.dataset.copied) return;
        said.textContent = said.dataset.copied;
        setTimeout(() => { said.textContent = words; }, 1500);
      });
    }
    const all = at("[data-tick-all]");
    if (all) for (const box of document.querySelectorAll(all.dataset.tickAll)) box.checked = all.checked;
    if (event.target === dialog()) event.target.close();
  });

  // ---- a form that was sent cannot be sent twice by an impatient second click
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    for (const button of form.querySelectorAll("button[type=submit]")) button.classList.add("btn-loading");
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll(".btn-loading")) button.classList.remove("btn-loading");
    }
  });

  // ---- "/" goes to the search field
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const field = document.querySelector("[data-key='/']");
    if (field) { event.preventDefault(); field.focus(); field.select(); }
  });

  // ---- following: an element with hx-trigger="live from:body" fetches itself again when the server says something changed
  const follow = () => {
    const address = document.body.dataset.follow;
    if (!address || !document.querySelector("[hx-trigger*='live']")) return;
    const state = document.getElementById("live-state");
    const show = (words, tone) => { if (state) { state.dataset.tone = tone; state.textContent = words; } };
    let source;
    let retry;
    let lost = false;
    let asked = false;
    const refetch = () => document.body.dispatchEvent(new CustomEvent("live"));
    const connect = () => {
      leave();
      // Nobody reads a hidden page, and a browser opens few connections: it follows again when it is looked at.
      if (document.hidden) return;
      source = new EventSource(address);
      source.addEventListener("open", () => {
        show("Live", "on");
        // What happened while nobody listened is fetched now.
        if (lost) refetch();
        lost = asked = false;
      });
      source.addEventListener("changed", refetch);
      // The session is over: the page is asked for anew, which leads to the sign-in.
      source.addEventListener("ended", () => location.reload());
      source.addEventListener("error", () => {
        lost = true;
        show("Reconnecting …", "off");
        if (source.readyState !== EventSource.CLOSED) return;
        // The answer was no stream. Asking for a part of the page says why, once.
        if (!asked) refetch();
        asked = true;
        retry = setTimeout(connect, 3000);
      });
    };
    const leave = () => { clearTimeout(retry); source?.close(); };
    document.addEventListener("visibilitychange", () => {
      lost = true;
      if (document.hidden) leave(); else connect();
    });
    addEventListener("pagehide", leave);
    addEventListener("pageshow", (event) => { if (event.persisted) { lost = true; connect(); } });
    connect();
  };

  localise(document);
  expire(document);
  // Where tabs do not fit, the current one is among those that can be seen.
  document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  follow();
})();
