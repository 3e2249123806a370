// The table of client keys: searched, filtered and sorted in the browser, a page at a time.
import { byID, element, moment, offer } from "../shared/dom.js";
import { count, dateOnly, masked, money, shortTime } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { keyStatus } from "../shared/key-status.js";
import { attempt } from "../shared/page.js";
import { nothing, table } from "../shared/tables.js";
import { clientKeys } from "./client-keys.js";

const pageSize = 50;

let sorting = { column: "created", isDown: true };
let shown = pageSize;

const tags = (one) => [one.environment, one.team, one.project].filter(Boolean);
const profit = (one) => one.clientSpent - one.spentVirtual;
const clientLeft = (one) => (one.clientBudget === null ? Infinity : one.clientBudget - one.clientSpent);

const columns = [
  { id: "name", name: "label", value: (one) => (one.label || one.keyId).toLowerCase() },
  { id: "state", name: "state", value: (one) => keyStatus(one, one.remainingVirtual) },
  { id: "clientLeft", name: "clientLeft", value: clientLeft },
  { id: "clientSpent", name: "charged", isNumber: true, value: (one) => one.clientSpent },
  { id: "spent", name: "yourCost", isNumber: true, value: (one) => one.spentVirtual },
  { id: "profit", name: "profit", isNumber: true, value: profit },
  { id: "lastUsed", name: "lastUsed", value: (one) => one.lastUsedAt ?? "" },
  { id: "created", name: "created", value: (one) => one.createdAt + one.id },
];

function wanted(keys) {
  const words = byID("words").value.trim().toLowerCase();
  const [wantedState, tag] = [byID("stateFilter").value, byID("tagFilter").value];
  const { value } = columns.find((column) => column.id === sorting.column) ?? columns[0];
  const found = keys.filter((one) =>
    (!words || `${one.label} ${one.keyId} ${one.key} ${one.notes ?? ""} ${one.id}`.toLowerCase().includes(words))
    && (!wantedState || keyStatus(one, one.remainingVirtual) === wantedState) && (!tag || tags(one).includes(tag)));
  const order = (one, other) => (value(one) < value(other) ? -1 : value(one) > value(other) ? 1 : 0);
  return found.sort((one, other) => (sorting.isDown ? order(other, one) : order(one, other)));
}

const state = (name) => element("span", { class: name === "active" ? "pill" : "pill bad" }, t(name));

// Loaded on demand, which makes the first view smaller.
const edit = (button, one) => attempt(button, async () => (await import("./key-editor.js")).openEditor(one));

// The rest of the budget, as an amount and as a bar.
function budget(one) {
  if (one.clientBudget === null) return t("noLimit");
  const bar = element("span");
  bar.style.width = Math.min(100, Math.max(0, one.clientBudget > 0 ? (100 * clientLeft(one)) / one.clientBudget : 0)) + "%";
  return element("span", { class: "budget" }, t("of", { used: money(clientLeft(one)), limit: money(one.clientBudget) }),
    element("span", { class: "meter", "aria-hidden": "true" }, bar));
}

function row(one) {
  const name = one.label || one.keyId;
  return [
    element("span", {}, name, ...tags(one).map((tag) => element("span", { class: "tag" }, tag)),
      element("code", { class: "masked" }, masked(one.key))),
    state(keyStatus(one, one.remainingVirtual)), budget(one),
    ...[one.clientSpent, one.spentVirtual, profit(one)].map((amount) => money(amount, 4)),
    one.lastUsedAt ? moment(one.lastUsedAt, shortTime) : t("never"), moment(one.createdAt, dateOnly),
    element("button", { type: "button", class: "plain", id: "edit-" + one.id, "aria-label": `${t("edit")}: ${name}`,
      onclick: (event) => edit(event.target, one) }, t("edit")),
  ];
}

function drawTable() {
  const keys = clientKeys();
  if (!keys) return;
  const found = wanted(keys);
  byID("found").textContent = t("of", { used: count(found.length), limit: count(keys.length) });
  byID("more").hidden = found.length <= shown;
  if (!found.length) return byID("keys").replaceChildren(nothing(keys.length ? "noMatchingKey" : "noKeys"));
  const built = table([...columns.map((column) => t(column.name)), t("actions")], found.slice(0, shown).map(row),
    columns.flatMap((column, at) => (column.isNumber ? [at] : [])));
  [...(built.tHead?.rows[0].cells ?? [])].slice(0, columns.length).forEach((head, at) => {
    const { id, name } = columns[at];
    const isChosen = sorting.column === id;
    head.setAttribute("aria-sort", isChosen ? (sorting.isDown ? "descending" : "ascending") : "none");
    head.replaceChildren(element("button", { type: "button", class: "sort", id: "sort-" + id, onclick: () => {
      sorting = { column: id, isDown: isChosen ? !sorting.isDown : true };
      drawTable();
      byID("sort-" + id).focus();
    } }, t(name), isChosen ? (sorting.isDown ? " ↓" : " ↑") : ""));
  });
  byID("keys").replaceChildren(built);
}

function drawFilters() {
  const all = ["", t("all")];
  offer(byID("stateFilter"), [all, ...["active", "exhausted", "disabled", "expired"].map((name) => [name, t(name)])]);
  offer(byID("tagFilter"), [all, ...[...new Set((clientKeys() ?? []).flatMap(tags))].sort().map((tag) => [tag, tag])]);
}

export const keysPart = {
  views: ["keys"],
  draw: () => {
    drawFilters();
    drawTable();
  },
  clear: () => {
    shown = pageSize;
    byID("filters").reset();
    byID("edit").close();
  },
};

byID("filters").addEventListener("input", () => { shown = pageSize; drawTable(); });
byID("filters").addEventListener("submit", (event) => event.preventDefault());
byID("more").addEventListener("click", () => { shown += pageSize; drawTable(); });
