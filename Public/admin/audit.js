// The audit log: every management call.
import { byID, element, moment } from "../shared/dom.js";
import { t } from "../shared/i18n.js";
import { attempt, read } from "../shared/page.js";
import { nothing, table } from "../shared/tables.js";
import { accountName } from "./accounts.js";

const pageSize = 50;

const nothingRead = { data: /** @type {any[]} */ ([]), next_cursor: null };
let audit = nothingRead;

function draw() {
  if (!audit.data.length) return byID("audit").replaceChildren(nothing("nothingYet"));
  byID("audit").replaceChildren(table(
    [t("time"), t("who"), t("name"), t("action"), t("changes")],
    audit.data.map((line) => [
      moment(line.at), `${line.credential}${line.address ? " " + line.address : ""}`, accountName(line.accountId) ?? "", line.action,
      element("code", {}, JSON.stringify(line.changes).slice(0, 200)),
    ]), []));
  byID("more").hidden = audit.next_cursor === null;
}

export const auditPart = {
  views: ["audit"],
  // Older entries that are shown stay.
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
