// The alerts that the reseller has set, and those that are active.
import { byID, element, moment } from "../shared/dom.js";
import { money } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { act, notice, read, send, tellIn } from "../shared/page.js";

const form = byID("alertOrder");
const names = ["availableBelow", "keyLeftPercent", "daysToExpiry"];
// Alerts that are listed; the others are counted.
const most = 10;
let alerts = null;

function fill() {
  for (const name of names) form.elements[name].value = alerts[name] ?? "";
}

function sentence(one) {
  const name = one.label || one.keyId;
  switch (one.kind) {
    case "balance": return [t("alertbalance", { amount: money(one.available) })];
    case "keyHeld": return [t("alertkeyHeld", { name })];
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
  }, tellIn(form));
});

// Active alerts are shown on every view.
export const alertsPart = {
  read: () => read("/alerts"),
  keep: (found) => {
    const isFirst = !alerts;
    alerts = found;
    // Keeps what is being entered.
    if (isFirst) fill();
  },
  draw,
  clear: () => {
    alerts = null;
    form.reset();
    byID("alerts").hidden = true;
  },
};
