// The customer's page: what a client key may see of itself, and nothing else.
import {
  Offline, barChart, byID, compact, count, counted, dayName, element, figures, gateway, hasOwnLanguage, moment, money, nothing, offer,
  setAccent, setLanguage, standing, t, table,
} from "./ui.js";
import { clearRedeem, drawRedeem } from "./customer-redeem.js";
import { requestLog } from "./log.js";
import { ask, copyButton, read, refresh, start } from "./page.js";
import { snippets } from "./snippets.js";

// What was read last; everything on the page is drawn from it.
let state = { balance: null, usage: null, brand: null, models: null };
let chosenSnippet = 0;

const log = requestLog({ path: "/sub-key/usage-logs", filters: byID("filters"), more: byID("more"), csv: byID("csv") });

// MARK: summary

function drawSummary() {
  const { balance, brand } = state;
  const reopens = limitReopens(balance);
  const usual = standing(balance, balance.remaining);
  const name = usual === "active" && reopens ? "limited" : usual;
  byID("label").textContent = balance.label || t("title");
  byID("remaining").textContent = money(balance.remaining ?? balance.spent);
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

  const advice = { exhausted: "isExhausted", limited: "isLimited", disabled: "isDisabled", expired: "isExpired" }[name];
  const links = [
    brand?.topUp && name === "exhausted" ? element("a", { href: brand.topUp, rel: "noopener" }, t("topUp")) : null,
    brand?.contact ? element("a", { href: brand.contact, rel: "noopener" }, t("contactProvider")) : null,
  ].filter(Boolean);
  byID("advice").hidden = !advice;
  if (advice) {
    byID("advice").replaceChildren(t(advice), ...(name === "limited" ? [moment(reopens), ". "] : []),
      ...(links.length ? links.flatMap((link) => [link, " "]) : [t("askProvider")]));
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

// When a spend limit that is reached opens again: periods are of UTC, weeks begin on Monday. Null where none is reached.
function limitReopens(balance) {
  const period = balance.spendLimitPeriod;
  if (balance.spendLimit === null || !period || spentInPeriod(balance) < balance.spendLimit) return null;
  const now = new Date();
  const days = { day: 1, week: 7 - ((now.getUTCDay() + 6) % 7), month: 0 }[period];
  const [month, day] = period === "month" ? [now.getUTCMonth() + 1, 1] : [now.getUTCMonth(), now.getUTCDate() + days];
  return new Date(Date.UTC(now.getUTCFullYear(), month, day)).toISOString();
}

// MARK: usage

function drawUsage() {
  const { balance, usage } = state;
  for (const name of ["today", "week", "month", "total"]) {
    const { cost, requests, totalTokens } = balance.usage[name];
    figures({ [name]: money(cost),
      [name + "Line"]: t(counted("windowLine", requests), { requests: count(requests), tokens: compact(totalTokens) }) });
  }

  barChart(byID("days"), usage.days.map((day) => ({
    name: dayName(day.date), value: day.cost,
    label: t(counted("barLabel", day.requests), { day: dayName(day.date), cost: money(day.cost), requests: count(day.requests) }),
  })), money);
  const used = usage.days.filter((day) => day.requests > 0).reverse();
  byID("daysTable").replaceChildren(used.length
    ? table([t("day"), t("cost"), t("requests"), t("tokens")],
      used.map((day) => [day.date, money(day.cost, 4), count(day.requests), count(day.totalTokens)]))
    : element("p", { class: "quiet" }, t("nothingYet")));

  drawModels([...usage.models].sort((one, other) => other.totalTokens - one.totalTokens));
}

// So many models have a bar of their own.
const mostModels = 8;

function drawModels(models) {
  const rest = models.slice(mostModels);
  const sum = (name) => rest.reduce((all, model) => all + model[name], 0);
  const shown = models.slice(0, mostModels);
  if (rest.length) {
    shown.push({ model: t("otherModels", { count: count(rest.length) }), inputTokens: sum("inputTokens"), outputTokens: sum("outputTokens"),
      totalTokens: sum("totalTokens") });
  }
  const most = Math.max(...shown.map((model) => model.totalTokens), 1);
  const bar = (kind, tokens) => {
    const part = element("span", { class: kind });
    part.style.width = (100 * tokens) / most + "%";
    return part;
  };
  byID("models").replaceChildren(...(shown.length
    ? shown.map((model) => element("div", {},
      element("div", { class: "name" }, element("span", {}, model.model),
        element("span", { class: "quiet" }, t("inOut", { input: compact(model.inputTokens), output: compact(model.outputTokens) }))),
      element("div", { class: "stack", "aria-hidden": "true" }, bar("in", model.inputTokens), bar("out", model.outputTokens))))
    : [nothing("nothingYet")]));
}

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
  parts: [{
    // The list of models fails where the key is disabled or the upstream is away: the page goes on without it.
    read: () => Promise.all([
      read("/sub-key/balance"), read("/sub-key/usage"), read("/sub-key/brand"),
      log.read(),
      state.models?.length ? state.models : read("/v1/models").then(modelNames, () => []),
    ]),
    keep: ([balance, usage, brand, page, models]) => {
      if (!state.brand && brand.language && !hasOwnLanguage()) {
        setLanguage(brand.language);
        byID("language").value = brand.language;
      }
      state = { balance, usage, brand, models };
      log.keep(page);
    },
    draw: () => {
      drawBrand();
      drawSummary();
      drawRedeem(state.balance);
      drawLimits();
      drawUsage();
      offerModels();
      log.draw();
      drawSnippets();
    },
    clear: () => {
      trial?.abort();
      state = { balance: null, usage: null, brand: null, models: null };
      log.clear();
      clearRedeem();
      byID("answer").hidden = true;
      setAccent(null);
      byID("brand").textContent = document.title = t("title");
      byID("logo").hidden = true;
      byID("state").hidden = byID("advice").hidden = true;
    },
  }],
});
byID("message").value = t("hello");
