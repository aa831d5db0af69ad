// Watches data-live-url while the page is visible: 204 nothing new, 200 the element gets "refresh", errors slow it down.
(() => {
  const EVERY = 3500; // and the answer may be a second old: what happens elsewhere shows within five
  const SLOWEST = 60000;
  let wait = EVERY;

  async function look(element) {
    const answer = await fetch(element.dataset.liveUrl, { headers: { "HX-Request": "true" }, cache: "no-store" });
    if (!answer.ok) throw new Error(answer.status);
    if (answer.status === 200) htmx.trigger(element, "refresh");
  }

  async function round() {
    const watched = document.hidden ? [] : [...document.querySelectorAll("[data-live-url]")];
    const failed = (await Promise.allSettled(watched.map(look))).some(({ status }) => status === "rejected");
    wait = failed ? Math.min(wait * 2, SLOWEST) : EVERY;
    // The jitter keeps five hundred screens from asking in the same instant.
    setTimeout(round, wait * (0.9 + Math.random() / 10));
  }

  setTimeout(round, EVERY);
})();
