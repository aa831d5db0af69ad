// Copies of floor plans for where there is no signal: kept for 72 hours, and only while their reader is signed in.
(() => {
  const { user = "", worker = "", offline = "" } = document.body.dataset;
  const AGE = 72 * 3600 * 1000;
  const mine = `plans-${user}`;
  const queue = document.getElementById("queue")?.href;
  if (!("caches" in window)) return;

  async function tidy() {
    for (const name of await caches.keys()) {
      if (name.startsWith("plans-") && name !== mine) await caches.delete(name); // another person reads on this phone now
    }
    if (!user) return;
    const plans = await caches.open(mine);
    for (const request of await plans.keys()) {
      const copy = await plans.match(request, { ignoreVary: true });
      if (Math.abs(Date.now() - Number(copy.headers.get("Kept-At"))) > AGE) await plans.delete(request);
    }
  }

  async function keep(cache, url, credentials = "same-origin") {
    const answer = await fetch(url, { credentials });
    if (!answer.ok || answer.redirected) return;
    const headers = new Headers(answer.headers);
    headers.delete("Content-Encoding"); // the body comes unpacked
    headers.delete("Content-Length");
    headers.set("Kept-At", String(Date.now()));
    headers.set("Kept-In", document.documentElement.lang);
    await (await caches.open(cache)).put(url, new Response(await answer.blob(), { headers }));
  }

  async function keepPartsOf(page) {
    const parts = [...page.querySelectorAll("script[src], link[rel=stylesheet], link[rel=icon]")];
    await Promise.all(parts.map((one) => keep("shell", one.src || one.href)));
  }

  // The page of the queue changes with the portal only, so it is not asked for with every other page.
  async function keepQueue() {
    const copy = () => caches.open(mine).then((pages) => pages.match(queue, { ignoreVary: true }));
    const known = await copy();
    const isNew = known && Math.abs(Date.now() - Number(known.headers.get("Kept-At"))) < AGE / 6;
    if (isNew && known.headers.get("Kept-In") === document.documentElement.lang) return;
    await keep(mine, queue);
    const text = await (await copy())?.text();
    await keepPartsOf(new DOMParser().parseFromString(text ?? "", "text/html"));
  }

  async function keepThisPage() {
    const plan = document.querySelector("[data-offline-sheet]");
    await Promise.all([keepPartsOf(document), keep("shell", offline, "omit")]);
    const pages = plan ? [location.pathname, `${location.pathname}?select=1`, plan.dataset.offlineSheet] : [];
    await Promise.all([...pages.map((url) => keep(mine, url)), keepQueue()]);
  }

  async function list(box) {
    for (const request of user ? await (await caches.open(mine)).keys() : await everyPlan()) {
      if (new URL(request.url).search) continue; // the same plan with boxes to tick
      const copy = await caches.match(request, { ignoreVary: true });
      const title = new DOMParser().parseFromString(await copy.text(), "text/html").title;
      if (!title) continue;
      const link = Object.assign(document.createElement("a"), { href: request.url, textContent: title, className: "button" });
      const item = document.createElement("li");
      item.append(link);
      box.append(item);
    }
  }

  // The page for no signal knows nobody; what lies here belongs to the one person signed in last.
  async function everyPlan() {
    const names = (await caches.keys()).filter((name) => name.startsWith("plans-"));
    return (await Promise.all(names.map(async (name) => (await caches.open(name)).keys()))).flat();
  }

  const box = document.querySelector("[data-copies]");
  if (box) return void list(box);
  tidy().then(() => {
    if (!user || !navigator.serviceWorker || !worker) return;
    navigator.serviceWorker.register(worker);
    addEventListener("load", () => keepThisPage().catch(() => {}));
    if (document.readyState === "complete") keepThisPage().catch(() => {});
  }).catch(() => {});
})();
