// A code that is redeemed for more budget.
import { byID, money, t } from "./ui.js";
import { act, send } from "./page.js";

const form = byID("redeem");
const field = form.elements.code;
// The words of the gateway, which are English, and the texts that say them in every language.
const refusals = {
  "Code not found": "codeUnknown", "This code has expired": "codeExpired", "This code has been used": "codeUsed",
  "This key has redeemed this code before": "codeBefore",
  "This code cannot be redeemed at the moment; ask your provider": "codeNotNow",
};

function tell(text, isWrong) {
  byID("redeemed").textContent = text;
  byID("redeemed").className = isWrong ? "problem" : "quiet";
  byID("redeemed").hidden = !text;
  field.setAttribute("aria-invalid", String(isWrong));
}

// A key without a budget has nothing that could be topped up.
export function drawRedeem(balance) {
  form.hidden = balance.budget === null;
}

export function clearRedeem() {
  form.reset();
  tell("", false);
}

function refusal(text, { status, message, retryAfter }) {
  if (status === 429 && retryAfter) return t("codeWait", { seconds: retryAfter });
  return refusals[message] ? t(refusals[message]) : text;
}

form.addEventListener("input", () => tell("", false));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  act(event.submitter, async () => {
    const { amount } = await send("POST", "/sub-key/redeem", { code: field.value.trim() });
    form.reset();
    tell(t("redeemed", { amount: money(amount) }), false);
  }, (text, error) => {
    tell(refusal(text, error), true);
    field.focus();
  });
});
