// Keys for those who sit here all night: g and then the letter of a place goes there. Nothing needs this file.
"use strict";
(() => {
  const typing = (element) => element.closest("input, textarea, select, [contenteditable]");
  let before = "";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const place = before === "g" && document.querySelector(`nav a[data-key="${CSS.escape(event.key)}"]`);
    before = event.key;
    if (place) {
      event.preventDefault();
      place.click();
    }
  });
})();
