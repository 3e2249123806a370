// Every change that somebody asked for, and what a crash interrupted.
import { byID, element, moment, money, nothing, t, table } from "./ui.js";
import { attempt, read } from "./page.js";

const pageSize = 50;

let audit = { data: [], next_cursor: null };
let names = new Map();

// Where older lines are shown these stay.
export const readAudit = () => (audit.data.length > pageSize ? audit : read("/admin/audit?limit=" + pageSize));

function drawTable() {
  if (!audit.data.length) return byID("audit").replaceChildren(nothing("nothingYet"));
  byID("audit").replaceChildren(table(
    [t("time"), t("who"), t("accountName"), t("action"), t("changes")],
    audit.data.map((line) => [
      moment(line.at), `${line.credential}${line.address ? " " + line.address : ""}`, names.get(line.accountId) ?? "", line.action,
      element("code", {}, JSON.stringify(line.changes).slice(0, 200)),
    ]), []));
  byID("more").hidden = audit.next_cursor === null;
}

export function drawAudit(found, accounts) {
  audit = found;
  names = new Map(accounts.map((account) => [account.id, account.name]));
  drawTable();
}

export function clearAudit() {
  audit = { data: [], next_cursor: null };
}

byID("more").addEventListener("click", (event) => attempt(event.target, async () => {
  const older = await read(`/admin/audit?limit=${pageSize}&cursor=${audit.next_cursor}`);
  audit = { data: [...audit.data, ...older.data], next_cursor: older.next_cursor };
  drawTable();
}));

export function drawInterrupted(rows) {
  byID("interrupted").replaceChildren(rows.length
    ? table([t("time"), t("requestID"), t("yourKey"), t("model"), t("cost")],
      rows.map((row) => [moment(row.created_at), row.request_id, row.key_id, row.model, money(row.cost_usdc)]), [4])
    : nothing("neverInterrupted"));
}
