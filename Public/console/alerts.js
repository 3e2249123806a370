// What the reseller wants to be warned of, and what there is to be warned of now.
import { byID, element, moment, money, t } from "./ui.js";
import { act, notice, read, send } from "./page.js";

const form = byID("alertOrder");
const names = ["availableBelow", "keyLeftPercent", "daysToExpiry"];
// More keys than that are counted, not named.
const most = 10;
let alerts = null;

function fill() {
  for (const name of names) form.elements[name].value = alerts[name] ?? "";
}

function sentence(one) {
  const name = one.label || one.keyId;
  switch (one.kind) {
    case "balance": return [t("alertbalance", { amount: money(one.available) })];
    case "keyLow": return [t("alertkeyLow", { name, amount: money(one.remainingVirtual) })];
    default: return [t("alertkeyExpires", { name }), " ", moment(one.expiresAt)];
  }
}

function draw() {
  const { active } = alerts;
  byID("alerts").hidden = active.length === 0;
  const items = active.slice(0, most).map((one) => element("li", {}, ...sentence(one)));
  if (active.length > most) items.push(element("li", {}, t("andMore", { count: active.length - most })));
  byID("alerts").replaceChildren(element("ul", {}, ...items));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  act(event.submitter, async () => {
    const given = (name) => (form.elements[name].value === "" ? null : Number(form.elements[name].value));
    alerts = await send("PUT", "/alerts", Object.fromEntries(names.map((name) => [name, given(name)])));
    fill();
    notice(t("saved"));
  });
});

// Warned of on every view.
export const alertsPart = {
  read: () => read("/alerts"),
  keep: (found) => {
    const isFirst = !alerts;
    alerts = found;
    // What is being entered stays.
    if (isFirst) fill();
  },
  draw,
  clear: () => {
    alerts = null;
    form.reset();
    byID("alerts").hidden = true;
  },
};
