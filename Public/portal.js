// The customer's page: reads what the key may see, and nothing else.
const byID = (id) => document.getElementById(id);
const storage = "tollgate-key";
const pageSize = 20;
let page = 1;

// Null where only the reseller's own balance bounds the key.
const money = (value) => value === null ? "no limit" : value.toLocaleString(undefined, { minimumFractionDigits: 4, maximumFractionDigits: 4 });
const count = (value) => value.toLocaleString();

function notice(text) {
  byID("notice").textContent = text;
  byID("notice").hidden = !text;
}

// A link may carry the key behind the #, which never leaves the browser; it is used once and taken out of sight.
function keyFromLink() {
  const match = location.hash.match(/^#key=(.+)$/);
  if (!match) return;
  sessionStorage.setItem(storage, decodeURIComponent(match[1]));
  history.replaceState(null, "", location.pathname);
}

async function read(path) {
  const response = await fetch(path, { headers: { Authorization: "Bearer " + sessionStorage.getItem(storage) } });
  const body = await response.json();
  if (!response.ok) throw Object.assign(new Error(body.error), { status: response.status });
  return body;
}

function cells(row, values) {
  for (const value of values) {
    const cell = document.createElement("td");
    cell.textContent = value;
    row.append(cell);
  }
  return row;
}

function showBalance(balance) {
  byID("title").textContent = balance.label || "Your balance";
  byID("remaining").textContent = money(balance.remaining);
  byID("spent").textContent = money(balance.spent);
  byID("budget").textContent = money(balance.budget);
  byID("gauge").value = balance.budget > 0 ? (100 * balance.spent) / balance.budget : 0;
  byID("limits").textContent =
    `${balance.rpmLimit} requests per minute, ${balance.concurrentLimit} at once.` +
    (balance.remaining !== null && balance.remaining <= 0 ? " The budget is used up: ask your provider for a top-up." : "");
  const names = { today: "Today", week: "This week", month: "This month", total: "Total" };
  byID("windows").replaceChildren(
    ...Object.entries(names).map(([id, name]) => {
      const sum = balance.usage[id];
      const row = document.createElement("tr");
      return cells(row, [name, count(sum.requests), count(sum.inputTokens), count(sum.outputTokens), money(sum.cost)]);
    }));
}

function showLog(log) {
  byID("log").replaceChildren(
    ...log.data.map((entry) => {
      const row = document.createElement("tr");
      row.title = `${entry.request_id}, ${entry.created_at}`;
      return cells(row, [
        new Date(entry.created_at).toLocaleString(), entry.model, count(entry.input_tokens), count(entry.output_tokens),
        count(entry.cache_read_tokens), count(entry.cache_write_tokens), money(entry.cost_usdc), count(entry.duration_ms),
      ]);
    }));
  const pages = Math.max(1, log.pagination.pages);
  byID("page").textContent = log.pagination.total ? `Page ${page} of ${pages}` : "No requests yet";
  byID("newer").disabled = page <= 1;
  byID("older").disabled = page >= pages;
}

function showSnippets() {
  byID("snippets").textContent = `# curl
curl ${location.origin}/v1/chat/completions -H "Authorization: Bearer $KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "MODEL", "messages": [{"role": "user", "content": "Hello!"}]}'

# Python, OpenAI SDK
client = openai.OpenAI(api_key=KEY, base_url="${location.origin}/openai/v1")

# Python, Anthropic SDK
client = anthropic.Anthropic(api_key=KEY, base_url="${location.origin}/anthropic")`;
}

async function refresh() {
  const hasKey = Boolean(sessionStorage.getItem(storage));
  byID("enter").hidden = hasKey;
  byID("leave").hidden = !hasKey;
  if (!hasKey) return;
  try {
    const [balance, log] = await Promise.all([
      read("/sub-key/balance"), read(`/sub-key/usage-logs?page=${page}&limit=${pageSize}`),
    ]);
    showBalance(balance);
    showLog(log);
    showSnippets();
    byID("balance").hidden = false;
    notice("");
  } catch (error) {
    if (error.status === 401 || error.status === 403) {
      leave();
      notice(error.status === 403 ? "This is not a client key." : "This key is not known here, or was deleted.");
    } else {
      notice("The gateway cannot be reached at the moment. It is asked again in half a minute.");
    }
  }
}

function leave() {
  sessionStorage.removeItem(storage);
  page = 1;
  byID("balance").hidden = true;
  byID("enter").hidden = false;
  byID("leave").hidden = true;
  byID("title").textContent = "Your balance";
  notice("");
}

byID("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(storage, byID("key").value.trim());
  byID("key").value = "";
  refresh();
});
byID("leave").addEventListener("click", leave);
byID("newer").addEventListener("click", () => { page -= 1; refresh(); });
byID("older").addEventListener("click", () => { page += 1; refresh(); });
setInterval(() => { if (!document.hidden) refresh(); }, 30000);
keyFromLink();
refresh();
