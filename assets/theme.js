// Loaded before the page is drawn: light or dark as chosen, else as the device has it.
(() => {
  const root = document.documentElement;
  if (root.dataset.theme === "device") {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const show = () => root.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
    show();
    dark.addEventListener("change", show);
  }
  root.classList.add("has-script");
})();
