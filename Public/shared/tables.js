// @ts-check
// Tables, and the line that stands in an empty one's place.
import { element } from "./dom.js";
import { t } from "./i18n.js";

/**
 * Creates a table.
 * @param {string[]} columns Names.
 * @param {(Node | string)[][]} rows
 * @param {number[]} [numbers] Columns that are aligned to the right: all but the first unless given.
 * @returns {HTMLTableElement}
 */
export function table(columns, rows, numbers = columns.map((_, at) => at).slice(1)) {
  const side = (/** @type {number} */ at) => (numbers.includes(at) ? "number" : "");
  const head = element("tr", {}, ...columns.map((name, at) => element("th", { scope: "col", class: side(at) }, name)));
  const body = rows.map((row) => element("tr", {}, ...row.map((cell, at) => element("td", { class: side(at) }, cell))));
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
}

/**
 * Creates the line of an empty table or chart.
 * @param {string} name Name of its text.
 */
export const nothing = (name) => element("p", { class: "empty" }, t(name));
