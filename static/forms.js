// Steppers: − and + around a number input. The buttons only show where scripting runs (html.js).
document.addEventListener("click", ({ target }) => {
  const step = target.closest("[data-step]");
  if (!step) return;
  const input = step.parentElement.querySelector("input");
  input[step.dataset.step === "1" ? "stepUp" : "stepDown"]();
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
