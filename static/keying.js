// Keying a paper sheet: Enter goes on to the next door, by way of the numbers where the outcome asks for them.
(() => {
  const WANTS = { met_partial: ["told", "remaining"], appointment: ["agreed"] };
  const fields = (row) => [...row.querySelectorAll("select, input")];
  const named = (row, name) => fields(row).find((field) => field.name.endsWith(`-${name}`));

  document.addEventListener("keydown", (event) => {
    const row = event.key === "Enter" && event.target.closest("[data-keying] tbody tr");
    if (!row) return;
    event.preventDefault();
    next(row, event.target)?.focus();
  });

  function next(row, field) {
    const wanted = (WANTS[named(row, "outcome").value] || []).map((name) => named(row, name));
    const open = wanted.slice(wanted.indexOf(field) + 1).find((other) => !other.value);
    if (open) return open;
    const below = row.nextElementSibling;
    return below ? named(below, "outcome") : row.closest("form").querySelector("button[type=submit]");
  }
})();
