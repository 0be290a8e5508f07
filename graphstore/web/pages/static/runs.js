// A suggestion takes the place of the last word of the filter.
(() => {
  document.addEventListener("click", (event) => {
    const name = event.target.closest("[data-complete]")?.dataset.complete;
    const input = document.getElementById("filter");
    if (!name || !input) return;
    input.value = input.value.replace(/[\w.`]*$/, "") + name + (name.endsWith(".") ? "" : " ");
    input.focus();
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.id === "filter") document.querySelector(".helper").open = true;
  });
})();
