// Rating by keyboard. The keys work only while the form has the focus, outside of fields that take
// text, and can be turned off for the tab (WCAG 2.1.4). Everything they do has a control of its own.

const form = document.getElementById("review-form");
const off = document.getElementById("keys-off");
const dialog = document.getElementById("shortcuts");
const OFF = "review-keys-off";

function categories() {
  return [...form.querySelectorAll("[data-category]")];
}

function current() {
  return document.activeElement.closest?.("[data-category]");
}

function isAnswered(category) {
  return category.querySelector("input[type=radio]:checked") !== null;
}

function go(category) {
  if (category) {
    category.focus({ preventScroll: true });
    category.scrollIntoView({ block: "nearest" });
  }
}

function step(by) {
  const all = categories();
  const here = all.indexOf(current());
  const first = all.find((category) => !isAnswered(category)) || all[0];
  go(here < 0 ? first : all[here + by]);
}

function choose(key) {
  const category = current() || categories().find((one) => !isAnswered(one));
  const option = category?.querySelector(`input[data-key="${key}"]`);
  if (!option) {
    return false;
  }
  option.checked = true;
  option.dispatchEvent(new Event("change", { bubbles: true }));
  go(category);
  return true;
}

const actions = {
  j: () => step(1),
  k: () => step(-1),
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  c: () => current()?.querySelector("textarea")?.focus(),
  e: () => {
    const button = current()?.querySelector("[data-quote]");
    button?.closest("details").setAttribute("open", "");
    button?.closest("details").querySelector("select").focus();
  },
  s: () => form.querySelector("[data-submit]").click(),
  "?": () => dialog.showModal(),
};

function takesText(element) {
  return element.matches("textarea, select, input:not([type=radio], [type=checkbox])");
}

// Arrows belong to the radio buttons while one of them has the focus.
function isTaken(event) {
  return event.key.startsWith("Arrow") && event.target.matches("input, summary, button");
}

form.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && takesText(event.target)) {
    go(current());
    return;
  }
  const free = !(event.ctrlKey || event.metaKey || event.altKey || takesText(event.target));
  if (!free || off.checked || isTaken(event)) {
    return;
  }
  const action = actions[event.key];
  if (action) {
    event.preventDefault();
    action();
  } else if (/^[0-9nx]$/.test(event.key) && choose(event.key)) {
    event.preventDefault();
  }
});

off.checked = sessionStorage.getItem(OFF) === "1";
off.addEventListener("change", () => {
  sessionStorage.setItem(OFF, off.checked ? "1" : "0");
});
