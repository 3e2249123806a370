// What the key has used: in the current periods, on each day, and with each model.
import { barChart } from "../shared/charts.js";
import { byID, element, figures } from "../shared/dom.js";
import { compact, count, dayName, money } from "../shared/format.js";
import { counted, t } from "../shared/i18n.js";
import { read } from "../shared/page.js";
import { nothing, table } from "../shared/tables.js";
import { keyBalance } from "./summary.js";

// Models with a bar of their own.
const mostModels = 8;
let usage = null;

/** Names of the models that the key has used. */
export const usedModels = () => (usage?.models ?? []).map(({ model }) => model);

function drawPeriods(periods) {
  for (const name of ["today", "week", "month", "total"]) {
    const { cost, requests, totalTokens } = periods[name];
    figures({ [name]: money(cost),
      [name + "Line"]: t(counted("windowLine", requests), { requests: count(requests), tokens: compact(totalTokens) }) });
  }
}

function drawDays() {
  barChart(byID("days"), usage.days.map((day) => ({
    name: dayName(day.date), value: day.cost,
    label: t(counted("barLabel", day.requests), { day: dayName(day.date), cost: money(day.cost), requests: count(day.requests) }),
  })), money);
  const used = usage.days.filter((day) => day.requests > 0).reverse();
  byID("daysTable").replaceChildren(used.length
    ? table([t("day"), t("cost"), t("requests"), t("tokens")],
      used.map((day) => [day.date, money(day.cost, 4), count(day.requests), count(day.totalTokens)]))
    : element("p", { class: "quiet" }, t("nothingYet")));
}

function drawModels() {
  const models = [...usage.models].sort((one, other) => other.totalTokens - one.totalTokens);
  const rest = models.slice(mostModels);
  const sum = (name) => rest.reduce((all, model) => all + model[name], 0);
  const shown = models.slice(0, mostModels);
  if (rest.length) {
    shown.push({ model: t("otherModels", { count: count(rest.length) }), inputTokens: sum("inputTokens"), outputTokens: sum("outputTokens"),
      totalTokens: sum("totalTokens") });
  }
  const most = Math.max(...shown.map((model) => model.totalTokens), 1);
  const bar = (kind, tokens) => {
    const part = element("span", { class: kind });
    part.style.width = (100 * tokens) / most + "%";
    return part;
  };
  byID("models").replaceChildren(...(shown.length
    ? shown.map((model) => element("div", {},
      element("div", { class: "name" }, element("span", {}, model.model),
        element("span", { class: "quiet" }, t("inOut", { input: compact(model.inputTokens), output: compact(model.outputTokens) }))),
      element("div", { class: "stack", "aria-hidden": "true" }, bar("in", model.inputTokens), bar("out", model.outputTokens))))
    : [nothing("nothingYet")]));
}

export const usagePart = {
  views: ["overview", "requests"],
  read: () => read("/sub-key/usage"),
  keep: (found) => { usage = found; },
  draw: () => {
    const balance = keyBalance();
    if (balance) drawPeriods(balance.usage);
    drawDays();
    drawModels();
  },
  clear: () => { usage = null; },
};
