// The limits of a key as fields of a form. Only changed fields are sent.
import { element } from "../shared/dom.js";
import { t } from "../shared/i18n.js";

// Formats of values: as a field shows them, and as a request sends them. An empty field removes the limit.
const text = { shown: (value) => value ?? "", sent: (entered) => entered || null };
const number = { shown: (value) => value ?? "", sent: (entered) => (entered === "" ? null : Number(entered)) };
const lines = {
  shown: (value) => (value ?? []).join("\n"),
  sent: (entered) => {
    const parts = entered.split(/[\s,]+/).filter(Boolean);
    return parts.length ? parts : null;
  },
};
// In the reader's time zone, to the minute.
const time = {
  shown: (value) => {
    if (!value) return "";
    const moment = new Date(value);
    return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  },
  sent: (entered) => (entered ? new Date(entered).toISOString() : null),
};

const whole = { type: "number", min: 0, step: 1 };
const amount = { type: "number", min: 0, max: 10_000_000, step: "any" };
const periods = ["", "day", "week", "month"];

// Fields by the gateway's names, each with its title, its format and its input. The common ones come first.
const common = [
  { name: "label", title: "label", kind: { ...text, sent: (entered) => entered }, input: { maxlength: 255 } },
  { name: "expiresAt", title: "expires", kind: time, input: { type: "datetime-local" } },
  { name: "team", title: "team", kind: text, input: { maxlength: 100 } },
  { name: "spendLimit", title: "spendLimitUSD", kind: number, input: amount },
  { name: "spendLimitPeriod", title: "renewed", kind: text, choices: () => periods.map((period) => [period, t("renewed" + (period || "never"))]) },
  { name: "rpmLimit", title: "requestsPerMinute", kind: number, input: { ...whole, min: 1, required: true } },
  { name: "concurrentLimit", title: "atOnce", kind: number, input: { ...whole, min: 1, required: true } },
  { name: "displayMultiplier", title: "factor", kind: number, input: { ...amount, min: 1, max: 1_000_000, required: true } },
];
const others = [
  { name: "dailyLimit", title: "perDay", kind: number, input: whole },
  { name: "tokensPerMinute", title: "tokensPerMinute", kind: number, input: whole },
  { name: "creditLimit", title: "creditLimitUSD", kind: number, input: amount },
  // A key that has its own way cannot return to the account's.
  { name: "onShortage", title: "onShortage", kind: text,
    choices: (value) => [...(value ? [] : [""]), "clamp", "refuse"].map((way) => [way, t("shortage" + (way || "account"))]) },
  { name: "environment", title: "environment", kind: text, input: { maxlength: 100 } },
  { name: "project", title: "project", kind: text, input: { maxlength: 100 } },
  { name: "allowedModels", title: "modelsAllowed", hint: "modelsHint", kind: lines, any: "allModels" },
  { name: "allowedIps", title: "addresses", hint: "addressesHint", kind: lines, any: "anyAddress" },
  { name: "notes", title: "notes", kind: text, rows: 3, input: { maxlength: 2000 } },
];

function control({ name, kind, input, choices, any, rows = 2 }, value) {
  if (choices) {
    return element("select", { name },
      ...choices(value).map(([one, title]) => element("option", { value: one, selected: one === (value ?? "") }, title)));
  }
  if (input?.type || !(any || rows > 2)) return element("input", { name, ...input, value: kind.shown(value) });
  // An empty list allows nothing; no list allows everything.
  return element("textarea", { name, rows, ...input, placeholder: any && t(value ? "none" : any) }, kind.shown(value));
}

function field(rule, key) {
  const input = control(rule, key[rule.name]);
  const title = element("span", {}, t(rule.title), rule.hint ? `, ${t(rule.hint)}` : "");
  return { ...rule, input, before: input.value, isSet: key[rule.name] !== null, node: element("label", {}, title, input) };
}

// Returns the common fields of a key and the others. Each has a name, title, input and node.
export const ruleFields = (key) => [common, others].map((rules) => rules.map((rule) => field(rule, key)));

// Returns the changed fields, as the gateway takes them.
export const changes = (fields) => Object.fromEntries(
  fields.filter(({ input, before }) => input.value !== before).map(({ name, kind, input }) => [name, kind.sent(input.value)]));
