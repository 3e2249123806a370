// The layout of Public: every page imports only from its own folder and from shared/, and has its texts in all languages.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "../../Public");
const pages = ["customer", "console", "admin"];
const languages = ["en", "zh"];
const scripts = (folder) => fs.readdirSync(path.join(root, folder)).filter((name) => name.endsWith(".js"));
const source = (folder, name) => fs.readFileSync(path.join(root, folder, name), "utf8");
const texts = async (folder, language) => (await import(path.join(root, folder, `texts.${language}.js`))).default;

test("no page imports from another page's folder", () => {
  for (const folder of ["shared", ...pages]) {
    for (const name of scripts(folder)) {
      const imports = [...source(folder, name).matchAll(/(?:from |import\(?)"([^"]+)"/g)].map(([, to]) => to);
      for (const to of imports) {
        const [target, file] = path.relative(root, path.resolve(root, folder, to)).split(path.sep);
        assert.ok(target === folder || target === "shared", `${folder}/${name} imports ${to}`);
        assert.ok(fs.existsSync(path.join(root, target, file)), `${folder}/${name} imports ${to}`);
      }
    }
  }
});

test("all languages have the same texts with the same placeholders", async () => {
  const fields = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, field]) => field).sort();
  for (const folder of ["shared", ...pages]) {
    const english = await texts(folder, "en");
    for (const language of languages) {
      const found = await texts(folder, language);
      assert.deepEqual(Object.keys(found), Object.keys(english), `${folder}, ${language}`);
      for (const [name, text] of Object.entries(found)) {
        assert.ok(text.length > 0, name);
        assert.deepEqual(fields(text), fields(english[name]), `${folder}, ${language}: ${name}`);
      }
    }
  }
});

test("no page has a text of its own for a shared name", async () => {
  const shared = await texts("shared", "en");
  for (const page of pages) {
    assert.deepEqual(Object.keys(await texts(page, "en")).filter((name) => shared[name] !== undefined), []);
  }
});

test("one text a line", () => {
  for (const folder of ["shared", ...pages]) {
    for (const language of languages) {
      for (const line of source(folder, `texts.${language}.js`).split("\n").slice(2, -2)) assert.match(line, /^ {2}[\w"]+: ".*",$/);
    }
  }
});

// Names that are put together from a beginning and a value: t("ending" + ...).
const beginnings = (text) => [...text.matchAll(/\bt\("(\w+)" \+/g)].map(([, beginning]) => beginning).concat("error_", "spendLimit");

test("every text that a page names exists, and every text is used", async () => {
  const shared = await texts("shared", "en");
  const all = Object.fromEntries(["shared", ...pages].map((folder) =>
    [folder, fs.readdirSync(path.join(root, folder)).filter((name) => /\.(js|html)$/.test(name) && !name.startsWith("texts."))
      .map((name) => source(folder, name)).join("\n")]));
  for (const page of pages) {
    const known = { ...shared, ...(await texts(page, "en")) };
    const asked = [...all[page].matchAll(/\bt\("(\w+)"[,)]|data-t="(\w+)"/g)].map(([, one, other]) => one ?? other);
    assert.ok(asked.length > 20, page);
    for (const name of asked) assert.ok(known[name] !== undefined, `${page}: ${name}`);
  }
  for (const folder of ["shared", ...pages]) {
    const text = folder === "shared" ? Object.values(all).join("\n") : all[folder];
    const words = new Set([...text.matchAll(/\w+/g)].map(([word]) => word));
    for (const name of Object.keys(await texts(folder, "en"))) {
      const isUsed = words.has(name.replace(/One$/, "")) || beginnings(text).some((beginning) => name.startsWith(beginning));
      assert.ok(isUsed, `${folder}: ${name} is not used`);
    }
  }
});
