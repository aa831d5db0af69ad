// The outcome sheet: a link inside [data-sheet] opens in #sheet from the bottom. It is open while it has content.
(() => {
  const sheet = () => document.getElementById("sheet");
  let opener = "";

  document.addEventListener("click", (event) => {
    const box = sheet();
    if (event.target === box || (event.target.closest("[data-close]") && box?.contains(event.target))) {
      event.preventDefault();
      box.close();
      return;
    }
    const link = event.target.closest("[data-sheet] a[href]");
    if (!link || !box?.showModal || !window.htmx) return;
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    opener = link.id;
    htmx.ajax("GET", link.href, { source: box, target: box, swap: "innerHTML" }).catch(() => {});
  });

  // Anything told in #messages would be hidden behind the sheet.
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    const box = sheet();
    if (detail.target === box && box.childElementCount) box.open || box.showModal();
    else if (box?.open && (detail.target === box || detail.target.id === "messages")) box.close();
  });

  // The door that was tapped has been replaced by its new self, so focus goes back by name. "close" does not bubble.
  document.addEventListener("close", ({ target }) => {
    if (target !== sheet()) return;
    target.replaceChildren();
    document.getElementById(opener)?.focus({ preventScroll: true });
  }, true);
})();
