// The limits of the key and their current usage.
import { byID, element, moment } from "../shared/dom.js";
import { count, money } from "../shared/format.js";
import { t } from "../shared/i18n.js";

export function drawLimits(balance) {
  const { now } = balance;
  const counts = [
    ["requestsPerMinute", now.requestsThisMinute, balance.rpmLimit, count],
    ["atOnce", now.requestsInFlight, balance.concurrentLimit, count],
    ["perDay", now.requestsToday, balance.dailyLimit, count],
    ["tokensPerMinute", now.tokensThisMinute, balance.tokensPerMinute, count],
    ["spendLimit" + (balance.spendLimitPeriod ?? ""), spentInPeriod(balance), balance.spendLimit, money],
    ["creditLimit", balance.spent, balance.creditLimit, money],
  ].filter(([, , limit]) => limit !== null);
  const items = counts.map(([name, used, limit, write]) => {
    const bar = element("span");
    bar.style.width = (limit > 0 ? Math.min(100, (100 * used) / limit) : 100) + "%";
    return element("li", {},
      element("div", { class: "name" }, t(name), element("b", {}, t("of", { used: write(used), limit: write(limit) }))),
      element("div", { class: used >= limit ? "meter full" : "meter", "aria-hidden": "true" }, bar));
  });
  const plain = (name, value) =>
    element("li", {}, element("div", { class: "name" }, t(name), element("b", {}, value)));
  if (balance.expiresAt) items.push(plain("expires", moment(balance.expiresAt)));
  if (balance.allowedModels) items.push(plain("modelsAllowed", balance.allowedModels.join(", ") || t("none")));
  byID("limits").replaceChildren(...items);
}

function spentInPeriod(balance) {
  const window = { day: "today", week: "week", month: "month" }[balance.spendLimitPeriod];
  return window ? balance.usage[window].cost : balance.spent;
}

// Returns the time at which a reached spend limit resets, or null if none is reached. Periods are in UTC, weeks begin on Monday.
export function limitResets(balance) {
  const period = balance.spendLimitPeriod;
  if (balance.spendLimit === null || !period || spentInPeriod(balance) < balance.spendLimit) return null;
  const now = new Date();
  const days = { day: 1, week: 7 - ((now.getUTCDay() + 6) % 7), month: 0 }[period];
  const [month, day] = period === "month" ? [now.getUTCMonth() + 1, 1] : [now.getUTCMonth(), now.getUTCDate() + days];
  return new Date(Date.UTC(now.getUTCFullYear(), month, day)).toISOString();
}
