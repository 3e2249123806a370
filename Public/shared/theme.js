// @ts-check
// Light and dark theme, and the reseller's accent colour.
import { t } from "./i18n.js";

const item = "tollgate-theme";
/** @type {string | null} */
let brandColour = null;

/**
 * Lets the reader switch the theme; returns a function that draws the button in the current language.
 * @param {HTMLButtonElement} button
 */
export function themeButton(button) {
  const darkness = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    const theme = localStorage.getItem(item) ?? (darkness.matches ? "dark" : "light");
    document.documentElement.dataset.theme = theme;
    button.textContent = theme === "dark" ? "☀" : "☾";
    button.setAttribute("aria-label", t(theme === "dark" ? "toLight" : "toDark"));
    paintAccent();
  };
  button.addEventListener("click", () => {
    localStorage.setItem(item, document.documentElement.dataset.theme === "dark" ? "light" : "dark");
    show();
  });
  darkness.addEventListener("change", show);
  show();
  return show;
}

/**
 * Sets the accent colour; null is the page's own.
 * @param {string | null} colour #rrggbb.
 */
export function setAccent(colour) {
  brandColour = colour;
  paintAccent();
}

function paintAccent() {
  const style = document.documentElement.style;
  if (!brandColour) {
    style.removeProperty("--accent");
    style.removeProperty("--on-accent");
    return;
  }
  const colour = readable(brandColour, document.documentElement.dataset.theme === "dark");
  style.setProperty("--accent", `rgb(${colour.join(" ")})`);
  style.setProperty("--on-accent", contrast(colour, [255, 255, 255]) >= 4.5 ? "#fff" : "#10151c");
}

/**
 * Returns a colour, made lighter or darker until it is readable on a card of the theme.
 * @param {string} colour #rrggbb.
 * @param {boolean} isDark
 */
export function readable(colour, isDark) {
  const card = isDark ? [25, 31, 39] : [255, 255, 255];
  let parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  for (let step = 0; step < 20 && contrast(parts, card) < 4.6; step += 1) {
    parts = parts.map((part) => Math.round(part + ((isDark ? 255 : 0) - part) * 0.12));
  }
  return parts;
}

/**
 * Returns the contrast ratio of two colours, as WCAG 2 defines it: 1 to 21.
 * @param {number[]} one Red, green and blue, 0 to 255.
 * @param {number[]} other
 */
export function contrast(one, other) {
  const luminance = (/** @type {number[]} */ colour) => {
    const [red, green, blue] = colour.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}
