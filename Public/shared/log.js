// A list of requests: filters, details, older pages, CSV.
import { byID, element, moment, save } from "./dom.js";
import { count, money } from "./format.js";
import { t } from "./i18n.js";
import { ask, attempt, hasKey, read, report } from "./page.js";

const pageSize = 20;
// Dimensions that every row has a count of.
const countedAbove = ["input", "output", "cache_read", "cache_write_5m", "cache_write_1h"];
const nothingRead = { rows: /** @type {any[]} */ ([]), next: null, filters: /** @type {string | null} */ (null), isContinued: false };

// Needs the table body `log` and the line `empty`. Each field of the form `filters` is a query parameter, unless `parameter`
// maps it to another; dates are days in the reader's time zone. `keyName` returns the name of a request's key, where
// requests of several keys are listed.
/**
 * @param {object} options
 * @param {string} options.path
 * @param {any} options.filters
 * @param {any} options.more
 * @param {any} options.csv
 * @param {(name: string, value: string) => [string, string]} [options.parameter]
 * @param {(entry: any) => string} [options.keyName]
 * @param {(row: any) => Node} [options.explain] Draws the explanation of a request's cost; without it none is read.
 */
export function requestLog({ path, filters: form, more, csv, parameter = (name, value) => [name, value], keyName, explain }) {
  let log = nothingRead;
  // Requests whose details are shown: they stay open when the page refreshes.
  const open = new Set();
  // Requests that were read with the explanation of their cost.
  const explained = new Map();

  function filters() {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (!value) continue;
      if (form.elements[name].type === "date") {
        const [year, month, day] = String(value).split("-").map(Number);
        query.set(name, new Date(year, month - 1, day + (name === "to" ? 1 : 0)).toISOString());
      } else {
        query.set(...parameter(name, String(value)));
      }
    }
    return String(query);
  }

  // Reads from a cursor until a page is full or no rows are left: an answer may be empty and still have a next cursor.
  async function readFrom(cursor) {
    const wanted = filters();
    const rows = [];
    let next = cursor;
    do {
      const query = new URLSearchParams(wanted);
      query.set("limit", String(pageSize));
      if (next) query.set("cursor", next);
      const answer = await read(`${path}?${query}`);
      rows.push(...answer.data);
      next = answer.pagination.next_cursor;
    } while (next && rows.length < pageSize);
    return { rows, next, filters: wanted, isContinued: cursor !== null };
  }

  function details(entry) {
    const fact = (name, value) => element("div", {}, element("dt", {}, t(name)), element("dd", {}, value));
    return element("tr", {}, element("td", { class: "more", colspan: 7 }, element("dl", {},
      fact("requestID", entry.request_id), keyName ? fact("key", `${keyName(entry)} ${entry.key_id}`) : null, fact("input", count(entry.input_tokens)), fact("output", count(entry.output_tokens)),
      fact("cacheRead", count(entry.cache_read_tokens)), fact("cacheWrite", count(entry.cache_write_tokens)),
      fact("duration", t("milliseconds", { count: count(entry.duration_ms) })), fact("ending", t("ending" + entry.ending)),
      fact("usageSource", t("usage" + entry.usage_source)),
      ...Object.entries(entry.quantities).filter(([name]) => !countedAbove.includes(name)).map(([name, quantity]) => fact("dimension" + name, count(quantity))),
      // Hidden from clients.
      entry.attempts === undefined ? null : fact("attempts", count(entry.attempts)),
      !entry.flags?.length ? null : fact("flags", entry.flags.map((name) => t("flag" + name)).join(", "))),
    explain && explained.has(entry.request_id) ? explain(explained.get(entry.request_id)) : null));
  }

  async function readExplanation(id) {
    try {
      explained.set(id, await read(`${path}/${id}`));
      draw();
      byID("details-" + id)?.focus();
    } catch (error) {
      report(error);
    }
  }

  function row(entry) {
    const isOpen = open.has(entry.request_id);
    const button = element("button", { class: "plain", type: "button", id: "details-" + entry.request_id, "aria-expanded": String(isOpen),
      "aria-label": t("details"), onclick: () => {
        if (!open.delete(entry.request_id)) open.add(entry.request_id);
        draw();
        byID(button.id).focus();
        if (explain && open.has(entry.request_id) && !explained.has(entry.request_id)) readExplanation(entry.request_id);
      } }, isOpen ? "-" : "+");
    const line = element("tr", { class: isOpen ? "open" : "" }, element("td", {}, moment(entry.created_at)),
      keyName ? element("td", { class: "aside" }, keyName(entry)) : null,
      element("td", {}, entry.model, entry.ending === "complete" ? null : element("span", { class: "tag" }, t("ending" + entry.ending))),
      element("td", { class: "number aside" }, count(entry.input_tokens + entry.cache_read_tokens + entry.cache_write_tokens)),
      element("td", { class: "number aside" }, count(entry.output_tokens)), element("td", { class: "number" }, money(entry.cost_usdc, 4)),
      element("td", {}, button));
    return isOpen ? [line, details(entry)] : [line];
  }

  function draw() {
    byID("log").replaceChildren(...log.rows.flatMap(row));
    byID("empty").hidden = log.rows.length > 0;
    byID("empty").textContent = t(log.filters ? "noMatch" : "noRequests");
    more.hidden = log.next === null;
  }

  // Drops an answer to filters that have changed meanwhile.
  function keep(page) {
    if (page.filters === filters()) log = page;
  }

  async function readAgain() {
    if (!hasKey()) return;
    const wanted = filters();
    open.clear();
    byID("log").setAttribute("aria-busy", "true");
    try {
      keep(await readFrom(null));
      draw();
    } catch (error) {
      report(error);
    } finally {
      if (wanted === filters()) byID("log").removeAttribute("aria-busy");
    }
  }

  form.addEventListener("input", readAgain);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(readAgain));
  more.addEventListener("click", () => attempt(more, async () => {
    const { rows } = log;
    const older = await readFrom(log.next);
    keep({ ...older, rows: [...rows, ...older.rows] });
    draw();
  }));
  csv.addEventListener("click", () => attempt(csv, async () => {
    csv.textContent = t("loading");
    try {
      const answer = await ask(`${path}?${filters()}`, { accept: "text/csv" });
      save(await answer.blob(), "usage-logs.csv");
    } finally {
      csv.textContent = t("csv");
    }
  }));

  return {
    // The newest rows; older ones that are shown stay.
    read: () => (log.isContinued ? log : readFrom(null)),
    readAgain, keep, draw,
    clear: () => {
      log = nothingRead;
      open.clear();
      explained.clear();
      form.reset();
      byID("log").replaceChildren();
      byID("empty").hidden = more.hidden = true;
    },
  };
}
