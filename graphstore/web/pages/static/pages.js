// What pages do besides what their HTML says. Text enters a page as text alone.
(() => {
  const root = document.documentElement;
  const isDark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.id === "theme") {
      root.dataset.theme = isDark() ? "light" : "dark";
      try { localStorage.setItem("graphstore-theme", root.dataset.theme); } catch { /* kept for this page */ }
      document.dispatchEvent(new CustomEvent("graphstore:theme"));
    } else if (button?.classList.contains("copy")) {
      const before = button.textContent;
      const text = button.parentElement.querySelector("code").textContent;
      const say = (word) => { button.textContent = word; setTimeout(() => { button.textContent = before; }, 1500); };
      // Without HTTPS, beyond this machine, a browser gives no clipboard: then the text is selected.
      if (navigator.clipboard) navigator.clipboard.writeText(text).then(() => say("Copied"), () => say("Not copied"));
      else { getSelection().selectAllChildren(button.parentElement.querySelector("code")); say("Selected: press Ctrl-C"); }
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey
        && !event.target.closest("input, textarea, select, [contenteditable]")) {
      event.preventDefault();
      document.getElementById("search")?.focus();
    }
  });

  // A form that is sent twice would be recorded twice.
  document.addEventListener("submit", (event) => {
    const button = event.target.querySelector("button[type=submit]");
    if (event.target.matches("form.decide") && button) setTimeout(() => { button.disabled = true; });
  });

  // What a dead server or store leaves is said, not shown as if nothing had changed.
  document.addEventListener("htmx:responseError", () => root.classList.add("stale"));
  document.addEventListener("htmx:sendError", () => root.classList.add("stale"));
  document.addEventListener("htmx:afterOnLoad", (event) => { if (event.detail.successful !== false) root.classList.remove("stale"); });

  root.dataset.ready = "";
})();
