// @ts-check
// Calls to the gateway, its errors, and the key that the calls present.
import { hasText, t } from "./i18n.js";

/** The gateway's address, without a slash at the end: the page's own origin unless the page names another. */
export const gateway = (globalThis.document?.querySelector('meta[name="tollgate-gateway"]')?.getAttribute("content")
  || globalThis.location?.origin || "").replace(/\/$/, "");

// MARK: errors

/** The gateway refused a call. */
export class Refused extends Error {
  /**
   * @param {number} status HTTP status.
   * @param {{ message: string, code?: string, field?: string }} error
   * @param {number} [retryAfter] Seconds after which the call may succeed, if the gateway gives them.
   */
  constructor(status, { message, code, field }, retryAfter) {
    super(message);
    this.status = status;
    this.code = code;
    this.field = field;
    this.retryAfter = retryAfter;
  }
}

/** The gateway cannot be reached. */
export class Offline extends Error {}

/**
 * Returns message, code and field of an error's body. The control plane answers `{"error": text, "code", "field"}` or
 * `{"error": {"message", "code", "field"}}`, by dialect.
 * @param {any} body The parsed body, or null if it is no JSON.
 * @param {string} fallback The message if the body has none.
 */
export function errorOf(body, fallback) {
  const error = body?.error;
  const inner = typeof error === "object" && error !== null ? error : {};
  const message = typeof error === "string" ? error : inner.message;
  const text = (/** @type {any} */ value) => (typeof value === "string" ? value : undefined);
  return {
    message: text(message) ?? fallback,
    code: text(inner.code) ?? text(body?.code),
    field: text(inner.field) ?? text(inner.param) ?? text(body?.field),
  };
}

/**
 * Returns what a reader is told of an error: the text of its code in the reader's language, else the gateway's message.
 * @param {any} error
 * @param {string} [fieldTitle] Name of the field on the page, where the error names one.
 */
export function errorText(error, fieldTitle) {
  if (error instanceof Offline) return t("offline");
  const name = "error_" + error.code;
  if (error.code && hasText(name)) {
    return t(name, { field: fieldTitle ?? error.field ?? "", message: error.message, seconds: String(error.retryAfter || 1) });
  }
  return t("failed", { message: error.message });
}

// MARK: calls

/**
 * Returns the response; throws `Refused` for an error status and `Offline` if the gateway cannot be reached.
 * @param {string} key
 * @param {string} path
 * @param {{ method?: string, body?: any, signal?: AbortSignal, accept?: string, headers?: Record<string, string> }} [options]
 */
export async function call(key, path, options = {}) {
  const { method = "GET", body, signal, accept, headers: more } = options;
  /** @type {Record<string, string>} */
  const headers = { Authorization: "Bearer " + key, ...more };
  if (body) headers["Content-Type"] = "application/json";
  if (accept) headers.Accept = accept;
  let answer;
  try {
    answer = await fetch(gateway + path, { method, headers, signal, body: body && JSON.stringify(body), cache: "no-store" });
  } catch (error) {
    if (/** @type {any} */ (error)?.name === "AbortError") throw error;
    throw new Offline();
  }
  if (answer.ok) return answer;
  const read = await answer.json().catch(() => null);
  throw new Refused(answer.status, errorOf(read, answer.statusText), Number(answer.headers.get("Retry-After")) || undefined);
}

// MARK: the key

/**
 * The key of this tab, in its `sessionStorage`. A link may carry it in the fragment (`#key=...`), which never leaves the
 * browser; it is stored and removed from the address.
 * @param {string} place Name of the item in `sessionStorage`.
 */
export function keyStore(place) {
  return {
    get: () => sessionStorage.getItem(place),
    set: (/** @type {string} */ key) => sessionStorage.setItem(place, key),
    forget: () => sessionStorage.removeItem(place),
    /** Returns whether the address carried a key. */
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

/**
 * Returns the decoded text, or the text itself if its escapes are malformed: it is no key then, and the gateway says so.
 * @param {string} text
 */
export function unescaped(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
