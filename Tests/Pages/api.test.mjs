import assert from "node:assert/strict";
import { test } from "node:test";
import { errorOf, errorText, Offline, Refused, unescaped } from "../../Public/shared/api.js";

test("message, code and field are read from errors of every dialect", () => {
  const expected = { message: "Invalid", code: "invalid_field", field: "label" };
  assert.deepEqual(errorOf({ error: "Invalid", code: "invalid_field", field: "label" }, ""), expected);
  assert.deepEqual(errorOf({ error: { message: "Invalid", code: "invalid_field", field: "label" } }, ""), expected);
  assert.deepEqual(errorOf({ error: { message: "Invalid", code: "invalid_field", param: "label" } }, ""), expected);
});

test("a body that is no error leaves the status text", () => {
  for (const body of [null, {}, { error: 5 }, { error: null }, []]) {
    assert.deepEqual(errorOf(body, "Bad Gateway"), { message: "Bad Gateway", code: undefined, field: undefined });
  }
});

test("an error without a known code shows the gateway's message", () => {
  assert.equal(errorText(new Refused(400, { message: "No", code: "no_such_code" })), "The request failed: No");
  assert.equal(errorText(new Error("Broken")), "The request failed: Broken");
});

test("an unreachable gateway is told as such", () => assert.match(errorText(new Offline()), /cannot be reached/));

test("a malformed escape in a link stands for itself", () => {
  assert.equal(unescaped("a%20b"), "a b");
  assert.equal(unescaped("%E0%A4%A"), "%E0%A4%A");
});
