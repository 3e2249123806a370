// What the reseller has.
import { figures, money } from "./ui.js";
import { read } from "./page.js";

let balance = null;

// What is available is shown on every view.
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
