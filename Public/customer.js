// The customer's page: what a client key may see of itself, and nothing else.
import {
  Offline, barChart, byID, compact, count, counted, dayName, element, gateway, hasOwnLanguage, moment, money, nothing, offer,
  save, setAccent, setLanguage, standing, t, table,
} from "./ui.js";
import { ask, attempt, copyButton, hasKey, read, refresh, report, start } from "./page.js";
import { snippets } from "./snippets.js";

const pageSize = 20;

// What was read last; everything on the page is drawn from it.
let state = { balance: null, usage: null, brand: null, models: null };
let log = { rows: [], next: null };
// The requests whose details are shown: they stay open while the page refreshes itself.
const openRows = new Set();
let chosenSnippet = 0;

// MARK: summary

function drawSummary() {
  const { balance, brand } = state;
  const name = standing(balance, balance.remaining);
  byID("label").textContent = balance.label || t("title");
  byID("remaining").textContent = money(balance.remaining ?? balance.spent);
  byID("remaining").classList.remove("waiting");
  byID("remainingName").textContent = t(balance.remaining === null ? "spentSoFar" : "remaining");
  byID("budget").textContent = money(balance.budget);
  byID("spent").textContent = money(balance.spent);
  byID("held").textContent = money(balance.held);
  byID("state").textContent = t(name);
  byID("state").className = name === "active" ? "pill" : "pill bad";
  byID("state").hidden = false;

  const share = (amount) => (balance.budget > 0 ? Math.min(100, (100 * amount) / balance.budget) : 0) + "%";
  byID("gauge").hidden = balance.budget === null;
  byID("gaugeSpent").style.width = share(balance.spent);
  byID("gaugeHeld").style.width = share(balance.held);
  byID("gauge").setAttribute("aria-label",
    t("gauge", { spent: money(balance.spent), held: money(balance.held), budget: money(balance.budget) }));

  const advice = { exhausted: "isExhausted", disabled: "isDisabled", expired: "isExpired" }[name];
  const links = [
    brand?.topUp && name === "exhausted" ? element("a", { href: brand.topUp, rel: "noopener" }, t("topUp")) : null,
    brand?.contact ? element("a", { href: brand.contact, rel: "noopener" }, t("contactProvider")) : null,
  ].filter(Boolean);
  byID("advice").hidden = !advice;
  if (advice) {
    byID("advice").replaceChildren(t(advice), ...(links.length ? links.flatMap((link) => [link, " "]) : [t("askProvider")]));
  }
}

function drawBrand() {
  const brand = state.brand ?? {};
  byID("brand").textContent = brand.name ?? t("title");
  document.title = brand.name ? `${brand.name} - ${t("title")}` : t("title");
  byID("logo").hidden = !brand.logo;
  if (brand.logo) byID("logo").src = brand.logo;
  setAccent(brand.colour ?? null);
}

// MARK: limits

function drawLimits() {
  const { balance } = state;
  const now = balance.now;
  const counts = [
    ["requestsPerMinute", now.requestsThisMinute, balance.rpmLimit, count],
    ["atOnce", now.requestsInFlight, balance.concurrentLimit, count],
    ["perDay", now.requestsToday, balance.dailyLimit, count],
    ["tokensPerMinute", now.tokensThisMinute, balance.tokensPerMinute, count],
    ["spendLimit" + (balance.spendLimitPeriod ?? ""), spentInPeriod(balance), balance.spendLimit, money],
    ["creditLimit", balance.spent, balance.creditLimit, money],
  ].filter(([, , limit]) => limit !== null);
  const items = counts.map(([name, used, limit, write]) => {
    const bar = element("span");
    bar.style.width = (limit > 0 ? Math.min(100, (100 * used) / limit) : 100) + "%";
    return element("li", {},
      element("div", { class: "name" }, t(name), element("b", {}, t("of", { used: write(used), limit: write(limit) }))),
      element("div", { class: used >= limit ? "meter full" : "meter", "aria-hidden": "true" }, bar));
  });
  const plain = (name, value) =>
    element("li", {}, element("div", { class: "name" }, t(name), element("b", {}, value)));
  if (balance.expiresAt) items.push(plain("expires", moment(balance.expiresAt)));
  if (balance.allowedModels) items.push(plain("modelsAllowed", balance.allowedModels.join(", ") || t("none")));
  byID("limits").replaceChildren(...items);
}

function spentInPeriod(balance) {
  const window = { day: "today", week: "week", month: "month" }[balance.spendLimitPeriod];
  return window ? balance.usage[window].cost : balance.spent;
}

// MARK: usage

function drawUsage() {
  const { balance, usage } = state;
  byID("windows").replaceChildren(...["today", "week", "month", "total"].map((name) => {
    const sum = balance.usage[name];
    return element("div", { class: "card" }, element("span", { class: "quiet" }, t(name)),
      element("strong", {}, money(sum.cost)),
      element("span", { class: "quiet" }, t(counted("windowLine", sum.requests), { requests: count(sum.requests), tokens: compact(sum.totalTokens) })));
  }));

  byID("days").replaceChildren(barChart(
    usage.days.map((day) => ({
      name: dayName(day.date), value: day.cost,
      label: t(counted("barLabel", day.requests), { day: dayName(day.date), cost: money(day.cost), requests: count(day.requests) }),
    })), (value) => money(value, 2)));
  const used = usage.days.filter((day) => day.requests > 0).reverse();
  byID("daysTable").replaceChildren(used.length
    ? table([t("day"), t("cost"), t("requests"), t("tokens")],
      used.map((day) => [day.date, money(day.cost), count(day.requests), count(day.totalTokens)]))
    : element("p", { class: "quiet" }, t("nothingYet")));

  const most = Math.max(...usage.models.map((model) => model.totalTokens), 1);
  const bar = (kind, tokens) => {
    const part = element("span", { class: kind });
    part.style.width = (100 * tokens) / most + "%";
    return part;
  };
  byID("models").replaceChildren(...(usage.models.length
    ? usage.models.map((model) => element("div", {},
      element("div", { class: "name" }, element("span", {}, model.model),
        element("span", { class: "quiet" }, t("inOut", { input: compact(model.inputTokens), output: compact(model.outputTokens) }))),
      element("div", { class: "stack", "aria-hidden": "true" }, bar("in", model.inputTokens), bar("out", model.outputTokens))))
    : [nothing("nothingYet")]));
}

// MARK: log

// Days are the reader's own: from the beginning of the first to the end of the last.
function filters() {
  const query = new URLSearchParams();
  const day = (id, add) => {
    const text = byID(id).value;
    if (!text) return null;
    const [year, month, date] = text.split("-").map(Number);
    return new Date(year, month - 1, date + add).toISOString();
  };
  const [from, to] = [day("from", 0), day("to", 1)];
  if (from) query.set("from", from);
  if (to) query.set("to", to);
  if (byID("model").value) query.set("model", byID("model").value);
  return query;
}

// Reads on from a cursor until there are rows to show or none are left: an answer may be empty and still go on.
async function readLog(cursor) {
  const rows = [];
  let next = cursor;
  do {
    const query = filters();
    query.set("limit", pageSize);
    if (next) query.set("cursor", next);
    const answer = await read("/sub-key/usage-logs?" + query);
    rows.push(...answer.data);
    next = answer.pagination.next_cursor;
  } while (next && rows.length < pageSize);
  return { rows, next };
}

function details(entry) {
  const fact = (name, value) => element("div", {}, element("dt", {}, t(name)), element("dd", {}, value));
  return element("tr", {}, element("td", { class: "more", colspan: 6 }, element("dl", {},
    fact("requestID", entry.request_id), fact("input", count(entry.input_tokens)), fact("output", count(entry.output_tokens)),
    fact("cacheRead", count(entry.cache_read_tokens)), fact("cacheWrite", count(entry.cache_write_tokens)),
    fact("duration", t("milliseconds", { count: count(entry.duration_ms) })), fact("ending", entry.ending),
    fact("usageSource", entry.usage_source))));
}

function logRow(entry) {
  const isOpen = openRows.has(entry.request_id);
  const button = element("button", { class: "plain", type: "button", id: "details-" + entry.request_id, "aria-expanded": String(isOpen),
    "aria-label": t("details") }, isOpen ? "-" : "+");
  const row = element("tr", {}, element("td", {}, moment(entry.created_at)), element("td", {}, entry.model),
    element("td", { class: "number" }, count(entry.input_tokens + entry.cache_read_tokens + entry.cache_write_tokens)),
    element("td", { class: "number" }, count(entry.output_tokens)), element("td", { class: "number" }, money(entry.cost_usdc)),
    element("td", {}, button));
  button.addEventListener("click", () => {
    if (!openRows.delete(entry.request_id)) openRows.add(entry.request_id);
    drawLog();
    byID(button.id).focus();
  });
  return isOpen ? [row, details(entry)] : [row];
}

function drawLog() {
  byID("log").replaceChildren(...log.rows.flatMap(logRow));
  byID("empty").hidden = log.rows.length > 0;
  byID("empty").textContent = t(String(filters()) ? "noMatch" : "noRequests");
  byID("more").hidden = log.next === null;
}

async function refreshLog() {
  if (!hasKey()) return;
  try {
    byID("log").replaceChildren();
    log = await readLog(null);
    drawLog();
  } catch (error) {
    report(error);
  }
}

byID("filters").addEventListener("input", refreshLog);
byID("filters").addEventListener("submit", (event) => event.preventDefault());
byID("filters").addEventListener("reset", () => setTimeout(refreshLog));

byID("more").addEventListener("click", () => attempt(byID("more"), async () => {
  const older = await readLog(log.next);
  log = { rows: [...log.rows, ...older.rows], next: older.next };
  drawLog();
}));

byID("csv").addEventListener("click", () => attempt(byID("csv"), async () => {
  const answer = await ask("/sub-key/usage-logs?" + filters(), { accept: "text/csv" });
  save(await answer.blob(), "usage-logs.csv");
}));

// MARK: try it

let trial = null;

function offerModels() {
  const named = (names) => names.map((name) => [name, name]);
  offer(byID("tryModel"), named(state.models));
  offer(byID("model"), [["", t("allModels")], ...named(state.usage.models.map((model) => model.model))]);
}

// Yields the texts of a streamed completion as they come.
async function* streamed(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (!line.startsWith("data: ") || line.includes("[DONE]")) continue;
      const event = JSON.parse(line.slice(6));
      if (event.error) throw new Error(event.error.message);
      yield event.choices?.[0]?.delta?.content ?? "";
    }
  }
}

byID("try").addEventListener("submit", async (event) => {
  event.preventDefault();
  trial = new AbortController();
  const output = byID("answer");
  output.hidden = false;
  output.textContent = "";
  byID("send").disabled = true;
  byID("stop").hidden = false;
  try {
    const answer = await ask("/v1/chat/completions", {
      method: "POST", signal: trial.signal,
      body: { model: byID("tryModel").value, stream: true, max_tokens: 512, messages: [{ role: "user", content: byID("message").value }] },
    });
    for await (const text of streamed(answer)) output.append(text);
    if (!output.textContent) output.textContent = t("emptyAnswer");
  } catch (error) {
    output.append(error.name === "AbortError" ? " " + t("stopped") : error instanceof Offline ? t("offline") : error.message);
  } finally {
    byID("send").disabled = false;
    byID("stop").hidden = true;
    refresh();
  }
});
byID("stop").addEventListener("click", () => trial?.abort());

// MARK: use it

function drawSnippets() {
  const all = snippets(gateway, state.models[0] ?? "MODEL");
  const select = (at) => {
    chosenSnippet = at;
    drawSnippets();
  };
  byID("tabs").replaceChildren(...all.map(({ name }, at) => element("button", {
    type: "button", role: "tab", id: "tab" + at, "aria-selected": String(at === chosenSnippet), "aria-controls": "snippet",
    tabindex: at === chosenSnippet ? 0 : -1, onclick: () => { select(at); byID("tab" + at).focus(); },
    onkeydown: (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      select((at + step + all.length) % all.length);
      byID("tab" + chosenSnippet).focus();
    },
  }, name)));
  byID("code").textContent = all[chosenSnippet].code;
  byID("snippet").setAttribute("aria-labelledby", "tab" + chosenSnippet);
}

copyButton(byID("copy"), () => byID("code").textContent);

// MARK: the page

const modelNames = (answer) => answer.data.map((model) => model.id);

start({
  place: "tollgate-key", interval: 30_000, refused: { 401: "wrongKey", 403: "wrongKind" },
  // The list of models fails where the key is disabled or the upstream is away: the page goes on without it.
  read: () => Promise.all([
    read("/sub-key/balance"), read("/sub-key/usage"), read("/sub-key/brand"),
    log.rows.length > pageSize ? log : readLog(null),
    state.models?.length ? state.models : read("/v1/models").then(modelNames, () => []),
  ]),
  keep: ([balance, usage, brand, page, models]) => {
    if (!state.brand && brand.language && !hasOwnLanguage()) {
      setLanguage(brand.language);
      byID("language").value = brand.language;
    }
    state = { balance, usage, brand, models };
    log = page;
  },
  draw: () => {
    drawBrand();
    drawSummary();
    drawLimits();
    drawUsage();
    offerModels();
    drawLog();
    drawSnippets();
  },
  clear: () => {
    trial?.abort();
    state = { balance: null, usage: null, brand: null, models: null };
    log = { rows: [], next: null };
    openRows.clear();
    byID("log").replaceChildren();
    byID("filters").reset();
    byID("answer").hidden = true;
    setAccent(null);
    byID("brand").textContent = document.title = t("title");
    byID("logo").hidden = true;
    byID("remaining").classList.add("waiting");
  },
});
byID("message").value = t("hello");
byID("remaining").classList.add("waiting");
