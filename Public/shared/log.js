// A log of requests: filtered, continued to older ones, opened to its details, saved as a table.
import { byID, count, element, moment, money, save, t } from "./ui.js";
import { ask, attempt, hasKey, read, report } from "./page.js";

const pageSize = 20;
const nothingRead = { rows: [], next: null, filters: null, isContinued: false };

// The page has the form `filters`, the buttons `more` and `csv`, the body of the table `log`, and `empty`. A form's
// field is a parameter of the call by its name, unless `parameter` makes another of it; days are the reader's own, from the
// beginning of the first to the end of the last. Where requests are of several keys `keyName` names that of each.
export function requestLog({ path, filters: form, more, csv, parameter = (name, value) => [name, value], keyName }) {
  let log = nothingRead;
  // The requests whose details are shown: they stay open while the page refreshes itself.
  const open = new Set();

  function filters() {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (!value) continue;
      if (form.elements[name].type === "date") {
        const [year, month, day] = value.split("-").map(Number);
        query.set(name, new Date(year, month - 1, day + (name === "to" ? 1 : 0)).toISOString());
      } else {
        query.set(...parameter(name, value));
      }
    }
    return String(query);
  }

  // Reads on from a cursor until there are rows to show or none are left: an answer may be empty and still go on.
  async function readFrom(cursor) {
    const wanted = filters();
    const rows = [];
    let next = cursor;
    do {
      const query = new URLSearchParams(wanted);
      query.set("limit", pageSize);
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
      // Clients are not told.
      entry.attempts === undefined ? null : fact("attempts", count(entry.attempts)))));
  }

  function row(entry) {
    const isOpen = open.has(entry.request_id);
    const button = element("button", { class: "plain", type: "button", id: "details-" + entry.request_id, "aria-expanded": String(isOpen),
      "aria-label": t("details"), onclick: () => {
        if (!open.delete(entry.request_id)) open.add(entry.request_id);
        draw();
        byID(button.id).focus();
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

  // What was read for other filters than those that are set now came too late.
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
    // The newest rows; where older ones are shown these stay.
    read: () => (log.isContinued ? log : readFrom(null)),
    readAgain, keep, draw,
    clear: () => {
      log = nothingRead;
      open.clear();
      form.reset();
      byID("log").replaceChildren();
      byID("empty").hidden = more.hidden = true;
    },
  };
}
