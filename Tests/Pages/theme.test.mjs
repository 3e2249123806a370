import assert from "node:assert/strict";
import { test } from "node:test";
import { contrast, readable } from "../../Public/shared/theme.js";

test("black on white has the greatest contrast, equal colours the smallest", () => {
  assert.equal(Math.round(contrast([0, 0, 0], [255, 255, 255])), 21);
  assert.equal(contrast([9, 99, 200], [9, 99, 200]), 1);
});

test("every colour of a reseller becomes readable in both themes", () => {
  for (const colour of ["#000000", "#ffffff", "#ffff00", "#0000ff", "#c2185b", "#808080"]) {
    assert.ok(contrast(readable(colour, false), [255, 255, 255]) >= 4.5, colour);
    assert.ok(contrast(readable(colour, true), [25, 31, 39]) >= 4.5, colour);
  }
});
