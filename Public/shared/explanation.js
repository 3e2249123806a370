// @ts-check
// The explanation of a request's cost: quantities at their rates, factors, markup. Customers never see it.
import { element } from "./dom.js";
import { count, decimal, money } from "./format.js";
import { t } from "./i18n.js";
import { table } from "./tables.js";

/** @param {any} line */
const rate = (line) => t("per" + line.unit, { rate: money(line.rate, 4) }) + (line.unpriced ? ` (${t("unpriced")})` : "");

/**
 * Creates the explanation of a request.
 * @param {any} row As `GET /usage-logs/{id}` answers it.
 * @returns {any}
 */
export function explanation(row) {
  const found = row.explanation;
  const fact = (/** @type {string} */ name, /** @type {string} */ value) => element("div", {}, element("dt", {}, t(name)), element("dd", {}, value));
  const factors = found === null ? [] : [["factorTier", found.factors.service_tier], ["factorResidency", found.factors.residency], ["factorSpeed", found.factors.speed]];
  return element("div", { class: "explanation" },
    found === null ? element("p", { class: "quiet" }, t("notExplained"))
      : table([t("item"), t("quantity"), t("rate"), t("cost")], found.lines.map((/** @type {any} */ line) =>
        [t("dimension" + line.dimension), count(line.quantity), rate(line), money(line.amount, 4)])),
    element("dl", {},
      found?.per_request ? fact("perRequest", money(found.per_request)) : null,
      ...factors.filter(([, factor]) => factor !== 1).map(([name, factor]) => fact(name, "× " + decimal(factor))),
      found?.long_input_above ? fact("longInput", t("longInputAbove", { count: count(found.long_input_above) })) : null,
      fact("markupFactor", "× " + decimal(row.markup)), fact("realCost", money(row.cost_usdc, 4)), fact("shownCost", money(row.shown_cost_usdc, 4)),
      fact("priceVersionOf", row.price_version),
      row.upstream_cost_usdc === undefined || row.upstream_cost_usdc === null ? null : fact("upstreamCost", money(row.upstream_cost_usdc, 4)),
      row.flags.length ? fact("flags", row.flags.map((/** @type {string} */ name) => t("flag" + name)).join(", ")) : null));
}
