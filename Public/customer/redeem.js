// Redeeming a voucher code for more budget.
import { byID } from "../shared/dom.js";
import { money } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { act, send } from "../shared/page.js";

const form = byID("redeem");
const field = form.elements.code;

function tell(text, isWrong) {
  byID("redeemed").textContent = text;
  byID("redeemed").className = isWrong ? "problem" : "quiet";
  byID("redeemed").hidden = !text;
  field.setAttribute("aria-invalid", String(isWrong));
}

// A key without a budget cannot redeem.
export function drawRedeem(balance) {
  form.hidden = balance.budget === null;
}

export function clearRedeem() {
  form.reset();
  tell("", false);
}

form.addEventListener("input", () => tell("", false));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  act(event.submitter, async () => {
    const { amount } = await send("POST", "/sub-key/redeem", { code: field.value.trim() });
    form.reset();
    tell(t("redeemed", { amount: money(amount) }), false);
  }, (text) => {
    tell(text, true);
    field.focus();
  });
});
