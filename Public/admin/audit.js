// Every change that somebody asked for.
import { byID, element, moment, nothing, t, table } from "./ui.js";
import { attempt, read } from "./page.js";
import { accountName } from "./admin-accounts.js";

const pageSize = 50;

const nothingRead = { data: [], next_cursor: null };
let audit = nothingRead;

function draw() {
  if (!audit.data.length) return byID("audit").replaceChildren(nothing("nothingYet"));
  byID("audit").replaceChildren(table(
    [t("time"), t("who"), t("accountName"), t("action"), t("changes")],
    audit.data.map((line) => [
      moment(line.at), `${line.credential}${line.address ? " " + line.address : ""}`, accountName(line.accountId) ?? "", line.action,
      element("code", {}, JSON.stringify(line.changes).slice(0, 200)),
    ]), []));
  byID("more").hidden = audit.next_cursor === null;
}

export const auditPart = {
  views: ["audit"],
  // Where older lines are shown these stay.
  read: () => (audit.data.length > pageSize ? audit : read("/admin/audit?limit=" + pageSize)),
  keep: (found) => { audit = found; },
  draw,
  clear: () => { audit = nothingRead; },
};

byID("more").addEventListener("click", (event) => attempt(event.target, async () => {
  const older = await read(`/admin/audit?limit=${pageSize}&cursor=${audit.next_cursor}`);
  audit = { data: [...audit.data, ...older.data], next_cursor: older.next_cursor };
  draw();
}));
