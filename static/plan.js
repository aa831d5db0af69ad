// The floor plan: the unit switch follows the scrolling, and the select mode counts the ticked doors.
(() => {
  const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const offset = (plan, head) => head.offsetLeft - parseFloat(getComputedStyle(plan).scrollPaddingLeft);

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-units] a");
    const head = link && document.getElementById(link.hash.slice(1));
    if (!head) return;
    event.preventDefault();
    const plan = head.closest(".plan");
    plan.scrollTo({ left: offset(plan, head), behavior: still() ? "auto" : "smooth" });
    mark(link);
  });

  document.addEventListener("scroll", ({ target }) => {
    if (!target.classList?.contains("plan")) return;
    const switches = [...document.querySelectorAll("[data-units] a")];
    const far = (link) => Math.abs(offset(target, document.getElementById(link.hash.slice(1))) - target.scrollLeft);
    if (switches.length) mark(switches.reduce((best, link) => (far(link) < far(best) ? link : best)));
  }, { capture: true, passive: true });

  function mark(link) {
    for (const other of link.parentElement.querySelectorAll("[aria-current]")) other.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
  }

  document.addEventListener("change", ({ target }) => {
    const form = target.closest("form");
    const count = form?.querySelector("[data-count]");
    if (!count) return;
    const n = form.querySelectorAll("input[type=checkbox][name=door]:checked").length;
    count.textContent = count.dataset.count.replace("{n}", n);
    for (const button of form.querySelectorAll("[data-needs-doors]")) button.disabled = n === 0;
  });
})();
