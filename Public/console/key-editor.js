// The editor of one key: limits, budget, secret, deletion.
import { errorText } from "../shared/api.js";
import { byID, element } from "../shared/dom.js";
import { count, decimal, money } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { act, send } from "../shared/page.js";
import { handOver } from "./handover.js";
import { changes, ruleFields } from "./key-rules.js";
import { showRequests } from "./log.js";

const dialog = byID("edit");

// Fields in rows of two, where there is room.
function pairs(fields) {
  const rows = [];
  for (let at = 0; at < fields.length; at += 2) {
    rows.push(element("div", { class: "pair" }, ...fields.slice(at, at + 2).map(({ node }) => node)));
  }
  return rows;
}

export function openEditor(key) {
  const path = "/sub-keys/" + key.id;
  const name = key.label || key.keyId;
  const hasBudget = key.budgetVirtual !== null;
  const change = (body) => send("PUT", path, body);

  const [common, others] = ruleFields(key);
  const [label, ...rest] = common;
  const amount = { name: "addBudgetVirtual", title: "costUSD",
    input: element("input", { type: "number", min: 0, max: 10_000_000, step: "any", required: true }) };
  amount.node = element("label", {}, element("span", {}, t(amount.title)), amount.input);

  // An error is shown at the field that it names, else at the form or the buttons.
  const problem = element("p", { class: "problem", id: "problem", role: "alert" });
  const tellAt = (place, fields) => (text, error) => {
    const field = fields.find((one) => one.name === error.field);
    // The gateway's own message says what it accepts.
    problem.replaceChildren(...(field ? [errorText(error, t(field.title)), " ", element("small", {}, error.message)] : [text]));
    (field?.node ?? place).after(problem);
    if (!field) return;
    if (others.includes(field)) more.open = true;
    field.input.setAttribute("aria-invalid", "true");
    field.input.setAttribute("aria-describedby", "problem");
    field.input.focus();
  };
  async function ask(button, work, tell) {
    problem.remove();
    for (const { input } of [...common, ...others, amount]) input.removeAttribute("aria-invalid");
    if (await act(button, work, tell)) dialog.close();
  }

  const more = element("details", {},
    element("summary", {}, t("moreRules"), " ", element("span", { class: "tag" }, t("rulesSet", { count: count(others.filter(({ isSet }) => isSet).length) }))),
    element("div", { class: "form" }, ...pairs(others.slice(0, 6)), ...others.slice(6).map(({ node }) => node)));
  const saving = element("div", { class: "row" }, element("button", { type: "submit" }, t("save")));
  const rules = element("form", { class: "form", onsubmit: (event) => {
    event.preventDefault();
    const changed = changes([...common, ...others]);
    if (Object.keys(changed).length === 0) dialog.close();
    else ask(event.submitter, () => change(changed), tellAt(saving, [...common, ...others]));
  } }, label.node, ...pairs(rest), more, element("p", { class: "quiet" }, t("emptyMeans")), saving);
  // The browser reports an invalid field only where it is visible.
  rules.addEventListener("invalid", (event) => { if (more.contains(event.target)) more.open = true; }, true);

  const shownAmount = element("p", { class: "quiet", role: "status" });
  amount.input.addEventListener("input", () => {
    shownAmount.textContent = amount.input.value ? t("clientGets", { amount: money(Number(amount.input.value) * key.displayMultiplier) }) : "";
  });
  const budgeting = element("div", { class: "row" }, element("button", { type: "submit", name: "addBudgetVirtual" }, t("topUp")),
    element("button", { type: "submit", class: "plain", name: "reduceBudgetVirtual" }, t("reduce")));
  const budget = element("form", { class: "form", onsubmit: (event) => {
    event.preventDefault();
    amount.name = event.submitter.name;
    ask(event.submitter, () => change({ [amount.name]: Number(amount.input.value) }), tellAt(budgeting, [amount]));
  } }, amount.node, shownAmount, budgeting);

  const button = (title, style, work, question) => element("button", { type: "button", class: style, onclick: (event) => {
    if (question && !confirm(question)) return;
    ask(event.target, work, tellAt(actions, []));
  } }, t(title));
  const actions = element("div", { class: "row" },
    element("button", { type: "button", class: "plain", onclick: () => {
      dialog.close();
      showRequests(key);
    } }, t("itsRequests")),
    button(key.isEnabled ? "disable" : "enable", "plain", () => change({ isEnabled: !key.isEnabled })),
    button("newSecret", "plain", async () => handOver([await send("POST", path + "/rotate", {})]), t("reallyNewSecret", { name })),
    button("delete", "plain bad", () => send("DELETE", path), t("reallyDelete", { name, amount: money(key.remainingVirtual ?? 0) })));

  dialog.replaceChildren(
    element("div", { class: "title" }, element("h2", { id: "editTitle" }, name),
      element("button", { type: "button", class: "plain", "aria-label": t("close"), onclick: () => dialog.close() }, "×")),
    element("p", { class: "quiet" }, t(hasBudget ? "soldAs" : "drawsOnAccount",
      { budget: money(key.clientBudget), cost: money(key.budgetVirtual), factor: decimal(key.displayMultiplier) })),
    rules, element("hr"), ...(hasBudget ? [budget, element("hr")] : []), actions);
  // The button that opened the dialog may have been replaced meanwhile.
  dialog.addEventListener("close", () => {
    if (document.activeElement === document.body || dialog.contains(document.activeElement)) byID("edit-" + key.id)?.focus();
  }, { once: true });
  dialog.showModal();
}
