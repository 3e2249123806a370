// Management keys, for programs that manage the account.
import { byID, element, moment } from "../shared/dom.js";
import { t } from "../shared/i18n.js";
import { act, read, send, showSecret, tellIn } from "../shared/page.js";
import { nothing, table } from "../shared/tables.js";

let managementKeys = [];

function draw() {
  byID("managementKeys").replaceChildren(managementKeys.length
    ? table([t("label"), t("scope"), t("created"), t("actions")], managementKeys.map((one) => [
      `${one.label || ""} ${one.keyId}`, one.scope, moment(one.createdAt),
      element("button", { type: "button", class: "plain", id: "delete-" + one.id, "aria-label": `${t("delete")}: ${one.label || one.keyId}`,
        onclick: (event) => act(event.target, () => send("DELETE", "/management-keys/" + one.id)) }, t("delete")),
    ]), [])
    : nothing("nothingYet"));
}

export const managementKeysPart = {
  views: ["account"], read: () => read("/management-keys"), keep: (found) => { managementKeys = found.managementKeys; }, draw,
  clear: () => { managementKeys = []; },
};

byID("manage").addEventListener("submit", (event) => {
  event.preventDefault();
  act(event.submitter, async () => {
    const one = await send("POST", "/management-keys", { label: byID("managementLabel").value, scope: byID("scope").value });
    byID("managementLabel").value = "";
    showSecret(one.label || one.keyId, one.key);
  }, tellIn(byID("manage")));
});
