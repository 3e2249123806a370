// The account's balance.
import { figures } from "../shared/dom.js";
import { money } from "../shared/format.js";
import { read } from "../shared/page.js";

let balance = null;

// The available balance is shown on every view.
export const balancePart = {
  read: () => read("/balance"),
  keep: (found) => { balance = found; },
  draw: () => {
    const dollars = (text) => money(Number(text));
    figures({ available: dollars(balance.available), locked: dollars(balance.locked_balance), balance: dollars(balance.balance) });
  },
  clear: () => {
    balance = null;
    figures({ available: "" });
  },
};
