// Answers are saved a moment after they change. One that could not be saved says so at its place
// and is sent again when the connection is back. Whoever leaves within the moment has theirs sent
// on the way out; the server tells the same answer from a new one, so nothing is written twice.

const form = document.getElementById("review-form");
const typed = new Map(); // an answer, and how often it changed since the page was opened
const sent = new Map(); // how often it had changed when it was last sent
const unsaved = new Set();
let isSentWhole = false; // by a button of the form, which leaves the page

form.addEventListener("input", (event) => {
  const answer = event.target.closest(".review-answer");
  if (answer) {
    typed.set(answer, (typed.get(answer) ?? 0) + 1);
  }
});

form.addEventListener("htmx:beforeRequest", (event) => {
  if (typed.has(event.target)) {
    sent.set(event.target, typed.get(event.target));
  }
});

function failed(answer, reason) {
  unsaved.add(answer);
  sent.delete(answer);
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

function fields(answer) {
  const names = [...answer.querySelectorAll("[name]")].map((field) => field.name);
  const all = new FormData(form);
  const own = new URLSearchParams();
  for (const name of new Set(names)) {
    for (const value of all.getAll(name)) {
      own.append(name, value);
    }
  }
  return own;
}

window.addEventListener("pagehide", () => {
  if (isSentWhole) {
    return;
  }
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  for (const [answer, times] of typed) {
    if (sent.get(answer) !== times) {
      const url = answer.getAttribute("hx-post");
      fetch(url, { method: "POST", headers, body: fields(answer), keepalive: true });
    }
  }
});
