// @ts-check
// Code that uses the key, ready to copy. It names an environment variable, not the key: copied code is passed on.
/**
 * @param {string} gateway Address of the gateway.
 * @param {string} model
 */
export const snippets = (gateway, model) => [
  { name: "curl", code: `curl ${gateway}/v1/chat/completions \\
  -H "Authorization: Bearer $TOLLGATE_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "${model}", "messages": [{"role": "user", "content": "Hello!"}]}'` },
  { name: "Python, OpenAI", code: `import os
from openai import OpenAI

client = OpenAI(api_key=os.environ["TOLLGATE_KEY"], base_url="${gateway}/openai/v1")
answer = client.chat.completions.create(
    model="${model}", messages=[{"role": "user", "content": "Hello!"}])
print(answer.choices[0].message.content)` },
  { name: "Python, Anthropic", code: `import os
from anthropic import Anthropic

client = Anthropic(api_key=os.environ["TOLLGATE_KEY"], base_url="${gateway}/anthropic")
answer = client.messages.create(
    model="${model}", max_tokens=512, messages=[{"role": "user", "content": "Hello!"}])
print(answer.content[0].text)` },
  { name: "Claude Code", code: `export ANTHROPIC_BASE_URL=${gateway}/anthropic
export ANTHROPIC_AUTH_TOKEN=$TOLLGATE_KEY
claude` },
  { name: "Cursor, Cline", code: `API provider:  OpenAI compatible
Base URL:      ${gateway}/openai/v1
API key:       your key
Model:         ${model}` },
];
