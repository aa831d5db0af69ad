// Ticks at doors: written down on the phone first, then sent; shown as waiting until the server has confirmed them.
(() => {
  const store = window.bulou;
  const badge = document.getElementById("queue");
  const plan = document.querySelector(".plan[data-round]");
  if (!store.usable || !badge) return;
  const said = badge.dataset;
  const UNDO_TIME = 600000;
  const PATIENCE = 8000; // for the sheet
  const AFTER_ANSWER = 3000; // several ticks are then confirmed in one batch
  const drawnAt = Number(plan?.dataset.drawn); // by the server's clock, as the moments of its answers
  let sheetText = "", letThrough = null;

  // From a form to a visit ------------------------------------------------------------------------

  function read(form, submitter) {
    const { elements } = form;
    const text = (name) => elements[name]?.value ?? "";
    const number = (name) => (text(name) === "" ? null : Number(text(name)));
    const { day, time } = { day: text("day"), time: text("time") };
    return {
      id: store.newId(),
      round: Number(form.dataset.round),
      dwelling: Number(form.dataset.visit),
      outcome: submitter.value,
      told: number("told"),
      remaining: number("remaining"),
      appointment_at: day && time ? `${day}T${time}` : null,
      note: text("note") || null,
      device_at: store.clock(),
    };
  }

  // What the server would send back to be completed; it says what is missing, we only notice that something is.
  const incomplete = (visit) =>
    (visit.outcome === "met_partial" && !visit.remaining) || (visit.outcome === "appointment" && !visit.appointment_at);

  // A door as people call it: its unit stands above it in the plan.
  store.doorName = (door) => {
    const left = door.getBoundingClientRect().left;
    const units = [...plan.querySelectorAll("thead th[id]")].filter((unit) => unit.getBoundingClientRect().left <= left + 1);
    const room = [...door.childNodes].find((node) => node.nodeType === Node.TEXT_NODE).textContent.trim();
    return [units.at(-1)?.textContent.trim(), room].filter(Boolean).join(" ");
  };

  const placeOf = () => document.getElementById("sheet-title")?.textContent.trim() ?? "";
  const kept = (body, word) => store.record(body, word, placeOf());

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches?.("[data-visit]") || letThrough === form || !event.submitter?.value) return;
    const { submitter } = event;
    const body = read(form, submitter);
    if (incomplete(body)) {
      if (!form.hasAttribute("hx-post")) { event.preventDefault(); store.say(said.incomplete); }
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.dataset.busy) return;
    form.dataset.busy = "1";
    const visit = kept(body, submitter.textContent.trim());
    try {
      visit.noteLost = await store.write([visit]);
    } catch {
      store.say(said.full, "bad");
      if (!form.hasAttribute("hx-post")) return void delete form.dataset.busy; // nothing is shown as done that is kept nowhere
      visit.unkept = true;
    }
    if (form.hasAttribute("hx-post") && (navigator.onLine || visit.unkept)) return handOver(form, submitter, visit);
    shown(visit);
  }, true);

  // The quick way: the server's own answer redraws door and figures. Whatever comes of it, the visit is kept already.
  function handOver(form, submitter, visit) {
    form.elements.uuid.value = visit.id;
    document.addEventListener("htmx:afterRequest", function answered({ detail }) {
      if (detail.requestConfig.elt !== form) return;
      document.removeEventListener("htmx:afterRequest", answered);
      delete form.dataset.busy;
      if (visit.unkept) return;
      const { status } = detail.xhr;
      if (status === 422) store.remove(visit.id); // sent back to be completed, never shown as done
      else if (status < 200 || status >= 500) shown(visit);
      else { if (status >= 400) tellLoss(visit); ticked(AFTER_ANSWER); }
    });
    letThrough = form;
    try { form.requestSubmit(submitter); } finally { letThrough = null; }
  }

  const ticked = (after = 0) => document.dispatchEvent(new CustomEvent("bulou:ticked", { detail: { after } }));

  const tellLoss = ({ noteLost }) => noteLost && store.say(said.noteLost);

  function shown(visit) {
    document.getElementById("sheet").close();
    tellLoss(visit);
    ticked();
    paint().then(() => document.getElementById(`d${visit.dwelling}`)?.focus({ preventScroll: true }));
  }

  // The plan as this phone knows it ----------------------------------------------------------------

  async function paint() {
    const newest = new Map();
    const here = (await store.visits()).filter(({ round }) => round === Number(plan?.dataset.round));
    for (const visit of here.sort((a, b) => a.order - b.order)) newest.set(visit.dwelling, visit);
    newest.forEach(mark);
  }

  function mark(visit) {
    const door = document.getElementById(`d${visit.dwelling}`);
    if (!door) return;
    const word = door.querySelector("small");
    const waits = visit.status === "waiting";
    word.dataset.drawn ??= word.textContent;
    if (visit.state && visit.answeredAt > drawnAt) {
      door.className = `door ${visit.state}`;
      word.dataset.drawn = visit.word;
    }
    door.classList.toggle("waiting", waits);
    door.title = waits ? visit.label : "";
    word.textContent = waits ? said.waits : word.dataset.drawn;
  }

  // The sheet without the server ------------------------------------------------------------------

  // From the server while it answers; later the service worker has a copy.
  async function loadSheet() {
    if (sheetText) return;
    const options = { credentials: "same-origin", signal: AbortSignal.timeout?.(PATIENCE) };
    const answer = await fetch(plan.dataset.offlineSheet, options).catch(() => null);
    if (answer?.ok) sheetText = await answer.text().catch(() => "");
  }

  async function openSheet(door) {
    const box = document.getElementById("sheet");
    if (box.open) return;
    await loadSheet();
    if (!sheetText) return store.say(document.getElementById("messages").dataset.offline, "bad");
    const dwelling = Number(door.id.slice(1));
    const mine = (await store.visits("waiting")).filter((visit) => visit.dwelling === dwelling);
    if (box.open) return; // for another door, tapped while this one waited
    box.innerHTML = sheetText;
    const form = box.querySelector("form");
    form.dataset.visit = dwelling;
    form.dataset.round = plan.dataset.round;
    box.querySelector("#sheet-title").textContent = store.doorName(door);
    const last = mine.sort((a, b) => b.order - a.order)[0];
    const undo = box.querySelector("[data-undo]");
    undo.hidden = !last?.body.outcome || Math.abs(Date.now() - last.tickedAt) > UNDO_TIME;
    const word = undo.textContent.trim();
    if (last) undo.append(`: ${last.label}`);
    undo.onclick = () => takeBack(last, word);
    box.showModal();
  }

  async function takeBack(visit, word) {
    const { round, dwelling } = visit;
    const body = { id: store.newId(), round, dwelling, kind: "undo", replaces: visit.id, device_at: store.clock() };
    try { await store.write([kept(body, word)]); } catch { return store.say(said.full, "bad"); }
    shown(visit);
  }

  const doorOf = (path) => [...document.querySelectorAll("[data-offline-sheet] a.door")].find((door) => door.pathname === path);

  // Before the messages hear of it: a door that the server does not show is shown from what lies here.
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    addEventListener(name, (event) => {
      const { requestConfig, xhr, target } = event.detail;
      if (requestConfig.elt?.matches?.("[data-visit]") && !(xhr.status >= 400 && xhr.status < 500)) event.stopImmediatePropagation();
      if (requestConfig.verb !== "get" || target?.id !== "sheet" || (xhr.status >= 400 && xhr.status < 500)) return;
      const door = doorOf(new URL(requestConfig.path, location.href).pathname);
      if (!door) return;
      event.stopImmediatePropagation();
      openSheet(door);
    }, true);
  }

  document.addEventListener("click", (event) => {
    const door = navigator.onLine ? null : event.target.closest?.("[data-offline-sheet] a.door");
    if (!door) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    openSheet(door);
  }, true);

  document.addEventListener("bulou:visits", () => paint().catch(() => {}));
  document.addEventListener("htmx:oobAfterSwap", () => paint().catch(() => {}));
  if (plan) {
    paint().catch(() => {});
  }
  if (plan?.dataset.offlineSheet) loadSheet();
})();
