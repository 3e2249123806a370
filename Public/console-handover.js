// What customers are handed with their new keys, as a letter to copy and as a table to save.
import { byID, gateway, money, save, t } from "./ui.js";
import { copyButton } from "./page.js";

let made = [];

const portalLink = (secret) => `${new URL(".", location.href)}#key=${secret}`;

export function drawHandover() {
  byID("made").hidden = made.length === 0;
  byID("letter").textContent = made.map((one) => t("letter", {
    label: one.label || one.keyId, key: one.key, budget: money(one.clientBudget, 2), link: portalLink(one.key),
    openai: gateway + "/openai/v1", anthropic: gateway + "/anthropic",
  })).join("\n\n");
}

export function handOver(keys) {
  made = keys;
  drawHandover();
}

byID("done").addEventListener("click", () => handOver([]));
copyButton(byID("copy"), () => byID("letter").textContent);

// What a spreadsheet would take for a formula is marked as text.
const cell = (value) => `"${String(value).replace(/^[=+\-@]/, "'$&").replaceAll('"', '""')}"`;

byID("csv").addEventListener("click", () => {
  const rows = made.map((one) => [one.label, one.key, one.clientBudget, one.budgetVirtual, portalLink(one.key)]);
  const lines = [["label", "key", "client_budget", "cost", "portal"], ...rows].map((row) => row.map(cell).join(","));
  save(new Blob([lines.join("\r\n") + "\r\n"], { type: "text/csv" }), "keys.csv");
});
