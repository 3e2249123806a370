// The frame of every page: a key is entered, what it may see is read and drawn again and again, and what goes wrong is told.
import { Offline, Refused, byID, call, clock, element, keyStore, languageChooser, setLanguage, t, themeButton } from "./ui.js";
import { showView, shownView } from "./views.js";

let page = null;
let key = null;
// Readings are counted, so that one that comes late is not drawn.
let reading = 0;
let readAt = null;
let hasFailed = false;
// The parts of the page that have been read.
const known = new Set();

// MARK: calls

export const hasKey = () => Boolean(key.get());
export const ask = (path, options) => call(key.get(), path, options);
export const read = async (path) => (await ask(path)).json();
export const send = async (method, path, body) => (await ask(path, { method, body })).json();

// MARK: notices

export function notice(text) {
  byID("notice").textContent = text;
  byID("notice").hidden = !text;
}

const isWrongKey = (error) =>
  error instanceof Refused && (error.status === 401 || (error.status === 403 && /is required$/.test(error.message)));

// Tells what went wrong; a key that is of no use here is forgotten.
export function report(error, tell = notice) {
  if (error.name === "AbortError") return;
  if (isWrongKey(error)) {
    leave();
    notice(t(page.refused[error.status]));
  } else {
    tell(error instanceof Offline ? t("offline") : t("failed", { message: error.message }), error);
  }
}

// Does what a button asks for, once; returns whether it worked.
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

// The same for what changes what the page shows; also where it failed, for a part of it may have been done.
export const act = (button, work, tell) => attempt(button, async () => {
  try {
    await work();
  } finally {
    await refresh();
  }
}, tell);

export function copyButton(button, text) {
  button.addEventListener("click", () => attempt(button, async () => {
    await navigator.clipboard.writeText(text());
    button.textContent = t("copied");
    setTimeout(() => { button.textContent = t("copy"); }, 2000);
  }));
}

// MARK: what is shown once

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

const partsShown = () => page.parts.filter(({ views }) => !views || views.includes(shownView()));

// What has the focus and is drawn anew under the same id has it again.
function draw() {
  const { id } = document.activeElement;
  for (const part of partsShown()) {
    if (!part.read || known.has(part)) part.draw?.();
  }
  if (id && document.activeElement.id !== id) byID(id)?.focus();
  byID("updated").textContent = t("updated", { time: clock(readAt) });
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
    const found = await Promise.all(parts.map((part) => part.read()));
    if (round !== reading) return;
    for (const [at, part] of parts.entries()) {
      part.keep(found[at]);
      known.add(part);
    }
    readAt = new Date();
    byID("page").setAttribute("aria-busy", "false");
    draw();
    if (hasFailed) notice("");
    hasFailed = false;
  } catch (error) {
    // A newer reading tells for itself.
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
  // Empty again, these show that something is to come.
  for (const node of document.querySelectorAll(".skeleton")) node.replaceChildren();
  notice("");
  refresh();
}

function leave() {
  key.forget();
  reset();
}

// The address changed in this tab: to another view, or by a link that carries a key.
function followAddress() {
  if (key.takeFromAddress()) return reset();
  showView();
  if (readAt) draw();
  refresh();
}

// Starts the page: where its key is kept (place), how often it reads (interval, in ms), the texts for keys of no use by
// status (refused), when it does not read by itself (isPaused), and its parts. A part asks for what it shows (read), stores
// that (keep), draws it (draw) and forgets it (clear). One that names views is read and drawn only while one of them is shown.
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
