"""The official Google SDK against the gateway, and the forms of the Gemini protocol that it does not use."""

import json
import urllib.request

import pytest
from google import genai
from google.genai import errors, types

from gateway import SECRETS, call, running_gateway

HELLO = "Hello!"
CONTENTS = {"contents": [{"parts": [{"text": HELLO}]}]}


def sdk(url, key, base=""):
    SECRETS.add(key)
    return genai.Client(api_key=key, http_options=types.HttpOptions(base_url=url + base))


@pytest.fixture(params=["", "/gemini"])
def client(request, gateway, client_key):
    return sdk(gateway.url, client_key, request.param)


def rows(gateway, key, count):
    return gateway.json("GET", f"/sub-key/usage-logs?limit={count}", key)["data"]


def post(gateway, key, model, verb, body=None, query=""):
    return call("POST", f"{gateway.url}/v1beta/models/{model}:{verb}{query}", key, body or CONTENTS)


def test_generate(client):
    answer = client.models.generate_content(model="demo-chat", contents=HELLO)
    assert answer.text.startswith("tolls are counted") and answer.candidates[0].finish_reason == "STOP"
    assert answer.usage_metadata.candidates_token_count > 0 and answer.usage_metadata.prompt_token_count > 0


def test_generate_stream(client):
    chunks = list(client.models.generate_content_stream(model="demo-chat", contents=HELLO))
    assert "".join(chunk.text or "" for chunk in chunks).startswith("tolls are counted")
    assert len(chunks) > 5 and chunks[-1].candidates[0].finish_reason == "STOP"
    assert chunks[-1].usage_metadata.total_token_count > 0


def test_settings_of_the_output(client):
    config = types.GenerateContentConfig(max_output_tokens=3, system_instruction="Be brief.", temperature=0)
    answer = client.models.generate_content(model="demo-chat", contents=HELLO, config=config)
    assert answer.text == "tolls are counted" and answer.candidates[0].finish_reason == "MAX_TOKENS"


def test_chat_with_a_function(client):
    def weigh(cart: str) -> int:
        """Weighs a cart."""
        return 7

    chat = client.chats.create(model="demo-chat", config=types.GenerateContentConfig(tools=[weigh]))
    assert chat.send_message(HELLO).text and chat.send_message("And now?").text


def test_count_tokens(client):
    assert client.models.count_tokens(model="demo-chat", contents=HELLO * 10).total_tokens == 15


def test_embeddings(client):
    one = client.models.embed_content(model="demo-embedding", contents=HELLO)
    assert one.embeddings[0].values[1] == -0.25
    assert len(client.models.embed_content(model="demo-embedding", contents=["a", "b", "c"]).embeddings) in (1, 3)


def test_models(client):
    names = [model.name for model in client.models.list()]
    assert "models/demo-chat" in names and "models/demo-unpriced" not in names
    paged = [model.name for model in client.models.list(config={"page_size": 1})]
    assert paged == names
    assert client.models.get(model="demo-chat").name == "models/demo-chat"
    for name in ["demo-unpriced", "no-such-model"]:
        with pytest.raises(errors.ClientError) as refusal:
            client.models.get(model=name)
        assert refusal.value.code == 404 and refusal.value.status == "NOT_FOUND"


def test_a_key_sees_and_uses_its_models_only(gateway, account):
    key = gateway.client_key(account, allowedModels=["demo-chat"])["key"]
    client = sdk(gateway.url, key)
    assert [model.name for model in client.models.list()] == ["models/demo-chat"]
    with pytest.raises(errors.ClientError) as refusal:
        client.models.generate_content(model="demo-messages", contents=HELLO)
    assert refusal.value.code == 403 and refusal.value.status == "PERMISSION_DENIED"


def test_errors(gateway, account, client_key):
    # A client closes its connection when nothing refers to it any more.
    client, stranger = sdk(gateway.url, client_key), sdk(gateway.url, "sk-tg-wrong")
    with pytest.raises(errors.ClientError) as refusal:
        stranger.models.generate_content(model="demo-chat", contents=HELLO)
    assert refusal.value.code == 401 and refusal.value.status == "UNAUTHENTICATED"
    with pytest.raises(errors.ClientError) as refusal:
        client.models.generate_content(model="demo-unpriced", contents=HELLO)
    assert refusal.value.code == 404 and refusal.value.status == "NOT_FOUND"
    with pytest.raises(errors.ServerError) as refusal:
        client.models.generate_content(model="demo-chat@status=503", contents=HELLO)
    assert refusal.value.code == 503
    spent = sdk(gateway.url, gateway.client_key(account, budget=0.000001)["key"])
    with pytest.raises(errors.ClientError) as refusal:
        spent.models.generate_content(model="demo-chat", contents=HELLO)
    assert refusal.value.code == 402 and refusal.value.status == "FAILED_PRECONDITION"
    assert refusal.value.details["error"]["details"][0]["reason"] == "INSUFFICIENT_QUOTA"
    limited = sdk(gateway.url, gateway.client_key(account, rpmLimit=1)["key"])
    limited.models.generate_content(model="demo-chat", contents=HELLO)
    with pytest.raises(errors.ClientError) as refusal:
        limited.models.generate_content(model="demo-chat", contents=HELLO)
    assert refusal.value.code == 429 and refusal.value.status == "RESOURCE_EXHAUSTED"


def test_an_error_inside_a_stream_is_an_exception(client):
    with pytest.raises(errors.APIError) as refusal:
        list(client.models.generate_content_stream(model="demo-chat@error-in-stream", contents=HELLO))
    assert refusal.value.code == 503


def test_every_request_is_a_row(gateway, account):
    key = gateway.client_key(account)["key"]
    client = sdk(gateway.url, key)
    answer = client.models.generate_content(model="demo-chat@usage=100", contents="x" * 400)
    list(client.models.generate_content_stream(model="demo-chat@usage=200", contents="x" * 800))
    client.models.count_tokens(model="demo-chat", contents=HELLO)
    client.models.embed_content(model="demo-embedding", contents="x" * 4000)
    embedded, counted, streamed, plain = rows(gateway, key, 4)
    assert answer.usage_metadata.prompt_token_count == plain["input_tokens"] == 100
    assert (plain["output_tokens"], streamed["input_tokens"], streamed["output_tokens"]) == (100, 200, 200)
    # 0.50 USD and 1.50 USD per million tokens.
    assert round(plain["cost_usdc"], 9) == 0.0002 and round(streamed["cost_usdc"], 9) == 0.0004
    assert counted["cost_usdc"] == 0
    # Embeddings report no usage here: four bytes of the body count as one token.
    assert embedded["input_tokens"] >= 1000 and embedded["cost_usdc"] > 0


@pytest.mark.parametrize("query", ["?alt=sse", ""])
def test_a_stream_is_cut_at_the_budget(gateway, account, query):
    key = gateway.client_key(account, budget=0.0004)["key"]
    status, headers, text = post(
        gateway, key, "demo-chat@chunks=2000&usage=2000&no-usage", "streamGenerateContent",
        {**CONTENTS, "generationConfig": {"maxOutputTokens": 20}}, query)
    assert status == 200, text
    chunks = json.loads(text) if not query else [json.loads(line[6:]) for line in text.splitlines() if line[:6] == "data: "]
    assert chunks[-1]["candidates"][0]["finishReason"] == "MAX_TOKENS" and len(chunks) < 2000
    assert chunks[-1]["usageMetadata"]["candidatesTokenCount"] > 0
    [row] = rows(gateway, key, 1)
    assert 0 < row["cost_usdc"] <= 0.0004


@pytest.mark.parametrize("split", ["", "&split=1", "&split=7"])
def test_a_stream_without_events_is_one_array(gateway, account, split):
    key = gateway.client_key(account)["key"]
    status, headers, text = post(gateway, key, f"demo-chat@usage=30{split}", "streamGenerateContent")
    assert status == 200 and headers["content-type"] == "application/json"
    chunks = json.loads(text)
    assert "".join(chunk["candidates"][0]["content"]["parts"][0]["text"] for chunk in chunks).startswith("tolls are counted")
    [row] = rows(gateway, key, 1)
    assert row["output_tokens"] == 30


def test_elements_arrive_as_they_are_sent(gateway, client_key):
    request = urllib.request.Request(
        f"{gateway.url}/v1beta/models/demo-chat@slow=50&chunks=8:streamGenerateContent", json.dumps(CONTENTS).encode(),
        {"Content-Type": "application/json", "X-Goog-Api-Key": client_key})
    with urllib.request.urlopen(request, timeout=30) as answer:
        pieces = []
        while piece := answer.read1(1 << 16):
            pieces.append(piece)
    assert len(pieces) >= 5 and len(json.loads(b"".join(pieces))) == 8


@pytest.mark.parametrize("switch", ["error-in-stream", "cut=3"])
def test_an_array_that_breaks_off_ends_with_an_error(gateway, client_key, switch):
    status, _, text = post(gateway, client_key, f"demo-chat@slow=20&{switch}", "streamGenerateContent")
    chunks = json.loads(text)
    assert status == 200 and len(chunks) == 4 and chunks[-1]["error"]["status"] == "UNAVAILABLE"


def test_a_silent_array_is_kept_open_by_white_space(tmp_path, upstream_port):
    with running_gateway(tmp_path, upstream_port, TOLLGATE_TIMEOUTS_PING="0.3") as gateway:
        key = gateway.client_key(gateway.account()[1])["key"]
        status, _, text = post(gateway, key, "demo-chat@slow=1200&chunks=2", "streamGenerateContent")
        assert status == 200 and len(json.loads(text)) == 2 and "\n\n" in text.replace("\r", "")
        client = sdk(gateway.url, key)
        chunks = list(client.models.generate_content_stream(
            model="demo-chat@slow=1200", contents=HELLO, config=types.GenerateContentConfig(max_output_tokens=2)))
        assert len(chunks) >= 2


def test_the_key_may_stand_in_the_query_of_this_protocol_only(gateway, client_key):
    url = f"{gateway.url}/v1beta/models/demo-chat:generateContent"
    assert call("POST", f"{url}?key={client_key}", None, CONTENTS)[0] == 200
    assert call("POST", url, client_key, CONTENTS)[0] == 200
    assert call("POST", url, None, CONTENTS, headers={"x-api-key": client_key})[0] == 200
    assert call("POST", url, None, CONTENTS)[0] == 401
    assert call("GET", f"{gateway.url}/v1beta/models?key={client_key}")[0] == 200
    for path in ["/sub-key/balance", "/v1/models", "/openai/v1/models"]:
        assert call("GET", f"{gateway.url}{path}?key={client_key}")[0] == 401
        if path == "/sub-key/balance":
            assert call("GET", gateway.url + path, headers={"x-goog-api-key": client_key})[0] == 401


@pytest.mark.parametrize("body", [
    {**CONTENTS, "cachedContent": "cachedContents/abc"},
    {"contents": [{"parts": [{"fileData": {"fileUri": "files/abc"}}]}]},
])
def test_what_the_upstream_stores_belongs_to_no_key(gateway, client_key, body):
    for verb in ["generateContent", "streamGenerateContent", "countTokens"]:
        status, _, text = post(gateway, client_key, "demo-chat", verb, body)
        assert status == 404 and json.loads(text)["error"]["status"] == "NOT_FOUND"


@pytest.mark.parametrize("path, status", [
    ("/v1beta/tunedModels/demo-chat:generateContent", 404),
    ("/v1beta/models/demo-chat:predict", 405),
    ("/v1beta/models/tunedModels/demo-chat:generateContent", 400),
    ("/v1beta/models/demo-chat:generateContent:countTokens", 400),
    ("/v1beta/cachedContents", 404),
])
def test_other_paths_are_refused(gateway, client_key, path, status):
    answer, _, text = call("POST", gateway.url + path, client_key, CONTENTS)
    assert answer == status and json.loads(text)["error"]["code"] == status


@pytest.mark.parametrize("body", [
    {"contents": [], "generationConfig": {"maxOutputTokens": 0}},
    {"contents": [], "generationConfig": {}, "generation_config": {}},
    {"generationConfig": {}},
])
def test_a_wrong_field_is_named(gateway, client_key, body):
    status, _, text = post(gateway, client_key, "demo-chat", "generateContent", body)
    error = json.loads(text)["error"]
    assert status == 400 and error["status"] == "INVALID_ARGUMENT"
    assert error["details"][-1]["fieldViolations"][0]["field"]
