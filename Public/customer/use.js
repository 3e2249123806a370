// How to use the key: code to copy, and a form that sends a request.
import { errorText, gateway } from "../shared/api.js";
import { byID, element, offer } from "../shared/dom.js";
import { t } from "../shared/i18n.js";
import { ask, copyButton, read, refresh } from "../shared/page.js";
import { snippets } from "./snippets.js";

let models = [];
let chosen = 0;
let trial = null;

// MARK: code to copy

function drawSnippets() {
  const all = snippets(gateway, models[0] ?? "MODEL");
  const select = (at) => {
    chosen = at;
    drawSnippets();
    byID("tab" + at).focus();
  };
  byID("tabs").replaceChildren(...all.map(({ name }, at) => element("button", {
    type: "button", role: "tab", id: "tab" + at, "aria-selected": String(at === chosen), "aria-controls": "snippet",
    tabindex: at === chosen ? 0 : -1, onclick: () => select(at),
    onkeydown: (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) select((at + step + all.length) % all.length);
    },
  }, name)));
  byID("code").textContent = all[chosen].code;
  byID("snippet").setAttribute("aria-labelledby", "tab" + chosen);
}

copyButton(byID("copy"), () => byID("code").textContent);

// MARK: a request

// Yields the texts of a streamed completion as they arrive.
async function* streamed(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
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
    output.append(error.name === "AbortError" ? " " + t("stopped") : errorText(error));
  } finally {
    byID("send").disabled = false;
    byID("stop").hidden = true;
    refresh();
  }
});
byID("stop").addEventListener("click", () => trial?.abort());

export const usePart = {
  views: ["use"],
  // The list of models fails if the key is disabled or the upstream is unreachable: the page works without it.
  read: () => (models.length ? models : read("/v1/models").then(({ data }) => data.map(({ id }) => id), () => [])),
  keep: (found) => { models = found; },
  draw: () => {
    offer(byID("tryModel"), models.map((name) => [name, name]));
    drawSnippets();
  },
  clear: () => {
    trial?.abort();
    models = [];
    byID("answer").hidden = true;
    byID("message").value = t("hello");
  },
};
