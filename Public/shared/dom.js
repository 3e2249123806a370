// @ts-check
// Elements of a page: found, made, filled.
import { exactTime, utcTime } from "./format.js";

/**
 * Returns the element with an id. Its type is left open: the page that asks knows which element it is.
 * @param {string} id
 * @returns {any}
 */
export const byID = (id) => document.getElementById(id);

/**
 * Creates an HTML element. An attribute `on...` is an event listener; one that is false, null or undefined is left out.
 * @param {string} name
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string | null)} children Nulls are left out.
 * @returns {any}
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") made.className = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  for (const child of children) if (child !== null) made.append(child);
  return made;
}

/**
 * Creates an SVG element.
 * @param {string} name
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string)} children
 * @returns {SVGElement}
 */
export function drawing(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return /** @type {SVGElement} */ (made);
}

/**
 * Writes figures into every element that is marked with their name (`data-figure`).
 * @param {Record<string, string>} values
 */
export function figures(values) {
  for (const [name, value] of Object.entries(values)) {
    for (const place of document.querySelectorAll(`[data-figure="${name}"]`)) place.textContent = value;
  }
}

/**
 * Returns a time in the reader's time zone; its tooltip is the time in UTC.
 * @param {string} text RFC 3339.
 * @param {(date: Date) => string} [write] How it is written: to the second unless given.
 */
export function moment(text, write = exactTime) {
  const date = new Date(text);
  return element("time", { datetime: text, title: utcTime(date) }, write(date));
}

/**
 * Replaces the options of a select; the chosen value stays chosen if it is still offered.
 * @param {HTMLSelectElement} select
 * @param {string[][]} options Value and name of each.
 */
export function offer(select, options) {
  const chosen = select.value;
  select.replaceChildren(...options.map(([value, name]) => element("option", { value }, name)));
  select.value = options.some(([value]) => value === chosen) ? chosen : options[0]?.[0] ?? "";
}

/**
 * Downloads a blob as a file.
 * @param {Blob} blob
 * @param {string} name
 */
export function save(blob, name) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
