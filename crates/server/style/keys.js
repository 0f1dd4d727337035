// Conveniences only: shortcuts, and a question before leaving words that are not saved.
(() => {
  const typing = (e) => e.target.closest("input, textarea, select, [contenteditable]");
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) {
      if ((e.ctrlKey || e.metaKey) && e.key === "Enter") e.target.closest("form")?.requestSubmit();
      return;
    }
    if (typing(e)) return;
    const to = document.querySelector(`[data-key="${CSS.escape(e.key)}"]`);
    if (!to) return;
    e.preventDefault();
    if (to.matches("input")) to.focus();
    else to.click();
  });
  const form = document.querySelector("form[data-guard]");
  if (form) {
    let changed = false;
    form.addEventListener("input", () => { changed = true; });
    form.addEventListener("submit", () => { changed = false; });
    window.addEventListener("beforeunload", (e) => { if (changed) e.preventDefault(); });
  }
})();
