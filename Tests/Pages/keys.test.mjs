import assert from "node:assert/strict";
import { test } from "node:test";
import en from "../../Public/console/texts.en.js";
import zh from "../../Public/console/texts.zh.js";
import { margin } from "../../Public/console/margin.js";
import { addTexts } from "../../Public/shared/i18n.js";
import { keyStatus } from "../../Public/shared/key-status.js";

addTexts({ en, zh });

test("the status of a key is the strongest reason against its use", () => {
  const now = Date.parse("2026-05-01T00:00:00Z");
  const key = (isEnabled, expiresAt = null) => ({ isEnabled, expiresAt });
  assert.equal(keyStatus(key(true), 1, now), "active");
  assert.equal(keyStatus(key(true), null, now), "active");
  assert.equal(keyStatus(key(true), 0, now), "exhausted");
  assert.equal(keyStatus(key(true, "2026-05-01T00:00:00Z"), 0, now), "expired");
  assert.equal(keyStatus(key(true, "2026-05-01T00:00:01Z"), 1, now), "active");
  assert.equal(keyStatus(key(false, "2026-04-01T00:00:00Z"), 0, now), "disabled");
});

test("the margin is the profit's share of the client's budget", () => {
  assert.equal(margin(100, 60), "You sell at 1.6667 times your cost: $40.00 profit each, a margin of 40%.");
  assert.equal(margin(10, 12), en.tooCheap);
  for (const missing of [0, NaN]) assert.equal(margin(missing, 5) + margin(5, missing), "");
});
