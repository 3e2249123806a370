// @ts-check
// Texts in the reader's language.
import en from "./texts.en.js";
import zh from "./texts.zh.js";

/** @type {Record<string, Record<string, string>>} */
const texts = { en: { ...en }, zh: { ...zh } };
export const languages = Object.keys(texts);
let language = "en";

/**
 * Returns a text with its placeholders filled in: `{name}` is replaced by `values.name`.
 * @param {string} text
 * @param {Record<string, any>} values
 */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, field) => values[field] ?? "");

/**
 * Returns a text in the current language, else in English, else its name.
 * @param {string} name
 * @param {Record<string, any>} [values]
 */
export const t = (name, values = {}) => fill(texts[language][name] ?? texts.en[name] ?? name, values);

/**
 * Returns whether there is a text with that name.
 * @param {string} name
 */
export const hasText = (name) => texts.en[name] !== undefined;

/**
 * Returns the name of the singular form for 1, else the name itself.
 * @param {string} name
 * @param {number} number
 */
export const counted = (name, number) => (number === 1 ? name + "One" : name);

/**
 * Adds the texts of one page, by language.
 * @param {Record<string, Record<string, string>>} more
 */
export function addTexts(more) {
  for (const one of languages) Object.assign(texts[one], more[one]);
}

/** Returns the BCP 47 tag for numbers and times: the browser's own variant of the current language if it has one. */
export const locale = () => (globalThis.navigator?.languages ?? []).find((one) => one.startsWith(language)) ?? language;

/**
 * Returns the language to use: the wanted one, else the reader's own choice, else the browser's, else English.
 * @param {string | null | undefined} wanted
 * @param {string | null} own
 * @param {string} browser
 */
export const chosenLanguage = (wanted, own, browser) =>
  [wanted, own].find((one) => one && languages.includes(one)) ?? languages.find((one) => browser.startsWith(one)) ?? "en";

const ownChoice = () => localStorage.getItem("tollgate-language");

/**
 * Sets the language and writes every marked text (`data-t`) of the page.
 * @param {string | null} [wanted]
 */
export function setLanguage(wanted) {
  language = chosenLanguage(wanted, ownChoice(), navigator.language);
  document.documentElement.lang = language === "zh" ? "zh-CN" : language;
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.getAttribute("data-t") ?? "");
}

/** Returns whether the reader has chosen a language. */
export const hasOwnLanguage = () => languages.includes(ownChoice() ?? "");

/**
 * Lets the reader choose the language.
 * @param {HTMLSelectElement} select
 * @param {() => void} changed
 */
export function languageChooser(select, changed) {
  select.value = language;
  select.addEventListener("change", () => {
    localStorage.setItem("tollgate-language", select.value);
    setLanguage(select.value);
    changed();
  });
}
