"""Price changes by file, call and signal: they apply from a time on and never change rows."""

import datetime
import json
import os
import signal
import subprocess
import time

import openai
import pytest

from gateway import ADMIN_KEY, call, running_gateway, verify

CARD = "models: {{demo-chat: {{input: {0}, output: {0}, context: 1000, max_output: 100}}}}"
HELLO = [{"role": "user", "content": "Hello!"}]


def cost(gateway, account, key):
    body = {"model": "demo-chat", "messages": HELLO, "max_tokens": 5}
    assert call("POST", gateway.url + "/v1/chat/completions", key, body)[0] == 200
    return gateway.json("GET", "/usage-logs?limit=1", account)["data"][0]["cost_usdc"]


def adopt(gateway, card, query="", expect=200):
    status, _, text = call("POST", gateway.url + "/admin/prices" + query, ADMIN_KEY, raw=card.encode())
    assert status == expect, text
    return json.loads(text)


def test_prices_set_by_a_call_apply_from_then_on_and_after_a_restart(tmp_path, upstream_port):
    with running_gateway(tmp_path, upstream_port) as gateway:
        _, account = gateway.account()
        key = gateway.client_key(account)["key"]
        shipped = cost(gateway, account, key)
        answer = adopt(gateway, CARD.format(1000))
        assert answer["models"] == 1 and cost(gateway, account, key) > 100 * shipped
        rows = gateway.json("GET", "/usage-logs", account)["data"]
        assert rows[1]["cost_usdc"] == shipped
        listed = gateway.json("GET", "/admin/prices", ADMIN_KEY)
        assert listed["version"] == answer["version"] and listed["models"][0]["input"] == 1000
        # A model that only the previous rate card had has no price any more.
        assert call("POST", gateway.url + "/v1/embeddings", key, {"model": "demo-embedding", "input": "x"})[0] == 404
    with running_gateway(tmp_path, upstream_port) as gateway:
        assert gateway.json("GET", "/admin/prices", ADMIN_KEY)["version"] == answer["version"]
        # The gateway's own rate card has not changed since it was recorded, so it is not activated again.
        assert gateway.json("POST", "/admin/prices", ADMIN_KEY)["changed"] is False
    assert verify(tmp_path).returncode == 0


def test_prices_with_a_later_effective_time(gateway_of_its_own):
    gateway, account, key = gateway_of_its_own
    before = cost(gateway, account, key)
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=6)
    text = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    adopt(gateway, CARD.format(1000), f"?effectiveFrom={text}")
    assert cost(gateway, account, key) == before
    assert gateway.json("GET", "/admin/prices", ADMIN_KEY)["upcoming"][0]["effectiveFrom"] == text
    deadline = time.time() + 20
    while cost(gateway, account, key) == before:
        assert time.time() < deadline
        time.sleep(0.2)
    assert cost(gateway, account, key) > 100 * before
    assert gateway.json("GET", "/admin/prices", ADMIN_KEY)["upcoming"] == []


@pytest.fixture()
def gateway_of_its_own(tmp_path, upstream_port):
    with running_gateway(tmp_path, upstream_port) as gateway:
        _, account = gateway.account()
        yield gateway, account, gateway.client_key(account)["key"]


@pytest.mark.parametrize("card, query, words", [
    ("models: {m: {input: 1}}", "", "'output' is missing"), ("{", "", "YAML"), ("models: []", "", "models"),
    (CARD.format(1), "?effectiveFrom=tomorrow", "effectiveFrom"), ("", "?effectiveFrom=2030-01-01T00:00:00Z", "body"),
])
def test_an_invalid_rate_card_changes_nothing(gateway, card, query, words):
    version = gateway.json("GET", "/admin/prices", ADMIN_KEY)["version"]
    assert words in adopt(gateway, card, query, expect=400)["error"]
    assert gateway.json("GET", "/admin/prices", ADMIN_KEY)["version"] == version


def test_sighup_reloads_the_rate_card_file(tmp_path, upstream_port):
    card = tmp_path / "card.yaml"
    card.write_text(CARD.format(1))
    with running_gateway(tmp_path, upstream_port, TOLLGATE_PRICES=str(card)) as gateway:
        def version():
            return gateway.json("GET", "/admin/prices", ADMIN_KEY)["version"]
        first = version()
        card.write_text("models: {")
        gateway.process.send_signal(signal.SIGHUP)
        time.sleep(0.3)
        assert version() == first and "cannot be reloaded" in (tmp_path / "gateway.log").read_text()
        card.write_text(CARD.format(2))
        gateway.process.send_signal(signal.SIGHUP)
        deadline = time.time() + 10
        while version() == first:
            assert time.time() < deadline
            time.sleep(0.05)


def test_a_litellm_price_list_is_converted_to_a_rate_card(tmp_path):
    listed = {
        "sample_spec": {"mode": "one of: chat, embedding", "input_cost_per_token": 0},
        "tiered": {
            "litellm_provider": "p", "mode": "chat", "input_cost_per_token": 1.25e-06, "output_cost_per_token": 1e-05,
            "input_cost_per_token_above_200k_tokens": 2.5e-06, "output_cost_per_token_above_200k_tokens": 1.5e-05,
            "cache_read_input_token_cost": 1.25e-07, "input_cost_per_audio_token": 7e-06,
            "max_input_tokens": 1000000, "max_output_tokens": 64000},
        "picture": {"litellm_provider": "q", "mode": "image_generation", "output_cost_per_image": 0.04},
        "free of limits": {"litellm_provider": "q", "mode": "chat", "input_cost_per_token": 1e-6,
                           "output_cost_per_token": 1e-6},
        "speaks": {"litellm_provider": "q", "mode": "audio_speech", "input_cost_per_character": 1.5e-05},
        "hears": {"litellm_provider": "q", "mode": "audio_transcription", "input_cost_per_second": 0.0001,
                  "output_cost_per_second": 0.0001},
        "moves": {"litellm_provider": "q", "mode": "video_generation"},
        "served": {
            "litellm_provider": "q", "mode": "responses", "input_cost_per_token": 2e-06, "output_cost_per_token": 8e-06,
            "input_cost_per_token_priority": 3.5e-06, "output_cost_per_token_priority": 1.4e-05,
            "input_cost_per_token_flex": 1e-06, "output_cost_per_token_flex": 4e-06,
            "input_cost_per_token_batches": 1e-06, "output_cost_per_token_batches": 4e-06,
            "output_cost_per_image_token": 3e-05, "input_cost_per_image_token": 8e-06,
            "search_context_cost_per_query": {"search_context_size_low": 0.01, "search_context_size_high": 0.03},
            "provider_specific_entry": {"us": 1.1, "fast": 6}, "input_cost_per_pixel": 1e-9,
            "max_input_tokens": 1000, "max_output_tokens": 100},
    }
    source, card = tmp_path / "list.json", tmp_path / "card.yaml"
    source.write_text(json.dumps(listed))
    run = subprocess.run(
        [os.environ["TOLLGATE_BIN"], "prices", "import", str(source), "--output", str(card)],
        capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    for line in ["imported: 5 models", "1 models: no token limits", "1 models: mode is not served: video_generation",
                 "price not supported by rate cards: input_cost_per_pixel of 1 models"]:
        assert line in run.stderr
    assert card.read_text().splitlines()[1:] == [
        '  "hears": { input: 0, output: 0, audio_time: 0.0001, context: 65536, max_output: 65536 }',
        '  "picture": { input: 0, output: 0, per_image: 0.04, context: 65536, max_output: 65536 }',
        '  "served": { input: 2, output: 8, input_image: 8, output_image: 30, web_search: 0.03, service_tiers: {'
        ' flex: { input: 1, output: 4 }, priority: { input: 3.5, output: 14 }, batch: { input: 1, output: 4 } },'
        ' residency: 1.1, fast: 6, context: 1100, max_output: 100 }',
        '  "speaks": { input: 0, output: 0, characters: 15, context: 65536, max_output: 65536 }',
        '  "tiered": { input: 1.25, output: 10, cache_read: 0.125, input_audio: 7, tiers: [{ above: 200000, input: 2.5,'
        ' output: 15, cache_read: 0.125, input_audio: 7 }], context: 1064000, max_output: 64000 }']
    assert prices("check", str(card)).stdout.startswith(f"{card}: 5 models")
    shown = prices("show", "tiered", "--prices", str(card)).stdout
    assert "Above 200000 input tokens, the whole request has these rates" in shown and "input_audio" in shown
    shown = prices("show", "served", "--prices", str(card)).stdout
    for line in ["Service tier priority has rates of its own", "Fast speed: token prices x 6.", "token prices x 1.1.",
                 "uses without a limit of the request: 5"]:
        assert line in shown
    source.write_text("[]")
    run = subprocess.run([os.environ["TOLLGATE_BIN"], "prices", "import", str(source)], capture_output=True, text=True)
    assert run.returncode == 1 and "list.json" in run.stderr


def prices(*arguments, expect=0):
    run = subprocess.run([os.environ["TOLLGATE_BIN"], "prices", *arguments], capture_output=True, text=True)
    assert run.returncode == expect, run.stderr
    return run


def test_a_rate_card_file_is_checked_with_line_numbers(tmp_path):
    card = tmp_path / "card.yaml"
    card.write_text("models:\n  m: { input: 1, output: 2, context: 9 }\n  n:\n    input: 1\n    output: two\n    context: 9\n")
    error = prices("check", str(card), expect=1).stderr
    assert f"{card}:5: model 'n': field 'output' must be a decimal number of USD" in error
    card.write_text("models: {\n")
    assert "not valid YAML" in prices("check", str(card), expect=1).stderr
    assert "cannot be read" in prices("check", str(tmp_path / "none.yaml"), expect=1).stderr


@pytest.mark.parametrize("model", ["gpt-5", "gpt-image-2", "claude-sonnet-4-6", "gemini-3-pro-image-preview", "deepseek-chat"])
def test_the_built_in_card_explains_its_models(model):
    shown = prices("show", model).stdout
    assert shown.startswith(f"{model}: prices checked on 2026-") and "million tokens" in shown and "Holds:" in shown


def test_generated_images_are_charged_by_number(gateway, account):
    made = gateway.client_key(account, budget=0.05)
    client = openai.OpenAI(api_key=made["key"], base_url=gateway.url + "/v1", max_retries=0)
    images = client.images.generate(model="demo-image", prompt="A gate", n=3)
    assert len(images.data) == 3
    row = gateway.json("GET", "/usage-logs?limit=1", account)["data"][0]
    assert row["cost_usdc"] == 0.03
    with pytest.raises(openai.APIStatusError) as error:
        client.images.generate(model="demo-image", prompt="A gate", n=3)
    assert error.value.status_code == 402
    events = list(client.images.generate(model="demo-image", prompt="A gate", stream=True))
    assert [event.type for event in events] == ["image_generation.partial_image", "image_generation.completed"]
    assert gateway.json("GET", "/usage-logs?limit=1", account)["data"][0]["cost_usdc"] > 0.01


@pytest.mark.parametrize("field", [{"service_tier": "priority"}, {"speed": "fast"}])
def test_options_without_a_price_are_refused(gateway, client_key, field):
    body = {"model": "demo-chat", "messages": HELLO, **field}
    status, _, text = call("POST", gateway.url + "/v1/chat/completions", client_key, body)
    assert status == 400 and json.loads(text)["error"]["param"] == list(field)[0]
