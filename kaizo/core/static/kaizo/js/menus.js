// Menus are <details>: they work alone. This closes them on Escape and on a click elsewhere, keeps
// one open at a time, and opens the dialogs that buttons name.

const OPEN = "details.menu[open]";

function closeAll(except) {
  for (const menu of document.querySelectorAll(OPEN)) {
    if (menu !== except) {
      menu.open = false;
    }
  }
}

document.addEventListener("click", (event) => {
  closeAll(event.target.closest(OPEN));

  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog) {
    event.preventDefault();
    dialog.showModal();
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.(OPEN);
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
