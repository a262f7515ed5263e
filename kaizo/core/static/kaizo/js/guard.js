// A form with data-guard holds more than one would like to type again: whoever leaves the page with
// something in it that was not sent is asked first.

const touched = new Set(); // ids: htmx may put another element in a form's place

document.addEventListener("input", (event) => {
  if (event.target.form?.matches("[data-guard]")) {
    touched.add(event.target.form.id);
  }
});

document.addEventListener("submit", (event) => {
  touched.delete(event.target.id);
});

window.addEventListener("beforeunload", (event) => {
  if (touched.size > 0) {
    event.preventDefault();
  }
});
