// The page of the queue: what waits on this phone, sent now or saved as a file for a coordinator (as codes: codes.js).
(() => {
  const store = window.bulou;
  const box = document.querySelector("[data-queue-page]");
  if (!box || !store.usable) return;
  const part = (name) => box.querySelector(`[data-${name}]`);

  function line(visit) {
    const item = document.createElement("li");
    const title = Object.assign(document.createElement("b"), { textContent: `${visit.place ?? ""} ${visit.label}`.trim() });
    const small = Object.assign(document.createElement("small"), {
      textContent: [visit.body.device_at.slice(0, 16).replace("T", " "), box.dataset[visit.status], visit.words].filter(Boolean).join(" · "),
    });
    item.append(title, document.createElement("br"), small);
    return item;
  }

  async function show() {
    const visits = (await store.visits()).sort((a, b) => b.order - a.order);
    const waiting = visits.filter(({ status }) => status !== "confirmed");
    const told = visits.filter(({ status, words }) => status === "confirmed" && words);
    part("list").replaceChildren(...[...waiting, ...told].map(line));
    part("empty").textContent = waiting.length ? "" : box.dataset.none;
    for (const name of ["send", "export", "show-codes"]) part(name).hidden = !waiting.length;
  }

  part("send").addEventListener("click", () => document.dispatchEvent(new CustomEvent("bulou:send")));
  part("export").addEventListener("click", async () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([await store.saved()], { type: "application/json" }));
    link.download = `bulou-${store.user}-${store.clock().slice(0, 10)}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  });
  document.addEventListener("bulou:visits", show);
  document.addEventListener("bulou:ticked", show);
  show().catch(() => {});
})();
