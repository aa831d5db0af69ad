// Copy the text of a field; the button says so. Where there is no clipboard, the text is selected for the person's own copying.
document.querySelectorAll("[data-copy]").forEach((button) => {
  button.hidden = false;
  const words = button.textContent;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.focus();
    field.select();
    try {
      if (navigator.clipboard) await navigator.clipboard.writeText(field.value);
      else if (!document.execCommand("copy")) return;
    } catch {
      return;
    }
    button.textContent = button.dataset.done;
    setTimeout(() => (button.textContent = words), 3000);
  });
});
