// Several doors at once: every tick is written down on the phone first, as at a single door. Then the server is asked to
// enter them together, so that they can be undone together; where it does not answer they wait like any others.
(() => {
  const store = window.bulou;
  const form = document.querySelector("[data-several]");
  if (!form || !store.usable) return;
  const said = document.getElementById("queue").dataset;
  const PATIENCE = 8000;

  // The id that the server gives to the tick at a door of a batch (UUID, version 5).
  async function derived(batch, door) {
    const space = batch.replaceAll("-", "").match(/../g).map((hex) => parseInt(hex, 16));
    const bytes = new Uint8Array(await crypto.subtle.digest("SHA-1", Uint8Array.from([...space, ...new TextEncoder().encode(door)])));
    bytes[6] = (bytes[6] & 15) | 80;
    bytes[8] = (bytes[8] & 63) | 128;
    return store.asId(bytes.slice(0, 16));
  }

  function read(label, id, submitter) {
    const dwelling = Number(label.control.value);
    const body = { id, round: Number(document.querySelector(".plan").dataset.round), dwelling, outcome: submitter.value, device_at: store.clock() };
    return store.record(body, submitter.textContent.trim(), store.doorName(label));
  }

  async function enterTogether(batch, outcome) {
    const values = new FormData(form);
    values.set("uuid", batch);
    values.set("outcome", outcome);
    const options = { method: "POST", body: values, redirect: "manual", credentials: "same-origin", signal: AbortSignal.timeout?.(PATIENCE) };
    const answer = await fetch(form.action, options);
    return answer.type === "opaqueredirect";
  }

  form.addEventListener("submit", async (event) => {
    const { submitter } = event;
    event.preventDefault();
    if (form.dataset.busy || !submitter?.value) return;
    form.dataset.busy = "1";
    const ticked = [...form.querySelectorAll("input[name=door]:checked")];
    const batch = store.newId();
    const secure = Boolean(window.crypto?.subtle);
    try {
      const ids = await Promise.all(ticked.map((box) => (secure ? derived(batch, box.value) : store.newId())));
      await store.write(ticked.map((box, n) => read(box.labels[0], ids[n], submitter)));
    } catch {
      store.say(said.full, "bad"); // nothing is shown as done that is kept nowhere
      delete form.dataset.busy;
      return;
    }
    const isEntered = secure && navigator.onLine && (await enterTogether(batch, submitter.value).catch(() => false));
    document.dispatchEvent(new CustomEvent("bulou:ticked", { detail: {} }));
    if (isEntered) return void location.assign(location.pathname);
    for (const box of ticked) box.click();
    document.dispatchEvent(new CustomEvent("bulou:visits"));
    delete form.dataset.busy;
  });

  // Left busy so that no second tap enters the same doors; whoever comes back to the page can use it again.
  addEventListener("pageshow", ({ persisted }) => persisted && delete form.dataset.busy);
})();
