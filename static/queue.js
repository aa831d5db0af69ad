// Sends the visits that wait on this phone, from whatever page is open, and counts them in the header.
// A visit is confirmed by one thing only: the server's own JSON, to this very batch, in this epoch, naming its id.
(() => {
  const store = window.bulou;
  const badge = document.getElementById("queue");
  if (!store.usable || !badge) return;
  const FATES = new Set(["accepted", "duplicate", "conflict", "review", "held", "refused"]);
  const FIRST_WAIT = 1000;
  const LONGEST_WAIT = 300000;
  const PATIENCE = 20000; // for one answer
  const LEASE = 60000;
  const EPOCH_LASTS = 600000;
  const me = store.newId(); // names this tab
  const said = badge.dataset;
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(`bulou-${store.user}`) : null;
  const cookie = `bulou-waiting-${store.user}`;
  let wait = FIRST_WAIT, most = 200, timer = 0, told = 0, signedOut = false, running = null;

  // What counts as an answer ----------------------------------------------------------------------

  async function ask(url, options) {
    const answer = await fetch(url, {
      cache: "no-store",
      credentials: "same-origin",
      redirect: "error",
      signal: AbortSignal.timeout?.(PATIENCE),
      ...options,
      headers: { Accept: "application/json", ...options?.headers },
    });
    const isJson = answer.headers.get("Content-Type")?.split(";")[0] === "application/json";
    const wait = Number(answer.headers.get("Retry-After")) * 1000 || 0;
    return { status: answer.status, wait, body: isJson ? await answer.json() : null };
  }

  // The fates in an answer, by id; empty if it is anything but the server's answer to just this batch.
  function fatesIn({ status, body }, batch, ids, epoch) {
    if (status !== 200 || body?.batch !== batch || body.user !== store.user) return new Map();
    if (typeof body.epoch !== "string" || !body.epoch || (epoch && body.epoch !== epoch)) return new Map();
    if (!Array.isArray(body.visits)) return new Map();
    return new Map(body.visits.filter((one) => ids.has(one?.id) && FATES.has(one.fate)).map((one) => [one.id, one]));
  }

  // Sending ---------------------------------------------------------------------------------------

  async function round() {
    await store.forgetOld();
    await store.sealOld().catch(() => {}); // where no key can be made, what waits is sent all the same
    if (!(await store.visits("waiting")).length && !(await worthAsking())) return true;
    const hello = await ask(said.hello);
    signedOut = hello.status === 401 || (hello.status === 200 && hello.body?.user !== store.user);
    if (hello.status !== 200 || hello.body?.user !== store.user) return false;
    await store.keepNote("asked", Date.now());
    if (hello.body.epoch) {
      await store.keepNote("epoch", hello.body.epoch);
      await resendAll(hello.body.epoch);
    }
    let progress = true;
    while (progress) {
      const waiting = (await store.visits("waiting")).sort((a, b) => a.tries - b.tries || a.order - b.order);
      const next = waiting.filter((visit) => !visit.held).slice(0, Math.min(most, hello.body.most));
      if (!next.length) return waiting.every((visit) => visit.held);
      progress = await send(next, hello.body);
    }
    return false;
  }

  // Where nothing waits, the epoch is looked at now and then.
  async function worthAsking() {
    const asked = await store.note("asked");
    return Boolean(asked && Math.abs(Date.now() - asked) > EPOCH_LASTS && (await store.visits("confirmed")).length);
  }

  // After a restore the server has forgotten what it confirmed: what was confirmed in another epoch waits again.
  async function resendAll(epoch) {
    const forgotten = (await store.visits("confirmed")).filter((visit) => visit.epoch !== epoch);
    if (forgotten.length) await store.change(forgotten.map(({ id }) => id), (visit) => ({ ...visit, status: "waiting" }));
    const held = (await store.visits("waiting")).filter((visit) => visit.held);
    if (held.length) await store.change(held.map(({ id }) => id), (visit) => ({ ...visit, held: false }));
  }

  async function send(next, hello) {
    const batch = store.newId();
    const ids = new Set(next.map(({ id }) => id));
    const visits = await Promise.all(next.map(store.bodyOf));
    let answer = { status: 0, body: null };
    try {
      answer = await ask(said.url, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": hello.csrf_token },
        body: JSON.stringify({ user: store.user, batch, sent_at: store.clock(), visits }),
      });
    } catch { /* no answer is an answer too: everything goes on waiting */ }
    const fates = fatesIn(answer, batch, ids, hello.epoch);
    await store.change([...ids], (visit) => settled(visit, fates.get(visit.id), answer.body ?? {}));
    announce([...fates.values()], answer.body?.more);
    // A batch that the server refuses whole is cut in two, so that a visit on which it stumbles holds up no other.
    // A server that is merely busy says when to come again.
    if (answer.status === 503) told = answer.wait;
    else if (answer.status >= 400) most = Math.max(1, Math.floor(next.length / 2));
    else if (fates.size) most = 200;
    return fates.size > 0;
  }

  function settled(visit, told, { epoch, at } = {}) {
    if (!told) return { ...visit, tries: visit.tries + 1 };
    if (told.fate === "held") return { ...visit, held: true, words: told.words };
    const status = told.fate === "refused" ? "refused" : "confirmed";
    const { fate, words = "", state = "", word = "" } = told;
    const { seal, ...rest } = visit;
    return { ...(status === "confirmed" ? rest : visit), status, fate, words, state, word, epoch, answeredAt: at, confirmedAt: Date.now() };
  }

  function announce(fates, more) {
    const words = new Set(fates.filter(({ fate }) => !["accepted", "duplicate", "held"].includes(fate)).map((one) => one.words));
    if (words.size) store.say([...words].join(" "));
    if (fates.length && more) store.say(more, "ok");
    if (fates.length) changed();
  }

  // One tab sends at a time: by Web Locks, or by a lease where a browser has none.
  async function alone(work) {
    if (navigator.locks) return navigator.locks.request(`bulou-${store.user}`, { ifAvailable: true }, (lock) => lock && work());
    if (!(await store.lease(me, Date.now() + LEASE))) return null;
    try { return await work(); } finally { await store.lease(me, 0); }
  }

  async function drain() {
    clearTimeout(timer);
    let done = false;
    running ??= alone(round).finally(() => { running = null; });
    try { done = await running; } catch { /* no signal, or a gateway that speaks another language */ }
    await show().catch(() => {});
    wait = done ? FIRST_WAIT : told || Math.min(wait * 2, LONGEST_WAIT);
    told = 0;
    if (!done) timer = setTimeout(drain, wait * (0.75 + Math.random() / 2));
    return done;
  }

  function soon(after = 0) {
    wait = FIRST_WAIT;
    clearTimeout(timer);
    timer = setTimeout(drain, after);
  }

  // The badge -------------------------------------------------------------------------------------

  async function show() {
    const all = await store.visits();
    const waiting = all.filter(({ status }) => status === "waiting").length;
    const confirmed = all.filter(({ status }) => status === "confirmed").length;
    const form = signedOut && waiting ? said.signedOut : said.count;
    badge.textContent = form.replace("{confirmed}", confirmed).replace("{all}", all.length).replace("{waiting}", waiting);
    if (form === said.count) badge.dataset.short = waiting ? `↑${waiting}` : `✓${confirmed}`; // where a phone has no room for words
    else delete badge.dataset.short;
    badge.hidden = !all.length;
    badge.classList.toggle("speaks", waiting > 0);
    // Cookies outlive a wiped database: this one remembers that something waited.
    remember(waiting, all.length);
  }

  // Cookies outlive a cleared database: this one remembers that something waited, and for a day that it was lost.
  function remember(waiting, all) {
    const waited = Number(document.cookie.match(`(?:^|; )${cookie}=(\\d+)`)?.[1] ?? 0);
    const isLost = waited && !all;
    if (isLost) store.say(said.lost.replace("{waiting}", waited), "bad");
    const secure = location.protocol === "https:" ? "; Secure" : "";
    const lasts = isLost ? 86400 : 31536000;
    document.cookie = `${cookie}=${isLost ? waited : waiting}; path=/; max-age=${lasts}; SameSite=Strict${secure}`;
  }

  function changed() {
    document.dispatchEvent(new CustomEvent("bulou:visits"));
    channel?.postMessage("changed");
  }

  channel?.addEventListener("message", () => {
    show();
    document.dispatchEvent(new CustomEvent("bulou:visits"));
  });
  addEventListener("online", () => soon());
  document.addEventListener("visibilitychange", () => document.hidden || soon());
  document.addEventListener("bulou:ticked", ({ detail }) => { show(); channel?.postMessage("changed"); soon(detail?.after); });
  document.addEventListener("bulou:send", () => soon());

  // Signing out first sends what waits. What cannot be sent stays locked in its owner's database.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-sign-out]") || form.dataset.flushed) return;
    event.preventDefault();
    form.dataset.flushed = "1";
    const patience = new Promise((resolve) => { setTimeout(resolve, 4000); });
    await Promise.race([drain(), patience]).catch(() => {});
    if (navigator.onLine) return form.submit();
    delete form.dataset.flushed; // the server cannot end a sign-in that it does not hear of
    store.say(said.staysIn);
  });

  show().catch(() => store.say(said.unusable, "bad"));
  soon(500);
})();
