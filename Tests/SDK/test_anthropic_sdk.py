"""The official Anthropic SDK against the gateway."""

import anthropic
import pytest

HELLO = [{"role": "user", "content": "Hello!"}]


@pytest.fixture(params=["/proxy", "/anthropic", ""])
def client(request, gateway, client_key):
    return anthropic.Anthropic(api_key=client_key, base_url=gateway.url + request.param, max_retries=0)


def test_messages(client):
    answer = client.messages.create(model="demo-messages", max_tokens=64, messages=HELLO)
    assert answer.content[0].text.startswith("tolls are counted") and answer.stop_reason == "end_turn"
    assert answer.usage.output_tokens > 0


def test_messages_stream(client):
    with client.messages.stream(model="demo-messages", max_tokens=64, messages=HELLO) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text.startswith("tolls are counted") and final.usage.output_tokens > 0


def test_bearer_token_is_accepted(gateway, client_key):
    client = anthropic.Anthropic(auth_token=client_key, base_url=gateway.url, max_retries=0)
    assert client.messages.create(model="demo-messages", max_tokens=8, messages=HELLO).content


def test_count_tokens(client):
    assert client.messages.count_tokens(model="demo-messages", messages=HELLO).input_tokens > 0


def test_models(gateway, client_key):
    client = anthropic.Anthropic(api_key=client_key, base_url=gateway.url, max_retries=0)
    names = {model.id for model in client.models.list()}
    assert "demo-messages" in names and "demo-unpriced" not in names


@pytest.mark.parametrize("path", ["/proxy", "/anthropic", ""])
def test_a_model_can_be_retrieved(gateway, client_key, path):
    client = anthropic.Anthropic(api_key=client_key, base_url=gateway.url + path, max_retries=0)
    model = client.models.retrieve("demo-messages")
    assert model.id == "demo-messages" and model.type == "model" and model.display_name == "demo-messages"
    assert client.models.retrieve("demo-org/chat").id == "demo-org/chat"
    for name in ["demo-unpriced", "no-such-model"]:
        with pytest.raises(anthropic.NotFoundError) as refusal:
            client.models.retrieve(name)
        assert refusal.value.body["error"]["type"] == "not_found_error"


def test_cache_writes_are_charged_by_their_lifetime(gateway, account):
    key = gateway.client_key(account)["key"]
    client = anthropic.Anthropic(api_key=key, base_url=gateway.url, max_retries=0)
    long_text = "x" * 4000
    for ttl in ["5m", "1h"]:
        client.messages.create(
            model="demo-messages", max_tokens=1, messages=HELLO,
            system=[{"type": "text", "text": long_text, "cache_control": {"type": "ephemeral", "ttl": ttl}}])
    one_hour, five_minutes = gateway.json("GET", "/usage-logs?limit=2", account)["data"]
    assert one_hour["cache_write_tokens"] == five_minutes["cache_write_tokens"] == 1000
    # 1,000 tokens at 6.00 and at 3.75 USD per million; the rest is the same.
    assert round(one_hour["cost_usdc"] - five_minutes["cost_usdc"], 9) == 0.00225


def test_headers(client):
    answer = client.messages.with_raw_response.create(model="demo-messages", max_tokens=8, messages=HELLO)
    assert answer.headers["request-id"].startswith("req_")
    assert answer.headers["anthropic-ratelimit-requests-limit"] == "1000"
    assert answer.headers["anthropic-ratelimit-requests-reset"].endswith("Z")


def test_wrong_key(gateway):
    client = anthropic.Anthropic(api_key="sk-tg-wrong", base_url=gateway.url, max_retries=0)
    with pytest.raises(anthropic.AuthenticationError):
        client.messages.create(model="demo-messages", max_tokens=8, messages=HELLO)


def test_spent_budget(gateway, account):
    key = gateway.client_key(account, budget=0.000001)["key"]
    client = anthropic.Anthropic(api_key=key, base_url=gateway.url, max_retries=5)
    with pytest.raises(anthropic.APIStatusError) as refusal:
        client.messages.create(model="demo-messages", max_tokens=8, messages=HELLO)
    assert refusal.value.status_code == 402
    assert refusal.value.body["error"]["type"] == "billing_error"


def test_rate_limit(gateway, account):
    key = gateway.client_key(account, rpmLimit=1)["key"]
    client = anthropic.Anthropic(api_key=key, base_url=gateway.url, max_retries=0)
    client.messages.create(model="demo-messages", max_tokens=8, messages=HELLO)
    with pytest.raises(anthropic.RateLimitError) as refusal:
        client.messages.create(model="demo-messages", max_tokens=8, messages=HELLO)
    assert 0 < int(refusal.value.response.headers["retry-after"]) <= 60


def test_model_without_price(client):
    with pytest.raises(anthropic.NotFoundError):
        client.messages.create(model="demo-unpriced", max_tokens=8, messages=HELLO)


def test_an_overloaded_upstream_keeps_its_status(client):
    with pytest.raises(anthropic.APIStatusError) as refusal:
        client.messages.create(model="demo-messages@status=529", max_tokens=8, messages=HELLO)
    assert refusal.value.status_code == 529


def test_an_error_inside_a_stream_is_an_exception(client):
    with pytest.raises(anthropic.APIStatusError):
        with client.messages.stream(model="demo-messages@error-in-stream", max_tokens=64, messages=HELLO) as stream:
            stream.get_final_message()
