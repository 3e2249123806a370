// What remains of the key's budget, its status, and the reseller's brand. Shown on every view.
import { byID, element, moment } from "../shared/dom.js";
import { money } from "../shared/format.js";
import { hasOwnLanguage, setLanguage, t } from "../shared/i18n.js";
import { keyStatus } from "../shared/key-status.js";
import { read } from "../shared/page.js";
import { setAccent } from "../shared/theme.js";
import { drawLimits, limitResets } from "./limits.js";
import { clearRedeem, drawRedeem } from "./redeem.js";

let balance = null;
let brand = null;

/** The latest balance, or null before it has been read. */
export const keyBalance = () => balance;

function drawBudget() {
  byID("label").textContent = balance.label || t("yourKey");
  byID("remaining").textContent = money(balance.remaining ?? balance.spent);
  byID("remainingName").textContent = t(balance.remaining === null ? "spentSoFar" : "remaining");
  byID("budget").textContent = money(balance.budget);
  byID("spent").textContent = money(balance.spent);
  byID("held").textContent = money(balance.held);

  const share = (amount) => (balance.budget > 0 ? Math.min(100, (100 * amount) / balance.budget) : 0) + "%";
  byID("gauge").hidden = balance.budget === null;
  byID("gaugeSpent").style.width = share(balance.spent);
  byID("gaugeHeld").style.width = share(balance.held);
  byID("gauge").setAttribute("aria-label",
    t("gauge", { spent: money(balance.spent), held: money(balance.held), budget: money(balance.budget) }));
}

function drawStatus() {
  const resets = limitResets(balance);
  const status = keyStatus(balance, balance.remaining);
  const name = status === "active" && resets ? "limited" : status;
  byID("state").textContent = t(name);
  byID("state").className = name === "active" ? "pill" : "pill bad";
  byID("state").hidden = false;

  const advice = { exhausted: "isExhausted", limited: "isLimited", disabled: "isDisabled", expired: "isExpired" }[name];
  byID("advice").hidden = !advice;
  if (!advice) return;
  const links = [
    brand.topUp && name === "exhausted" ? element("a", { href: brand.topUp, rel: "noopener" }, t("topUp")) : null,
    brand.contact ? element("a", { href: brand.contact, rel: "noopener" }, t("contactProvider")) : null,
  ].filter(Boolean);
  byID("advice").replaceChildren(t(advice), ...(name === "limited" && resets ? [moment(resets), ". "] : []),
    ...(links.length ? links.flatMap((link) => [link, " "]) : [t("askProvider")]));
}

function drawBrand() {
  byID("brand").textContent = brand?.name ?? t("title");
  document.title = brand?.name ? `${brand.name} - ${t("title")}` : t("title");
  byID("logo").hidden = !brand?.logo;
  byID("mark").hidden = Boolean(brand?.name || brand?.logo);
  if (brand?.logo) byID("logo").src = brand.logo;
  setAccent(brand?.colour ?? null);
}

export const summaryPart = {
  read: () => Promise.all([read("/sub-key/balance"), read("/sub-key/brand")]),
  keep: ([found, foundBrand]) => {
    if (!brand && foundBrand.language && !hasOwnLanguage()) {
      setLanguage(foundBrand.language);
      byID("language").value = foundBrand.language;
    }
    [balance, brand] = [found, foundBrand];
  },
  draw: () => {
    drawBrand();
    drawBudget();
    drawStatus();
    drawLimits(balance);
    drawRedeem(balance);
  },
  clear: () => {
    balance = brand = null;
    clearRedeem();
    drawBrand();
    byID("state").hidden = byID("advice").hidden = true;
  },
};
