// New keys and voucher codes for customers: a letter to copy, and a CSV file.
import { gateway } from "../shared/api.js";
import { byID, save } from "../shared/dom.js";
import { money } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { copyButton } from "../shared/page.js";

let made = [];

const portalLink = () => String(new URL(".", location.href));
const keyLink = (secret) => `${portalLink()}#key=${secret}`;

function letter(one) {
  const budget = money(one.clientBudget);
  if (one.code) return t("voucherLetter", { code: one.code, budget, link: portalLink() });
  return t("letter", {
    label: one.label || one.keyId, key: one.key, budget, link: keyLink(one.key),
    openai: gateway + "/openai/v1", anthropic: gateway + "/anthropic",
  });
}

function draw() {
  byID("made").hidden = made.length === 0;
  byID("letter").textContent = made.map(letter).join("\n\n");
}

export function handOver(keys) {
  made = keys;
  draw();
  byID("made").scrollIntoView({ block: "nearest" });
}

export const handoverPart = { draw, clear: () => handOver([]) };

byID("done").addEventListener("click", () => handOver([]));
copyButton(byID("copy"), () => byID("letter").textContent);

// A leading apostrophe keeps a spreadsheet from reading text as a formula.
const cell = (value) => `"${String(value).replace(/^[=+\-@]/, "'$&").replaceAll('"', '""')}"`;

byID("csv").addEventListener("click", () => {
  const isCodes = Boolean(made[0].code);
  const rows = made.map((one) => [
    one.label, one.code ?? one.key, one.clientBudget, one.budgetVirtual, one.code ? portalLink() : keyLink(one.key)]);
  const lines = [["label", isCodes ? "code" : "key", "client_budget", "cost", "portal"], ...rows].map((row) => row.map(cell).join(","));
  save(new Blob([lines.join("\r\n") + "\r\n"], { type: "text/csv" }), isCodes ? "vouchers.csv" : "keys.csv");
});
