// A button that opens the browser's print dialog; it shows only where scripting can do so.
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => print());
});
