// Answers are saved a moment after they change. One that could not be saved says so at its place,
// is sent again when the connection is back, and the page asks before it is left meanwhile.

const form = document.getElementById("review-form");
const unsaved = new Set();
let isSentWhole = false; // by a button of the form, which leaves the page

function failed(answer, reason) {
  unsaved.add(answer);
  const words = document.getElementById(reason).content.cloneNode(true);
  answer.querySelector("[id^='state-']").replaceChildren(words);
}

function again() {
  for (const answer of unsaved) {
    answer.dispatchEvent(new Event("change"));
  }
}

// Whoever signed in again has another token; the page as it is now says which.
async function renewToken() {
  const reply = await fetch(form.action);
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  const token = page.querySelector("#review-form [name=csrfmiddlewaretoken]")?.value;
  if (token) {
    form.querySelector("[name=csrfmiddlewaretoken]").value = token;
    document.body.setAttribute("hx-headers", page.body.getAttribute("hx-headers"));
  }
}

form.addEventListener("htmx:afterRequest", (event) => {
  const answer = event.target.closest(".review-answer");
  const { status } = event.detail.xhr;
  if (answer && [200, 409, 422].includes(status)) {
    unsaved.delete(answer); // stored, or the reply says at its place why not
  } else if (answer && !isSentWhole) {
    failed(answer, [401, 403].includes(status) ? "signed-out" : "not-saved");
  }
  if (status === 200) {
    again();
  }
});

form.addEventListener("click", (event) => {
  if (event.target.closest("[data-again]")) {
    renewToken().finally(again);
  }
});

window.addEventListener("online", again);

window.addEventListener("beforeunload", (event) => {
  if (unsaved.size > 0) {
    event.preventDefault();
  }
});

form.addEventListener("submit", () => {
  isSentWhole = true;
  unsaved.clear();
});
