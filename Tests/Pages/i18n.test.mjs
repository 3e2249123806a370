import assert from "node:assert/strict";
import { test } from "node:test";
import { chosenLanguage, counted, fill, t } from "../../Public/shared/i18n.js";

test("placeholders are filled in, unknown ones with nothing", () => {
  assert.equal(fill("{a} of {b}, {c}", { a: 1, b: 0 }), "1 of 0, ");
  assert.equal(t("of", { used: "3", limit: "5" }), "3 of 5");
});

test("a text that does not exist is shown by its name", () => assert.equal(t("noSuchText"), "noSuchText"));

test("one has a form of its own", () => {
  assert.deepEqual([0, 1, 2].map((number) => counted("line", number)), ["line", "lineOne", "line"]);
});

test("the language is the wanted one, the reader's own, the browser's, English, in this order", () => {
  assert.equal(chosenLanguage("zh", "en", "en-US"), "zh");
  assert.equal(chosenLanguage(null, "zh", "en-US"), "zh");
  assert.equal(chosenLanguage(undefined, null, "zh-TW"), "zh");
  assert.equal(chosenLanguage("xx", "yy", "fr"), "en");
});
