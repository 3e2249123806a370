// One key: its rules, its budget, its secret, and its end.
import { byID, decimal, element, money, t } from "./ui.js";
import { act, send } from "./page.js";
import { handOver } from "./console-handover.js";

export function openEditor(one) {
  const dialog = byID("edit");
  const path = "/sub-keys/" + one.id;
  const field = (name, attributes) => {
    const input = element("input", attributes);
    return [input, element("label", {}, element("span", {}, t(name)), input)];
  };
  const [label, labelField] = field("label", { maxlength: 255, value: one.label });
  const [rpm, rpmField] = field("requestsPerMinute", { type: "number", min: 1, step: 1, value: one.rpmLimit });
  const [atOnce, atOnceField] = field("atOnce", { type: "number", min: 1, step: 1, value: one.concurrentLimit });
  const [team, teamField] = field("team", { maxlength: 100, value: one.team ?? "" });
  const [amount, amountField] = field("costUSD", { type: "number", min: 0, step: "any" });
  const shownAmount = element("p", { class: "quiet", role: "status" });
  amount.addEventListener("input", () => {
    shownAmount.textContent = amount.value ? t("clientGets", { amount: money(Number(amount.value) * one.displayMultiplier, 2) }) : "";
  });
  const button = (name, style, work, question) => {
    const pressed = element("button", { type: "button", class: style, onclick: async () => {
      if (question && !confirm(question)) return;
      if (await act(pressed, work)) dialog.close();
    } }, t(name));
    return pressed;
  };
  const name = one.label || one.keyId;
  dialog.replaceChildren(element("form", { class: "form", method: "dialog" },
    element("div", { class: "title" }, element("h2", { id: "editTitle" }, name),
      element("button", { class: "plain", "aria-label": t("close") }, "×")),
    element("p", { class: "quiet" }, t("soldAs", { budget: money(one.clientBudget, 2), cost: money(one.budgetVirtual, 2),
      factor: decimal(one.displayMultiplier) })),
    labelField, element("div", { class: "pair" }, rpmField, atOnceField), teamField,
    element("div", { class: "row" }, button("save", "", () => send("PUT", path, {
      label: label.value, rpmLimit: Number(rpm.value), concurrentLimit: Number(atOnce.value), team: team.value || null,
    }))),
    element("hr"), amountField, shownAmount,
    element("div", { class: "row" },
      button("topUp", "", () => send("PUT", path, { addBudgetVirtual: Number(amount.value) })),
      button("reduce", "plain", () => send("PUT", path, { reduceBudgetVirtual: Number(amount.value) }))),
    element("hr"),
    element("div", { class: "row" },
      button(one.isEnabled ? "disable" : "enable", "plain", () => send("PUT", path, { isEnabled: !one.isEnabled })),
      button("newSecret", "plain", async () => {
        handOver([await send("POST", path + "/rotate", {})]);
      }, t("reallyNewSecret", { name })),
      button("delete", "plain", () => send("DELETE", path),
        t("reallyDelete", { name, amount: money(one.remainingVirtual ?? 0) })))));
  dialog.showModal();
}
