// After htmx has swapped a part of the page, what changed is said in the one polite live region:
// the swapped part names it in data-announce. Errors are said and shown, since nothing was swapped.

const region = document.getElementById("announcements");

function say(text, isError = false) {
  region.classList.toggle("visually-hidden", !isError);
  region.textContent = "";
  requestAnimationFrame(() => {
    region.textContent = text;
  });
}

document.body.addEventListener("htmx:beforeRequest", () => {
  if (!region.classList.contains("visually-hidden")) {
    say("");
  }
});

document.body.addEventListener("htmx:afterSwap", (event) => {
  const part = event.detail.elt;
  const source = part.matches?.("[data-announce]") ? part : part.querySelector?.("[data-announce]");
  if (source && source.dataset.announce !== region.textContent) {
    say(source.dataset.announce);
  }
});

for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.body.addEventListener(failure, (event) => {
    if (!event.target.closest("[data-says-errors]")) {
      say(region.dataset.error, true);
    }
  });
}
