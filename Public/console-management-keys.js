// Keys for programs that manage the account.
import { byID, element, moment, nothing, t, table } from "./ui.js";
import { act, send, showSecret } from "./page.js";

export function drawManagementKeys(managementKeys) {
  byID("managementKeys").replaceChildren(managementKeys.length
    ? table([t("label"), t("scope"), t("opened"), t("actions")], managementKeys.map((one) => [
      `${one.label || ""} ${one.keyId}`, one.scope, moment(one.createdAt),
      element("button", { type: "button", class: "plain", id: "delete-" + one.id, "aria-label": `${t("delete")}: ${one.label || one.keyId}`,
        onclick: (event) => act(event.target, () => send("DELETE", "/management-keys/" + one.id)) }, t("delete")),
    ]), [])
    : nothing("nothingYet"));
}

byID("manage").addEventListener("submit", (event) => {
  event.preventDefault();
  act(event.submitter, async () => {
    const one = await send("POST", "/management-keys", { label: byID("managementLabel").value, scope: byID("scope").value });
    byID("managementLabel").value = "";
    showSecret(one.label || one.keyId, one.key);
  });
});
