import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, dayName, masked, money, percent } from "../../Public/shared/format.js";

test("money has two digits for whole cents, four for parts of a cent, six below one cent", () => {
  assert.deepEqual([12.5, 1234.567, 0.0123, 0.000123, 0, -3].map((value) => money(value)),
    ["$12.50", "$1,234.57", "$0.0123", "$0.000123", "$0.00", "-$3.00"]);
});

test("whole cents line up with parts of a cent in a column", () => {
  assert.deepEqual([12.5, 0.0123].map((value) => money(value, 4)), ["$12.5000", "$0.0123"]);
});

test("an amount of null is no limit", () => assert.equal(money(null), "No limit"));

test("a size is written in its largest unit", () => {
  assert.deepEqual([0, 999, 1500, 2.5e9, 3e15].map(bytes), ["0 byte", "999 byte", "1.5 kB", "2.5 GB", "3,000 TB"]);
});

test("a share is written in percent", () => assert.equal(percent(0.4), "40%"));

test("a day is named in UTC, wherever the reader is", () => assert.equal(dayName("2026-03-01"), "Mar 1"));

test("a masked key shows its beginning and its last four characters", () => {
  const key = "sk-tg-abcdefghijklmnopqrstuvwxyz";
  assert.equal(masked(key), "sk-tg-abcd…wxyz");
  assert.equal(masked("short"), "short");
});
