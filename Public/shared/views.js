// @ts-check
// The views of a page, one of which is shown. The address names it after "#/", so that it can be linked to.
const names = [...document.querySelectorAll(".views a")].map((link) => /** @type {HTMLAnchorElement} */ (link).hash.slice(2));
let shown = names[0];

/** Returns the name of the view that is shown. */
export const shownView = () => shown;

/** Shows the view that the address names; the view stays if the address names none. */
export function showView() {
  shown = names.find((name) => location.hash === "#/" + name) ?? shown;
  for (const part of document.querySelectorAll("[data-view]")) {
    const view = /** @type {HTMLElement} */ (part);
    view.hidden = view.dataset.view !== shown;
  }
  for (const link of document.querySelectorAll(".views a")) {
    if (/** @type {HTMLAnchorElement} */ (link).hash === "#/" + shown) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** @param {string} view */
export function goTo(view) {
  location.hash = "#/" + view;
  showView();
}
