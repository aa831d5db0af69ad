// What this phone keeps for whoever is signed in: every visit until the server has confirmed it, and 14 days more.
// Each person has a database of their own, so nobody sees or sends what somebody else has ticked on the same phone.
window.bulou = (() => {
  const KEPT = 14 * 24 * 3600 * 1000;
  const ROOM = 1_000_000; // bytes: less than this, and the person is warned before the next tick
  const user = Number(document.body.dataset.user) || 0;
  const later = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  let opening;

  function open() {
    opening ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(`bulou-${user}`, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("visits", { keyPath: "id" }).createIndex("status", "status");
        request.result.createObjectStore("notes");
      };
      request.onsuccess = () => {
        request.result.onclose = () => { opening = undefined; };
        request.result.onversionchange = () => { request.result.close(); opening = undefined; };
        resolve(request.result);
      };
      request.onerror = () => { opening = undefined; reject(request.error); };
    });
    return opening;
  }

  // Runs `work` in one transaction; its result counts once everything lies on the disk, not before.
  async function inside(stores, mode, work) {
    const transaction = (await open()).transaction(stores, mode, { durability: "strict" });
    const complete = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error("aborted"));
    });
    const [result] = await Promise.all([work(...stores.map((name) => transaction.objectStore(name))), complete]);
    return result;
  }

  const visits = (status) => inside(["visits"], "readonly", (kept) =>
    later(status ? kept.index("status").getAll(status) : kept.getAll()));

  // Changes visits by `change(visit)`: a new object, or nothing to leave it as it is. One that has been confirmed
  // meanwhile in another tab is read anew here, so no late word overwrites a newer one.
  const change = (ids, edit) => inside(["visits"], "readwrite", (kept) => Promise.all(ids.map(async (id) => {
    const visit = await later(kept.get(id));
    const changed = visit && edit(visit);
    if (changed) await later(kept.put(changed));
  })));

  const forgetOld = () => inside(["visits"], "readwrite", async (kept) => {
    const confirmed = await later(kept.index("status").getAll("confirmed"));
    const old = confirmed.filter((visit) => Math.abs(Date.now() - visit.confirmedAt) > KEPT);
    await Promise.all(old.map((visit) => later(kept.delete(visit.id))));
  });

  function newId() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16)); // pages without TLS have no randomUUID
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  // The phone's clock as it stands, with its offset: 2026-11-24T18:30:00.250+08:00.
  function clock(at = new Date()) {
    const ahead = -at.getTimezoneOffset();
    const two = (n) => String(Math.floor(Math.abs(n))).padStart(2, "0");
    const local = new Date(at.getTime() + ahead * 60000).toISOString().slice(0, -1);
    return `${local}${ahead < 0 ? "-" : "+"}${two(ahead / 60)}:${two(ahead % 60)}`;
  }

  async function nearlyFull() {
    const { quota, usage } = (await navigator.storage?.estimate?.()) ?? {};
    return quota !== undefined && quota - usage < ROOM;
  }

  return {
    user,
    usable: Boolean(user && window.indexedDB),
    visits,
    change,
    forgetOld,
    newId,
    clock,
    nearlyFull,
    add: (visit) => inside(["visits"], "readwrite", (kept) => later(kept.add(visit))),
    remove: (id) => inside(["visits"], "readwrite", (kept) => later(kept.delete(id))),
    note: (name) => inside(["notes"], "readonly", (notes) => later(notes.get(name))),
    keepNote: (name, value) => inside(["notes"], "readwrite", (notes) => later(notes.put(value, name))),
    // One holder at a time among the tabs of a browser that has no Web Locks: true if the lease is ours now.
    lease: (holder, until) => inside(["notes"], "readwrite", async (notes) => {
      const held = await later(notes.get("lease"));
      if (held && held.holder !== holder && held.until > Date.now() && held.until < until + 60000) return false;
      await later(notes.put({ holder, until }, "lease"));
      return true;
    }),
    say: (text, kind = "warn") => document.dispatchEvent(new CustomEvent("bulou:say", { detail: { text, kind } })),
  };
})();
