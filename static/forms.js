// Steppers (− and + around a number), and messages that can be put away. Only shown where scripting runs: html.js.
document.documentElement.classList.add("js");
document.addEventListener("click", ({ target }) => {
  const step = target.closest("[data-step]");
  if (step) {
    const input = step.parentElement.querySelector("input");
    input[step.dataset.step === "1" ? "stepUp" : "stepDown"]();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
  target.closest("[data-dismiss]")?.parentElement.remove();
});
