// What the pages share: calls to the gateway, words, numbers, theme, and pieces of pages.
import { texts } from "./texts.js";

export const byID = (id) => document.getElementById(id);
export const gateway = (document.querySelector('meta[name="tollgate-gateway"]')?.content || location.origin).replace(/\/$/, "");

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") made.className = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

export function drawing(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// MARK: the key

// In this tab's storage alone. A link may carry it behind the #, which never leaves the browser: it is used once and
// taken out of the address.
export function keyStore(place) {
  return {
    get: () => sessionStorage.getItem(place),
    set: (key) => sessionStorage.setItem(place, key),
    forget: () => sessionStorage.removeItem(place),
    // Returns whether there was one.
    takeFromAddress: () => {
      const match = location.hash.match(/^#key=(.+)$/);
      if (match) {
        sessionStorage.setItem(place, unescaped(match[1]));
        history.replaceState(null, "", location.pathname + location.search);
      }
      return Boolean(match);
    },
  };
}

// What is not escaped rightly stands for itself: it is no key anyhow, and the page says so.
function unescaped(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// MARK: calls

export class Refused extends Error {
  constructor(status, message, retryAfter) {
    super(message);
    this.status = status;
    // In seconds, where the gateway says when trying again helps.
    this.retryAfter = retryAfter;
  }
}

export class Offline extends Error {}

// Returns the answer; throws Refused for what the gateway refuses and Offline where it cannot be reached.
export async function call(key, path, { method = "GET", body, signal, accept, headers: more } = {}) {
  const headers = { Authorization: "Bearer " + key, ...more };
  if (body) headers["Content-Type"] = "application/json";
  if (accept) headers.Accept = accept;
  let answer;
  try {
    answer = await fetch(gateway + path, { method, headers, signal, body: body && JSON.stringify(body), cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Offline();
  }
  if (answer.ok) return answer;
  const error = await answer.json().then((read) => read.error, () => null);
  throw new Refused(answer.status, error?.message ?? error ?? answer.statusText, Number(answer.headers.get("Retry-After")));
}

// MARK: language

const languages = Object.keys(texts);
let language = "en";

export function t(name, values = {}) {
  const text = texts[language][name] ?? texts.en[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (_, field) => values[field] ?? "");
}

// The name of a text that has a form for one.
export const counted = (name, number) => (number === 1 ? name + "One" : name);

// A page brings the words that it alone has.
export function addTexts(more) {
  for (const one of languages) Object.assign(texts[one], more[one]);
}

const locale = () => (navigator.languages ?? []).find((one) => one.startsWith(language)) ?? language;

// The reader's own choice, else the reseller's, else the browser's.
export function setLanguage(wanted) {
  const own = localStorage.getItem("tollgate-language");
  const first = [wanted, own].find((one) => languages.includes(one));
  language = first ?? languages.find((one) => navigator.language.startsWith(one)) ?? "en";
  document.documentElement.lang = language === "zh" ? "zh-CN" : language;
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
}

export const hasOwnLanguage = () => languages.includes(localStorage.getItem("tollgate-language"));

export function languageChooser(select, changed) {
  select.value = language;
  select.addEventListener("change", () => {
    localStorage.setItem("tollgate-language", select.value);
    setLanguage(select.value);
    changed();
  });
}

// MARK: theme

const darkness = matchMedia("(prefers-color-scheme: dark)");

export function themeButton(button) {
  const show = () => {
    const chosen = localStorage.getItem("tollgate-theme");
    const theme = chosen ?? (darkness.matches ? "dark" : "light");
    document.documentElement.dataset.theme = theme;
    button.textContent = theme === "dark" ? "☀" : "☾";
    button.setAttribute("aria-label", t(theme === "dark" ? "toLight" : "toDark"));
    paintAccent();
  };
  button.addEventListener("click", () => {
    localStorage.setItem("tollgate-theme", document.documentElement.dataset.theme === "dark" ? "light" : "dark");
    show();
  });
  darkness.addEventListener("change", show);
  show();
  return show;
}

let brandColour = null;

export function setAccent(colour) {
  brandColour = colour;
  paintAccent();
}

// The reseller's colour, made lighter or darker until it can be read on the theme's cards.
function paintAccent() {
  const style = document.documentElement.style;
  if (!brandColour) {
    style.removeProperty("--accent");
    style.removeProperty("--on-accent");
    return;
  }
  const isDark = document.documentElement.dataset.theme === "dark";
  const card = isDark ? [25, 31, 39] : [255, 255, 255];
  let colour = [1, 3, 5].map((at) => parseInt(brandColour.slice(at, at + 2), 16));
  for (let step = 0; step < 20 && contrast(colour, card) < 4.6; step += 1) {
    colour = colour.map((part) => Math.round(part + ((isDark ? 255 : 0) - part) * 0.12));
  }
  style.setProperty("--accent", `rgb(${colour.join(" ")})`);
  style.setProperty("--on-accent", contrast(colour, [255, 255, 255]) >= 4.5 ? "#fff" : "#10151c");
}

// As WCAG 2 defines it.
function contrast(one, other) {
  const light = (colour) => {
    const [red, green, blue] = colour.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

// MARK: numbers and times

// Formats take long to make, and a page needs the same few of them hundreds of times.
const formats = new Map();

function format(Kind, value, options) {
  const name = [Kind.name, locale(), ...Object.entries(options).flat()].join();
  if (!formats.has(name)) formats.set(name, new Kind(locale(), options));
  return formats.get(name).format(value);
}
const number = (value, options = {}) => format(Intl.NumberFormat, value, options);
const time = (date, options) => format(Intl.DateTimeFormat, date, options);

// Null where there is no limit. What is not whole cents has four digits, what is less than a cent six; four line up in columns.
export function money(value, digits = 2) {
  if (value === null) return t("noLimit");
  const size = Math.abs(value);
  const isRound = size >= 100 || Math.abs(size * 100 - Math.round(size * 100)) < 0.005;
  const shown = size > 0 && size < 0.01 ? 6 : isRound ? digits : 4;
  return (value < 0 ? "-$" : "$") + number(size, { minimumFractionDigits: shown, maximumFractionDigits: shown });
}
export const count = (value) => number(value);
export const decimal = (value) => number(value, { maximumFractionDigits: 4 });
export const tenths = (value) => number(value, { maximumFractionDigits: 1 });
export const percent = (share) => number(share, { style: "percent", maximumFractionDigits: 1 });
// In the largest unit that leaves at least one.
export function bytes(value) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  const at = Math.min(units.length - 1, value > 0 ? Math.floor(Math.log10(value) / 3) : 0);
  return number(value / 1000 ** at, { style: "unit", unit: units[at], maximumFractionDigits: 1 });
}
export const clock = (date) => time(date, { timeStyle: "medium" });
export const compact = (value) => number(value, { notation: "compact", maximumFractionDigits: 1 });
export const dayName = (date) => time(new Date(date + "T00:00:00Z"), { day: "numeric", month: "short", timeZone: "UTC" });

// In the reader's own time; the moment in UTC when pointed at.
export function moment(text) {
  const date = new Date(text);
  return element("time", { datetime: text, title: date.toISOString().replace("T", " ").slice(0, 19) + " UTC" },
    time(date, { dateStyle: "medium", timeStyle: "medium" }));
}

// What a client key is good for, by its rules and what remains of its budget (null without one).
export function standing({ isEnabled, expiresAt }, remaining) {
  if (!isEnabled) return "disabled";
  if (expiresAt && Date.parse(expiresAt) <= Date.now()) return "expired";
  return remaining !== null && remaining <= 0 ? "exhausted" : "active";
}

// MARK: pieces

// The columns in `numbers` stand to the right: all but the first, unless it is said.
export function table(columns, rows, numbers = columns.map((_, at) => at).slice(1)) {
  const side = (at) => (numbers.includes(at) ? "number" : "");
  const head = element("tr", {}, ...columns.map((name, at) => element("th", { scope: "col", class: side(at) }, name)));
  const body = rows.map((row) => element("tr", {}, ...row.map((cell, at) => element("td", { class: side(at) }, cell))));
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
}

// Writes figures to the places of a page that are named for them.
export function figures(values) {
  for (const [name, value] of Object.entries(values)) {
    for (const place of document.querySelectorAll(`[data-figure="${name}"]`)) place.textContent = value;
  }
}

export const nothing = (name) => element("p", { class: "empty" }, t(name));

// Offers [value, name] to choose from; what was chosen stays chosen where it is still offered.
export function offer(select, options) {
  const chosen = select.value;
  select.replaceChildren(...options.map(([value, name]) => element("option", { value }, name)));
  select.value = options.some(([value]) => value === chosen) ? chosen : options[0]?.[0] ?? "";
}

export function save(blob, name) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// Charts are drawn to the width of their place, so that their words keep their size, and again when that changes.
const charts = new WeakMap();
const widths = new ResizeObserver((entries) => {
  for (const { target } of entries) if (target.firstChild) drawBars(target);
});

// Bars, one for each of { name, value, label }: what is pointed at is told by the browser.
export function barChart(place, bars, describe) {
  charts.set(place, { bars, describe });
  drawBars(place);
  widths.observe(place);
}

// The next number that is easy to read, and so is its half.
function roundUp(value) {
  if (!(value > 0)) return 0;
  const unit = 10 ** Math.floor(Math.log10(value));
  return unit * [1, 2, 4, 6, 8, 10].find((digit) => digit * unit >= value * (1 - 1e-9));
}

function drawBars(place) {
  const { bars, describe } = charts.get(place);
  const [width, height, top] = [Math.max(place.clientWidth, 240), 168, 8];
  const most = roundUp(Math.max(...bars.map((bar) => bar.value), 0));
  const names = [0, 0.5, 1].map((share) => (most > 0 || share === 0 ? describe(most * share) : ""));
  const left = 10 + 6.6 * Math.max(...names.map((name) => name.length));
  const step = (width - left) / bars.length;
  const parts = names.map((text, at) => {
    const y = height - (at / 2) * (height - top);
    const name = drawing("text", { x: left - 8, y: y + 4, "text-anchor": "end" });
    name.textContent = text;
    return drawing("g", {}, drawing("line", { x1: left, x2: width, y1: y, y2: y }), name);
  });
  const between = Math.ceil(bars.length / Math.max(2, Math.floor((width - left) / 84)));
  for (const [at, bar] of bars.entries()) {
    const size = most > 0 ? (bar.value / most) * (height - top) : 0;
    const x = left + at * step;
    const title = drawing("title");
    title.textContent = bar.label;
    parts.push(drawing("g", {}, title,
      drawing("rect", { class: "room", x, y: 0, width: step, height }),
      drawing("rect", { class: "bar", x: x + step * 0.12, y: height - size, width: step * 0.76, height: size, rx: Math.min(2, step / 4) })));
    // The newest has its name, and those at even distances before it.
    if ((bars.length - 1 - at) % between === 0) {
      const name = drawing("text", { x: Math.min(x + step / 2, width - 24), y: height + 17, "text-anchor": "middle" });
      name.textContent = bar.name;
      parts.push(name);
    }
  }
  place.replaceChildren(drawing("svg", { viewBox: `0 0 ${width} ${height + 24}`, "aria-hidden": "true" }, ...parts));
}
