// Runs before the first paint, so that no page flashes in the wrong theme. The account says which
// theme to use; "auto" asks the system, which only the browser knows. Nothing is stored here: the
// buttons hand the choice to the server through htmx.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  function apply() {
    const theme = root.dataset.theme || "auto";
    const dark = theme === "dark" || (theme === "auto" && system.matches);
    root.dataset.bsTheme = dark ? "dark" : "light";
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
    }
  }

  apply();
  system.addEventListener("change", apply);

  document.addEventListener("DOMContentLoaded", () => {
    for (const group of document.querySelectorAll("[data-theme-choices]")) {
      group.hidden = false;
    }
    apply();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (button) {
      root.dataset.theme = button.dataset.themeChoice;
      apply();
    }
  });
})();
