// A passage that is selected in the conversation becomes evidence: the bar offers it to a category,
// fills in that category's own fields and presses its button. Also lets a refused save be shown.

const form = document.getElementById("review-form");
const bar = document.getElementById("quote-bar");
const choice = document.getElementById("quote-for");
let picked = null;

form.addEventListener("focusin", (event) => {
  const category = event.target.closest("[data-category]");
  if (category) {
    choice.value = category.dataset.category;
  }
});

// The part of a selection that lies in the message where it begins: three clicks select a bit more.
function selected() {
  const selection = document.getSelection();
  const range = selection.rangeCount ? selection.getRangeAt(0).cloneRange() : null;
  const bubble = range?.startContainer.parentElement?.closest("[data-message] .bubble-text");
  if (!bubble || range.collapsed) {
    return null;
  }
  if (!bubble.contains(range.endContainer)) {
    range.setEnd(bubble, bubble.childNodes.length);
  }
  const text = range.cloneContents().textContent.trim();
  return text && { text, message: bubble.closest("[data-message]").dataset.message };
}

document.addEventListener("selectionchange", () => {
  const found = selected();
  if (found) {
    picked = found;
    bar.hidden = false;
  } else if (!bar.contains(document.activeElement)) {
    bar.hidden = true;
  }
});

document.getElementById("quote-now").addEventListener("click", () => {
  const key = choice.value;
  const passage = document.getElementById(`q-${key}`);
  passage.value = picked.text;
  document.getElementById(`m-${key}`).value = picked.message;
  passage.closest("details").querySelector("[data-quote]").click();
  bar.hidden = true;
  document.getSelection().removeAllRanges();
});

form.addEventListener("htmx:afterRequest", (event) => {
  const details = event.target.matches("[data-quote]") && event.target.closest("details");
  if (details && event.detail.successful) {
    details.querySelector("textarea").value = "";
    details.open = false;
  }
});

// 409: the answer was changed elsewhere. The reply shows both, so it is swapped in like any other.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 409 && form.contains(event.detail.target)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
