// Vouchers: created here, redeemed on the customer page.
import { byID, element, moment } from "../shared/dom.js";
import { count, money } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { act, attempt, read, send, tellIn } from "../shared/page.js";
import { nothing, table } from "../shared/tables.js";
import { handOver } from "./handover.js";
import { margin } from "./margin.js";

const form = byID("voucherOrder");
const field = (name) => form.elements[name];
let vouchers = [];
let next = null;
// Whether older vouchers are shown: they stay when the page refreshes.
let isContinued = false;

function keep(answer) {
  vouchers = answer.vouchers;
  next = answer.next_cursor;
}

function previewVoucher() {
  byID("voucherPreview").textContent = margin(Number(field("clientBudget").value), Number(field("budgetVirtual").value));
}

function draw() {
  previewVoucher();
  byID("moreVouchers").hidden = next === null;
  if (!vouchers.length) return byID("vouchers").replaceChildren(nothing("noVouchers"));
  byID("vouchers").replaceChildren(table(
    [t("code"), t("clientSaw"), t("yourCost"), t("used"), t("state"), t("expires"), t("created"), t("actions")],
    vouchers.map((one) => [
      element("span", {}, element("code", {}, one.code), one.label ? element("span", { class: "tag" }, one.label) : null),
      money(one.clientBudget), money(one.budgetVirtual), t("of", { used: count(one.used), limit: count(one.uses) }),
      t("voucher" + one.state), one.expiresAt ? moment(one.expiresAt) : t("never"), moment(one.createdAt),
      one.state === "open" ? element("button", { type: "button", class: "plain", id: "revoke-" + one.id, "aria-label": `${t("revoke")}: ${one.code}`,
        onclick: (event) => {
          if (!confirm(t("reallyRevoke", { code: one.code }))) return;
          act(event.target, async () => {
            await send("DELETE", "/vouchers/" + one.id);
            isContinued = false;
          });
        } }, t("revoke")) : "",
    ]), [1, 2, 3]));
}

export const vouchersPart = {
  views: ["vouchers"],
  read: () => (isContinued ? { vouchers, next_cursor: next } : read("/vouchers?limit=50")),
  keep, draw,
  clear: () => {
    vouchers = [];
    next = null;
    isContinued = false;
    form.reset();
  },
};

form.addEventListener("input", previewVoucher);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const order = { label: field("label").value };
  for (const name of ["clientBudget", "budgetVirtual", "count", "uses"]) order[name] = Number(field(name).value);
  if (field("expiresAt").value) {
    // The end of that day in the reseller's time zone.
    const [year, month, day] = field("expiresAt").value.split("-").map(Number);
    order.expiresAt = new Date(year, month - 1, day + 1).toISOString();
  }
  act(event.submitter, async () => {
    const made = await send("POST", "/vouchers", order);
    isContinued = false;
    handOver(made.vouchers);
  }, tellIn(form));
});

byID("moreVouchers").addEventListener("click", (event) => attempt(event.target, async () => {
  const older = await read(`/vouchers?limit=50&cursor=${next}`);
  isContinued = true;
  keep({ vouchers: [...vouchers, ...older.vouchers], next_cursor: older.next_cursor });
  draw();
}));
