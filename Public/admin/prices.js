// The rate card in force.
import { byID } from "../shared/dom.js";
import { count, money } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { act, notice, read, send } from "../shared/page.js";
import { nothing, table } from "../shared/tables.js";

let prices = null;

function draw() {
  byID("version").textContent = t("priceVersion", { version: prices.version, count: count(prices.models.length) })
    + prices.upcoming.map((one) => " " + t("upcoming", { time: new Date(one.effectiveFrom).toLocaleString() })).join("");
  const words = byID("words").value.trim().toLowerCase();
  const found = prices.models.filter((price) => price.model.toLowerCase().includes(words));
  byID("prices").replaceChildren(found.length
    ? table([t("model"), t("input"), t("output"), t("cacheRead"), t("cacheWrite")],
      found.slice(0, 200).map((price) => [price.model, ...[price.input, price.output, price.cache_read, price.cache_write_5m].map((rate) => money(rate, 4))]))
    : nothing("noMatchingPrice"));
}

export const pricesPart = {
  views: ["prices"], read: () => read("/admin/prices"), keep: (found) => { prices = found; }, draw,
  clear: () => {
    prices = null;
    byID("search").reset();
  },
};

byID("words").addEventListener("input", () => { if (prices) draw(); });
byID("search").addEventListener("submit", (event) => event.preventDefault());
byID("reload").addEventListener("click", (event) => act(event.target, async () => {
  const answer = await send("POST", "/admin/prices");
  notice(t(answer.changed ? "pricesChanged" : "pricesSame"));
}));
