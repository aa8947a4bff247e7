// Keys and sliders for acts: a goes to what can be done, a letter there does it, Escape goes back. Nothing needs this file.
"use strict";
(() => {
  const typing = (element) => element.closest("input, textarea, select, [contenteditable]");
  const plain = (event) => !(event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented);

  document.addEventListener("keydown", (event) => {
    if (!plain(event)) return;
    const menu = event.target.closest(".menu");
    if (menu && event.key.length === 1) {
      const chosen = menu.querySelector(`a[accesskey="${CSS.escape(event.key)}"]`);
      if (chosen) {
        event.preventDefault();
        chosen.click();
        return;
      }
    }
    if (typing(event.target)) return;
    if (event.key === "a") {
      const first = document.querySelector(".menu a.act, form.acting input:not([type=hidden]), form.acting select");
      if (first) {
        event.preventDefault();
        first.focus();
      }
    }
    const back = event.key === "Escape" && document.querySelector("a[data-back]");
    if (back) back.click();
  });

  const slide = (range) => {
    const number = document.getElementById(range.dataset.for);
    if (!number) return;
    range.disabled = false;
    range.addEventListener("input", () => {
      number.value = range.value;
    });
    range.addEventListener("change", () => number.dispatchEvent(new Event("change", { bubbles: true })));
    number.addEventListener("input", () => {
      range.value = number.value || 0;
    });
  };
  document.querySelectorAll("input[type=range][data-for]").forEach(slide);

  const problem = document.getElementById("problem");
  if (problem) problem.focus();
})();
