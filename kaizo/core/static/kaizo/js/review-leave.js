// Answers are saved a moment after they change. Whoever leaves within that moment has them sent on
// the way out; the server tells the same answer from a new one, so nothing is written twice.

const form = document.getElementById("review-form");
const typed = new Map(); // an answer, and how often it changed since the page was opened
const sent = new Map(); // how often it had changed when it was last sent
let isSentWhole = false; // by a button of the form: then nothing is left to send

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

form.addEventListener("htmx:sendError", (event) => sent.delete(event.target));

form.addEventListener("submit", () => {
  isSentWhole = true;
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
