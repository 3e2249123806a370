// @ts-check
// The frame of every page: signing in with a key, reading and drawing its parts, and notices.
//
// A page consists of parts. A part says what it reads (`read`), stores the result (`keep`), draws it (`draw`) and forgets it
// (`clear`). A part that names views is read and drawn only while one of them is shown.
import { call, errorText, keyStore, Refused } from "./api.js";
import { byID, element } from "./dom.js";
import { clock } from "./format.js";
import { languageChooser, setLanguage, t } from "./i18n.js";
import { themeButton } from "./theme.js";
import { shownView, showView } from "./views.js";

/**
 * @typedef {object} Part
 * @property {string[]} [views]
 * @property {() => any} [read]
 * @property {(found: any) => void} [keep]
 * @property {() => void} [draw]
 * @property {() => void} [clear]
 */

/**
 * @typedef {object} PageOptions
 * @property {string} place Name of the key's item in `sessionStorage`.
 * @property {number} interval Milliseconds between two readings.
 * @property {Record<number, string>} refused Names of the texts for keys that this page cannot use, by status.
 * @property {Part[]} parts
 * @property {() => boolean} [isPaused] Whether the page must not read by itself.
 */

/** @type {PageOptions} */
let page;
/** @type {ReturnType<typeof keyStore>} */
let key;
// Number of the latest reading: results of earlier ones are dropped.
let reading = 0;
/** @type {Date | null} */
let readAt = null;
let hasFailed = false;
// The parts that have been read.
/** @type {Set<Part>} */
const known = new Set();

// MARK: calls

export const hasKey = () => Boolean(key.get());
/** @param {string} path @param {Parameters<typeof call>[2]} [options] */
export const ask = (path, options) => call(key.get() ?? "", path, options);
export const read = async (path) => (await ask(path)).json();
export const send = async (method, path, body) => (await ask(path, { method, body })).json();

// MARK: notices

// Codes of errors that say that a key of another kind is required.
const wrongKindCodes = ["wrong_key_kind"];

export function notice(text) {
  byID("notice").textContent = text;
  byID("notice").hidden = !text;
}

// The gateway does not know the key, or it is of another kind.
const isWrongKey = (error) =>
  error instanceof Refused && (error.status === 401 || (error.status === 403 && wrongKindCodes.includes(error.code ?? "")));

/**
 * Shows an error. A key that this page cannot use is forgotten.
 * @param {any} error
 * @param {(text: string, error?: any) => void} [tell]
 */
export function report(error, tell = notice) {
  if (error.name === "AbortError") return;
  if (isWrongKey(error)) {
    leave();
    notice(t(page.refused[error.status]));
  } else {
    tell(errorText(error), error);
  }
}

/**
 * Runs the work of a button, which is disabled meanwhile; returns whether it succeeded.
 * @param {HTMLButtonElement} button
 * @param {() => Promise<any>} work
 * @param {(text: string, error?: any) => void} [tell]
 */
export async function attempt(button, work, tell) {
  const hadFocus = document.activeElement === button;
  button.disabled = true;
  try {
    notice("");
    await work();
    return true;
  } catch (error) {
    report(error, tell);
    return false;
  } finally {
    button.disabled = false;
    // A button loses the focus when it is disabled.
    if (hadFocus && document.activeElement === document.body) button.focus();
  }
}

/**
 * Runs work that changes what the page shows, and reads the page again, also after a failure: a part of the work may be done.
 * @param {HTMLButtonElement} button
 * @param {() => Promise<any>} work
 * @param {(text: string, error?: any) => void} [tell]
 */
export const act = (button, work, tell) => attempt(button, async () => {
  try {
    await work();
  } finally {
    await refresh();
  }
}, tell);

/**
 * Returns how the errors of a form are shown: the input that an error names is marked and focused.
 * @param {HTMLFormElement} form Its inputs have the gateway's names of the fields.
 */
export const tellIn = (form) => (/** @type {string} */ text, /** @type {any} */ error) => {
  const input = /** @type {HTMLInputElement | null} */ (form.elements.namedItem(error.field ?? ""));
  if (!input) return notice(text);
  notice(errorText(error, input.labels?.[0]?.firstElementChild?.textContent ?? undefined));
  input.setAttribute("aria-invalid", "true");
  input.addEventListener("input", () => input.removeAttribute("aria-invalid"), { once: true });
  input.focus();
};

export function copyButton(button, text) {
  button.addEventListener("click", () => attempt(button, async () => {
    await navigator.clipboard.writeText(text());
    button.textContent = t("copied");
    setTimeout(() => { button.textContent = t("copy"); }, 2000);
  }));
}

// MARK: secrets

export function showSecret(name, secret) {
  const copy = element("button", { type: "button", class: "plain" }, t("copy"));
  copyButton(copy, () => secret);
  byID("secret").replaceChildren(element("p", {}, t("shownOnce", { name })), element("code", {}, secret), " ", copy, " ",
    element("button", { type: "button", class: "plain", onclick: hideSecret }, t("done")));
  byID("secret").hidden = false;
}

function hideSecret() {
  const place = byID("secret");
  if (!place) return;
  place.hidden = true;
  place.replaceChildren();
}

// MARK: reading and drawing

const partsShown = () => page.parts.filter(({ views }) => !views || views.includes(shownView() ?? ""));

// The element with the focus may be replaced by one with the same id, which is then focused.
function draw() {
  const id = document.activeElement?.id;
  for (const part of partsShown()) {
    if (!part.read || known.has(part)) part.draw?.();
  }
  if (id && document.activeElement?.id !== id) byID(id)?.focus();
  if (readAt) byID("updated").textContent = t("updated", { time: clock(readAt) });
}

export async function refresh() {
  const isKnown = hasKey();
  byID("enter").hidden = isKnown;
  byID("leave").hidden = !isKnown;
  byID("page").hidden = !isKnown;
  if (!isKnown) return;
  reading += 1;
  const round = reading;
  const parts = partsShown().filter(({ read }) => read);
  byID("page").setAttribute("aria-busy", String(!parts.every((part) => known.has(part))));
  try {
    const found = await Promise.all(parts.map((part) => part.read?.()));
    if (round !== reading) return;
    for (const [at, part] of parts.entries()) {
      part.keep?.(found[at]);
      known.add(part);
    }
    readAt = new Date();
    byID("page").setAttribute("aria-busy", "false");
    draw();
    if (hasFailed) notice("");
    hasFailed = false;
  } catch (error) {
    // A newer reading reports for itself.
    if (round !== reading) return;
    hasFailed = true;
    report(error);
  }
}

function reset() {
  reading += 1;
  readAt = null;
  hasFailed = false;
  known.clear();
  for (const part of page.parts) part.clear?.();
  hideSecret();
  // Empty elements show a placeholder.
  for (const node of document.querySelectorAll(".skeleton")) node.replaceChildren();
  notice("");
  refresh();
}

function leave() {
  key.forget();
  reset();
}

// The address changed: to another view, or to a link that carries a key.
function followAddress() {
  if (key.takeFromAddress()) return reset();
  showView();
  if (readAt) draw();
  refresh();
}

/**
 * Starts the page.
 * @param {PageOptions} options
 */
export function start(options) {
  page = options;
  key = keyStore(page.place);
  setLanguage();
  const drawTheme = themeButton(byID("theme"));
  languageChooser(byID("language"), () => {
    drawTheme();
    if (readAt) draw();
  });
  byID("enter").addEventListener("submit", (event) => {
    event.preventDefault();
    key.set(byID("key").value.trim());
    byID("key").value = "";
    notice("");
    refresh();
  });
  byID("leave").addEventListener("click", leave);
  const refreshIfSeen = () => { if (!document.hidden && !page.isPaused?.()) refresh(); };
  setInterval(refreshIfSeen, page.interval);
  document.addEventListener("visibilitychange", refreshIfSeen);
  window.addEventListener("hashchange", followAddress);
  key.takeFromAddress();
  showView();
  refresh();
}
