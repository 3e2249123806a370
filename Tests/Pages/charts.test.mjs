import assert from "node:assert/strict";
import { test } from "node:test";
import { nameDistance, scaleEnd } from "../../Public/shared/charts.js";

test("a scale ends at the next readable number", () => {
  assert.deepEqual([0, -1, 1, 1.2, 3, 5, 7, 9, 95, 1000].map(scaleEnd), [0, 0, 1, 2, 4, 6, 8, 10, 100, 1000]);
});

test("no value is above the end of its scale, and half of the space is used at least", () => {
  for (let value = 0.0001; value < 1e6; value *= 1.037) {
    assert.ok(scaleEnd(value) >= value * (1 - 1e-9) && scaleEnd(value) <= value * 2.01, String(value));
  }
});

test("names of bars have room", () => {
  for (const [bars, width] of [[24, 300], [30, 600], [365, 1000], [7, 240]]) {
    const named = Math.floor((bars - 1) / nameDistance(bars, width)) + 1;
    assert.ok(named >= 2 && width / named >= 60, `${bars} bars in ${width} pixels`);
  }
});
