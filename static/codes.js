// The queue as codes on this screen: another phone reads them, also where neither finds a signal. Each carries a piece
// of text: BULOU1.<queue>.<number>.<of how many>.<epoch>.<check of this piece>.<piece>. so that order does not matter.
(() => {
  const store = window.bulou;
  const box = document.querySelector("[data-codes]");
  if (!box || !store.usable) return;
  const PIECE = 400; // characters: with its head it fills a code that a phone reads from a small screen
  const SVG = "http://www.w3.org/2000/svg";
  const part = (name) => box.querySelector(`[data-${name}]`);
  const opener = document.querySelector("[data-show-codes]");
  let pieces = [], shown = 0;

  // Text in pieces --------------------------------------------------------------------------------

  function checksum(bytes) { // CRC-32
    let sum = -1;
    for (const byte of bytes) {
      sum ^= byte;
      for (let n = 0; n < 8; n += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
    }
    return ((sum ^ -1) >>> 0).toString(16).padStart(8, "0");
  }

  const check = (text) => checksum(new TextEncoder().encode(text));

  // Packed where the browser can (z), else as it is (j); in letters that every scanner leaves alone.
  async function packed(text) {
    const can = "CompressionStream" in window;
    const body = new Blob([text]).stream();
    const bytes = new Uint8Array(await new Response(can ? body.pipeThrough(new CompressionStream("deflate")) : body).arrayBuffer());
    const letters = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    return (can ? "z" : "j") + letters.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  }

  async function cut(text) {
    const whole = await packed(text);
    const epoch = (await store.note("epoch")) ?? "";
    const parts = whole.match(new RegExp(`.{1,${PIECE}}`, "g"));
    const name = check(whole);
    return parts.map((piece, n) => `BULOU1.${name}.${n + 1}.${parts.length}.${epoch}.${check(piece)}.${piece}.`);
  }

  // On the screen ---------------------------------------------------------------------------------

  function drawn(rows, title) {
    const make = (name, values) => {
      const made = document.createElementNS(SVG, name);
      Object.entries(values).forEach(([key, value]) => made.setAttribute(key, value));
      return made;
    };
    const size = rows.length + 8; // four light cells on each side belong to the code
    const runs = rows.flatMap((row, y) => [...row.join("").matchAll(/1+/g)].map((run) => `M${run.index + 4} ${y + 4}h${run[0].length}v1h-${run[0].length}z`));
    const svg = make("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": title, "shape-rendering": "crispEdges" });
    svg.append(make("path", { d: runs.join("") }));
    return svg;
  }

  function show(n) {
    shown = (n + pieces.length) % pieces.length;
    const title = box.dataset.title.replace("{n}", shown + 1).replace("{of}", pieces.length);
    part("code").replaceChildren(drawn(store.qr(pieces[shown]), title));
    part("title").textContent = title;
    for (const name of ["back", "next"]) part(name).hidden = pieces.length < 2;
  }

  opener.addEventListener("click", async () => {
    pieces = await cut(await store.saved());
    box.hidden = false;
    show(0);
    box.scrollIntoView({ block: "start" });
  });
  part("back").addEventListener("click", () => show(shown - 1));
  part("next").addEventListener("click", () => show(shown + 1));
  for (const name of ["bulou:visits", "bulou:ticked"]) document.addEventListener(name, () => { box.hidden = true; });
})();
