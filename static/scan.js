// Reading the codes of another phone with the camera, or from pictures of them, where the browser knows such codes.
// What they say goes into the text of the form, as if it had been pasted there.
(() => {
  const box = document.querySelector("[data-scan]");
  if (!box || !("BarcodeDetector" in window)) return;
  const PIECE = /BULOU1\.(\w{8})\.(\d+)\.(\d+)\.\w*\.\w{8}\.[\w-]+\./g;
  const EVERY = 200; // milliseconds between two looks
  const text = box.closest("form").querySelector("textarea");
  const part = (name) => box.querySelector(`[data-${name}]`);
  const [video, camera, pictures] = ["video", "camera", "pictures"].map(part);
  const detector = new BarcodeDetector({ formats: ["qr_code"] });

  function take(found) {
    for (const [piece] of found.matchAll(PIECE)) if (!text.value.includes(piece)) text.value += `${piece}\n`;
    return tell();
  }

  // How many codes are there; true once none is missing.
  function tell() {
    const pieces = [...text.value.matchAll(PIECE)];
    const last = pieces.at(-1);
    if (!last) return false;
    const [, queue, , of] = last;
    const here = new Set(pieces.filter((piece) => piece[1] === queue).map((piece) => Number(piece[2])));
    const missing = Array.from({ length: Number(of) }, (_, n) => n + 1).filter((n) => !here.has(n));
    const said = missing.length ? box.dataset.some : box.dataset.all;
    part("state").textContent = said.replace("{n}", here.size).replace("{of}", of).replace("{missing}", missing.join(", "));
    return !missing.length;
  }

  async function look() {
    if (!video.srcObject) return;
    const found = await detector.detect(video).catch(() => []);
    const complete = found.map(({ rawValue }) => take(rawValue)).some(Boolean);
    if (complete) stop();
    else setTimeout(look, EVERY);
  }

  async function start() {
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      part("state").textContent = box.dataset.refused;
      return;
    }
    video.hidden = false;
    await video.play();
    look();
  }

  function stop() {
    video.srcObject?.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
    video.hidden = true;
    text.focus();
  }

  box.hidden = false;
  camera.hidden = !navigator.mediaDevices;
  camera.addEventListener("click", () => (video.srcObject ? stop() : start()));
  pictures.addEventListener("change", async () => {
    for (const file of pictures.files) {
      const found = await detector.detect(await createImageBitmap(file)).catch(() => []);
      found.forEach(({ rawValue }) => take(rawValue));
      if (!found.length) part("state").textContent = box.dataset.unread.replace("{name}", file.name);
    }
  });
  addEventListener("pagehide", stop);
})();
