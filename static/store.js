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
    return asId(bytes);
  }

  function asId(bytes) {
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  // A visit as it is kept: what is sent, and what its person reads about it.
  const record = (body, label, place) => ({ id: body.id, round: body.round, dwelling: body.dwelling, body, label, place,
    status: "waiting", tries: 0, order: Date.now(), tickedAt: Date.now() });

  // Writes visits down, all or none of them; rejects where that cannot be done. Returns whether a note is not among
  // what is kept: then it is lost unless the server is told at once.
  async function write(ticked) {
    const said = document.getElementById("queue").dataset;
    if (await nearlyFull()) say(said.nearlyFull, "bad");
    const kept = await Promise.all(ticked.map(sealed));
    await inside(["visits"], "readwrite", (visits) => Promise.all(kept.map((visit) => later(visits.add(visit)))));
    navigator.storage?.persist?.();
    return kept.some(({ body, seal }) => body.noted && !seal);
  }

  // The phone's clock as it stands, with its offset: 2026-11-24T18:30:00.250+08:00.
  function clock(at = new Date()) {
    const ahead = -at.getTimezoneOffset();
    const two = (n) => String(Math.floor(Math.abs(n))).padStart(2, "0");
    const local = new Date(at.getTime() + ahead * 60000).toISOString().slice(0, -1);
    return `${local}${ahead < 0 ? "-" : "+"}${two(ahead / 60)}:${two(ahead % 60)}`;
  }

  // Words typed at a door may hold a name: they lie here encrypted, under a key that never leaves this browser, and only
  // until the server has confirmed the visit. Where no key can be had (without TLS a browser makes none), the words are
  // not kept here, but the visit is.
  const shut = window.crypto?.subtle;

  const note = (name) => inside(["notes"], "readonly", (notes) => later(notes.get(name)));

  async function key() {
    const kept = await note("key");
    if (kept) return kept;
    const made = await shut.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    // Another tab may have been quicker: the key that lies there first is the one.
    await inside(["notes"], "readwrite", async (notes) => (await later(notes.get("key"))) ?? later(notes.put(made, "key")));
    return note("key");
  }

  async function sealed(visit) {
    const { note, ...body } = visit.body;
    if (!note) return visit;
    const kept = { ...visit, body: { ...body, noted: true } };
    if (!shut) return kept;
    try {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      return { ...kept, seal: { iv, data: await shut.encrypt({ name: "AES-GCM", iv }, await key(), new TextEncoder().encode(note)) } };
    } catch {
      return kept;
    }
  }

  // A visit as it is sent: with its words, where they are still here and the key still opens them.
  async function bodyOf({ body, seal }) {
    if (!seal) return body;
    try {
      const note = await shut.decrypt({ name: "AES-GCM", iv: seal.iv }, await key(), seal.data);
      return { ...body, note: new TextDecoder().decode(note) };
    } catch {
      return body;
    }
  }

  // Everything that is not confirmed, to be taken along as a file or as codes.
  async function saved() {
    const waiting = (await visits()).filter(({ status }) => status !== "confirmed");
    return JSON.stringify({ user, saved_at: clock(), visits: await Promise.all(waiting.map(bodyOf)) });
  }

  // Visits of earlier versions hold their words as they were typed, and keep them until they can be sealed or are confirmed.
  async function sealOld() {
    for (const visit of await visits()) {
      if (!visit.body.note) continue;
      const { seal, body } = await sealed(visit);
      if (!seal && visit.status !== "confirmed") continue;
      await change([visit.id], (now) => ({ ...now, body, ...(now.status === "confirmed" ? {} : { seal }) }));
    }
  }

  const say = (text, kind = "warn") => document.dispatchEvent(new CustomEvent("bulou:say", { detail: { text, kind } }));

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
    bodyOf,
    saved,
    sealOld,
    record,
    write,
    asId,
    newId,
    clock,
    remove: (id) => inside(["visits"], "readwrite", (kept) => later(kept.delete(id))),
    note,
    keepNote: (name, value) => inside(["notes"], "readwrite", (notes) => later(notes.put(value, name))),
    // One holder at a time among the tabs of a browser that has no Web Locks: true if the lease is ours now.
    lease: (holder, until) => inside(["notes"], "readwrite", async (notes) => {
      const held = await later(notes.get("lease"));
      if (held && held.holder !== holder && held.until > Date.now() && held.until < until + 60000) return false;
      await later(notes.put({ holder, until }, "lease"));
      return true;
    }),
    say,
  };
})();
