// Messages: put away with their button, and said aloud when the server refuses or cannot be reached.
// What is only good to know ("ok") stands beside them and closes nothing that somebody is at.
document.documentElement.classList.add("js");
(() => {
  document.addEventListener("click", ({ target }) => target.closest("[data-dismiss]")?.parentElement.remove());

  function say(text, kind = "bad") {
    const box = document.getElementById("messages");
    const message = document.getElementById("message-template").content.cloneNode(true);
    message.querySelector(".alert").className = `alert ${kind}`;
    message.querySelector("p").textContent = text;
    if (kind === "ok") {
      box.querySelector(".alert.ok")?.remove();
      return void box.append(message);
    }
    document.getElementById("sheet").close();
    box.replaceChildren(message);
  }

  document.addEventListener("bulou:say", ({ detail }) => say(detail.text, detail.kind));

  // An answer that knows where it wants to be shown is the application's own refusal, whatever its status.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (!detail.xhr.getResponseHeader("HX-Retarget")) return;
    detail.shouldSwap = true;
    detail.isError = false;
  });
  document.addEventListener("htmx:sendError", () => say(document.getElementById("messages").dataset.offline));
  document.addEventListener("htmx:responseError", () => say(document.getElementById("messages").dataset.failed));
})();
