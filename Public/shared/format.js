// @ts-check
// Numbers, amounts of money and times in the reader's language.
import { locale, t } from "./i18n.js";

// An Intl format takes long to create, and a page needs the same few hundreds of times.
/** @type {Map<string, any>} */
const formats = new Map();

/**
 * @param {any} Kind
 * @param {any} value
 * @param {Record<string, any>} options
 * @returns {string}
 */
function format(Kind, value, options) {
  const name = [Kind.name, locale(), ...Object.entries(options).flat()].join();
  if (!formats.has(name)) formats.set(name, new Kind(locale(), options));
  return formats.get(name).format(value);
}
const number = (/** @type {number} */ value, options = {}) => format(Intl.NumberFormat, value, options);
const time = (/** @type {Date} */ date, /** @type {Record<string, any>} */ options) => format(Intl.DateTimeFormat, date, options);

/**
 * Returns an amount in USD. Null is no limit. Amounts that are no whole cents have four digits, below one cent six.
 * @param {number | null} value
 * @param {number} [digits] Digits of whole cents: 4 lines amounts up in a column.
 */
export function money(value, digits = 2) {
  if (value === null) return t("noLimit");
  const size = Math.abs(value);
  const isRound = size >= 100 || Math.abs(size * 100 - Math.round(size * 100)) < 0.005;
  const shown = size > 0 && size < 0.01 ? 6 : isRound ? digits : 4;
  return (value < 0 ? "-$" : "$") + number(size, { minimumFractionDigits: shown, maximumFractionDigits: shown });
}

/** @param {number} value */
export const count = (value) => number(value);
/** @param {number} value */
export const decimal = (value) => number(value, { maximumFractionDigits: 4 });
/** @param {number} value */
export const tenths = (value) => number(value, { maximumFractionDigits: 1 });
/** @param {number} share 0 to 1. */
export const percent = (share) => number(share, { style: "percent", maximumFractionDigits: 1 });
/** @param {number} value */
export const compact = (value) => number(value, { notation: "compact", maximumFractionDigits: 1 });

/**
 * Returns a size in the largest unit of which there is at least one.
 * @param {number} value Bytes.
 */
export function bytes(value) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  const at = Math.min(units.length - 1, value > 0 ? Math.floor(Math.log10(value) / 3) : 0);
  return number(value / 1000 ** at, { style: "unit", unit: units[at], maximumFractionDigits: 1 });
}

/** @param {Date} date */
export const clock = (date) => time(date, { timeStyle: "medium" });
/** @param {Date} date */
export const exactTime = (date) => time(date, { dateStyle: "medium", timeStyle: "medium" });
/** @param {Date} date */
export const shortTime = (date) => time(date, { dateStyle: "medium", timeStyle: "short" });
/** @param {Date} date */
export const dateOnly = (date) => time(date, { dateStyle: "medium" });
/** @param {Date} date */
export const utcTime = (date) => date.toISOString().replace("T", " ").slice(0, 19) + " UTC";
/** @param {string} date A day in UTC: YYYY-MM-DD. */
export const dayName = (date) => time(new Date(date + "T00:00:00Z"), { day: "numeric", month: "short", timeZone: "UTC" });
/** @param {string} start Start of an hour, RFC 3339; shown in the reader's time zone. */
export const hourName = (start) => time(new Date(start), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/**
 * Returns a secret key with its middle left out.
 * @param {string} key
 */
export const masked = (key) => (key.length > 16 ? `${key.slice(0, 10)}…${key.slice(-4)}` : key);
