// Serves what the pages have put aside (copies.js) when the server does not answer. It keeps nothing by itself.
const PATIENCE = 5000; // a copy is better than a longer wait
const AGE = 72 * 3600 * 1000;
const ROOT = new URL(registration.scope).pathname;
const ANY = { ignoreVary: true, ignoreSearch: true };

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.searchParams.has("v")) event.respondWith(fromShell(request)); // its address changes with its content
  else if (request.mode === "navigate") event.respondWith(page(request));
  else if (url.pathname === `${ROOT}sync/sheet`) event.respondWith(first(request, copyOf(request)));
});

async function fromShell(request) {
  return (await (await caches.open("shell")).match(request, { ignoreVary: true })) ?? fetch(request);
}

async function page(request) {
  const answer = await first(request, copyOf(request));
  if (answer.type !== "error") return answer;
  const shell = await caches.open("shell");
  const pages = (await shell.keys()).filter(({ url }) => new URL(url).pathname.startsWith(`${ROOT}offline/`));
  return pages.length ? shell.match(pages.at(-1)) : answer; // the language read last
}

async function copyOf(request) {
  for (const name of await caches.keys()) {
    const plans = name.startsWith("plans-") && (await caches.open(name));
    const copy = plans && ((await plans.match(request, { ignoreVary: true })) ?? (await plans.match(request, ANY)));
    if (copy && Math.abs(Date.now() - Number(copy.headers.get("Kept-At"))) < AGE) return copy;
  }
  return null;
}

// The server's answer; the copy if there is one and the server is silent, slow, or not itself.
async function first(request, looking) {
  const copy = await looking;
  try {
    const answer = await (copy ? Promise.race([fetch(request), late()]) : fetch(request));
    return copy && answer.status >= 500 ? copy : answer;
  } catch {
    return copy ?? Response.error();
  }
}

function late() {
  return new Promise((_, reject) => { setTimeout(reject, PATIENCE); });
}
