// The rate card in force.
import { byID, count, money, nothing, t, table } from "./ui.js";
import { act, notice, send } from "./page.js";

let prices = null;

function drawTable() {
  byID("version").textContent = t("priceVersion", { version: prices.version, count: count(prices.models.length) })
    + prices.upcoming.map((one) => " " + t("upcoming", { time: new Date(one.effectiveFrom).toLocaleString() })).join("");
  const words = byID("words").value.trim().toLowerCase();
  const found = prices.models.filter((price) => price.model.toLowerCase().includes(words));
  byID("prices").replaceChildren(found.length
    ? table([t("model"), t("input"), t("output"), t("cacheRead"), t("cacheWrite")],
      found.slice(0, 200).map((price) => [price.model, money(price.input), money(price.output), money(price.cache_read), money(price.cache_write_5m)]))
    : nothing("noMatchingPrice"));
}

export function drawPrices(found) {
  prices = found;
  drawTable();
}

byID("words").addEventListener("input", drawTable);
byID("search").addEventListener("submit", (event) => event.preventDefault());
byID("reload").addEventListener("click", (event) => act(event.target, async () => {
  const answer = await send("POST", "/admin/prices");
  notice(t(answer.changed ? "pricesChanged" : "pricesSame"));
}));
