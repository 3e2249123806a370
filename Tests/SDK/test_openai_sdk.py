"""The official OpenAI SDK against the gateway."""

import openai
import pytest

HELLO = [{"role": "user", "content": "Hello!"}]


@pytest.fixture(params=["/openai/v1", "/v1"])
def client(request, gateway, client_key):
    return openai.OpenAI(api_key=client_key, base_url=gateway.url + request.param, max_retries=0)


def test_chat(client):
    answer = client.chat.completions.create(model="demo-chat", messages=HELLO)
    assert answer.choices[0].message.content.startswith("tolls are counted")
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


def test_chat_stream_without_usage_shows_none(client):
    chunks = list(client.chat.completions.create(model="demo-chat", messages=HELLO, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks).startswith("tolls are counted")
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert all(chunk.usage is None for chunk in chunks)
    assert all("usage" not in chunk.model_fields_set for chunk in chunks)


def test_chat_stream_with_usage_shows_it(client):
    chunks = list(
        client.chat.completions.create(
            model="demo-chat", messages=HELLO, stream=True, stream_options={"include_usage": True}))
    assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens > 0


def test_legacy_completions(client):
    answer = client.completions.create(model="demo-chat", prompt="Hello", max_tokens=5)
    assert len(answer.choices[0].text.split()) == 5


def test_responses(client):
    answer = client.responses.create(model="demo-chat", input="Hello!")
    assert answer.output_text.startswith("tolls are counted") and answer.usage.output_tokens > 0


def test_responses_stream(client):
    events = list(client.responses.create(model="demo-chat", input="Hello!", stream=True))
    assert events[-1].type == "response.completed" and events[-1].response.usage.output_tokens > 0
    assert "".join(e.delta for e in events if e.type == "response.output_text.delta").startswith("tolls")


def test_embeddings(client):
    answer = client.embeddings.create(model="demo-embedding", input=["a", "b"], encoding_format="float")
    assert len(answer.data) == 2 and answer.usage.prompt_tokens > 0


def test_moderations(client):
    assert client.moderations.create(input="Hello").results[0].flagged is False


def test_models_are_those_with_a_price(client):
    names = {model.id for model in client.models.list()}
    assert "demo-chat" in names and "demo-unpriced" not in names


def test_a_model_can_be_retrieved(client):
    model = client.models.retrieve("demo-chat")
    assert model.id == "demo-chat" and model.object == "model" and model.owned_by == "demo"
    assert "pricing" not in model.model_fields_set


@pytest.mark.parametrize("name", ["demo-unpriced", "no-such-model", "org/no-such-model"])
def test_a_model_that_is_not_listed_cannot_be_retrieved(client, name):
    with pytest.raises(openai.NotFoundError) as refusal:
        client.models.retrieve(name)
    assert refusal.value.code == "model_not_found"


def test_a_model_whose_name_has_a_slash_can_be_retrieved(client):
    assert client.models.retrieve("demo-org/chat").id == "demo-org/chat"


def test_headers_name_the_request_and_the_limit(client):
    answer = client.chat.completions.with_raw_response.create(model="demo-chat", messages=HELLO)
    assert answer.headers["x-request-id"].startswith("req_")
    assert answer.headers["x-ratelimit-limit-requests"] == "1000"
    assert int(answer.headers["x-ratelimit-remaining-requests"]) < 1000
    assert answer.headers["x-ratelimit-reset-requests"].endswith("ms")


def test_wrong_key(gateway):
    client = openai.OpenAI(api_key="sk-tg-wrong", base_url=gateway.url + "/v1", max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(model="demo-chat", messages=HELLO)


def test_spent_budget_is_a_402_that_is_not_retried(gateway, account):
    key = gateway.client_key(account, budget=0.000001)["key"]
    client = openai.OpenAI(api_key=key, base_url=gateway.url + "/v1", max_retries=5)
    with pytest.raises(openai.APIStatusError) as refusal:
        client.chat.completions.create(model="demo-chat", messages=HELLO)
    assert refusal.value.status_code == 402 and refusal.value.code == "insufficient_quota"


def test_rate_limit(gateway, account):
    key = gateway.client_key(account, rpmLimit=2)["key"]
    client = openai.OpenAI(api_key=key, base_url=gateway.url + "/v1", max_retries=0)
    for _ in range(2):
        client.chat.completions.create(model="demo-chat", messages=HELLO)
    with pytest.raises(openai.RateLimitError) as refusal:
        client.chat.completions.create(model="demo-chat", messages=HELLO)
    assert 0 < int(refusal.value.response.headers["retry-after"]) <= 60


def test_model_without_price(client):
    with pytest.raises(openai.NotFoundError) as refusal:
        client.chat.completions.create(model="demo-unpriced", messages=HELLO)
    assert refusal.value.code == "model_not_found" and refusal.value.param == "model"


def test_bad_request_names_the_field(client):
    with pytest.raises(openai.BadRequestError) as refusal:
        client.chat.completions.create(model="demo-chat", messages=HELLO, max_tokens=-1)
    assert refusal.value.param == "max_tokens"


@pytest.mark.parametrize("status, kind", [
    (400, openai.BadRequestError), (429, openai.RateLimitError), (500, openai.InternalServerError),
])
def test_upstream_errors_keep_their_type(client, status, kind):
    with pytest.raises(kind) as refusal:
        client.chat.completions.create(model=f"demo-chat@status={status}", messages=HELLO)
    assert "org-demo" not in str(refusal.value) and "sk-demo" not in str(refusal.value)


@pytest.mark.parametrize("status", [401, 402, 403])
def test_errors_of_the_upstream_account_are_not_client_errors(client, status):
    with pytest.raises(openai.InternalServerError) as refusal:
        client.chat.completions.create(model=f"demo-chat@status={status}", messages=HELLO)
    assert refusal.value.status_code == 503


def test_a_broken_stream_is_an_error(client):
    with pytest.raises(openai.APIError):
        list(client.chat.completions.create(model="demo-chat@cut=3", messages=HELLO, stream=True))
