// What would fill a phone's first screen folds away there. Without this it stays open, as it does
// while something is chosen in it.

const narrow = matchMedia("(max-width: 40rem)");

function fold() {
  for (const part of document.querySelectorAll("details.fold")) {
    part.open = !narrow.matches || location.search !== "";
  }
}

narrow.addEventListener("change", fold);
fold();
