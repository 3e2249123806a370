// The account's client keys, as last read.
import { figures } from "../shared/dom.js";
import { count, money } from "../shared/format.js";
import { read } from "../shared/page.js";

let keys = null;

// Null before they have been read.
export const clientKeys = () => keys;

export const clientKeysPart = {
  views: ["overview", "keys", "requests"],
  read: () => read("/sub-keys"),
  keep: ({ subKeys }) => { keys = subKeys; },
  draw: () => figures({ leftOnKeys: money(keys.reduce((sum, one) => sum + (one.remainingVirtual ?? 0), 0)), keys: count(keys.length) }),
  clear: () => { keys = null; },
};
