// The views of a page, of which one is shown. The address names it behind "#/": it can be linked to and gone back from.
const names = [...document.querySelectorAll(".views a")].map((link) => link.hash.slice(2));
let shown = names[0];

// Undefined on a page that has no views.
export const shownView = () => shown;

// Shows the view that the address names, else the one that is shown already.
export function showView() {
  shown = names.find((name) => location.hash === "#/" + name) ?? shown;
  for (const part of document.querySelectorAll("[data-view]")) part.hidden = part.dataset.view !== shown;
  for (const link of document.querySelectorAll(".views a")) {
    if (link.hash === "#/" + shown) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

export function goTo(view) {
  location.hash = "#/" + view;
  showView();
}
