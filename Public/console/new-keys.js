// The form that creates one or many keys, with its margin.
import { byID } from "../shared/dom.js";
import { act, send, tellIn } from "../shared/page.js";
import { handOver } from "./handover.js";
import { margin } from "./margin.js";

function preview() {
  byID("preview").textContent = margin(Number(byID("clientBudget").value), Number(byID("budgetVirtual").value));
}

export const newKeysPart = { draw: preview, clear: () => byID("create").reset() };

byID("create").addEventListener("input", preview);
byID("create").addEventListener("submit", (event) => {
  event.preventDefault();
  const many = Number(byID("howMany").value);
  const label = byID("newLabel").value;
  const order = { clientBudget: Number(byID("clientBudget").value), budgetVirtual: Number(byID("budgetVirtual").value) };
  if (byID("rpm").value) order.rpmLimit = Number(byID("rpm").value);
  act(event.submitter, async () => {
    const made = [];
    byID("progress").max = many;
    byID("progress").hidden = many === 1;
    try {
      for (let number = 1; number <= many; number += 1) {
        made.push(await send("POST", "/sub-keys", { ...order, label: many > 1 ? `${label} ${number}`.trim() : label }));
        byID("progress").value = number;
      }
    } finally {
      // After a failure, too: the keys that were created are shown.
      byID("progress").hidden = true;
      handOver(made);
    }
  }, tellIn(byID("create")));
});
