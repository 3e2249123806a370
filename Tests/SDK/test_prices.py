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
        "speaks": {"litellm_provider": "q", "mode": "audio_speech"},
    }
    source, card = tmp_path / "list.json", tmp_path / "card.yaml"
    source.write_text(json.dumps(listed))
    run = subprocess.run(
        [os.environ["TOLLGATE_BIN"], "prices", "import", str(source), "--output", str(card)],
        capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    for line in ["imported: 2 models", "1 models: no token limits", "1 models: mode is not served: audio_speech",
                 "input_cost_per_audio_token of 1 models"]:
        assert line in run.stderr
    assert card.read_text().splitlines()[1:] == [
        '  "picture": { input: 0, output: 0, per_image: 0.04, context: 65536, max_output: 65536 }',
        '  "tiered": { input: 1.25, output: 10, cache_read: 0.125, tiers: [{ above: 200000, input: 2.5, output: 15,'
        ' cache_read: 0.125 }], context: 1064000, max_output: 64000 }']
    checked = subprocess.run(
        [os.environ["TOLLGATE_BIN"], "prices", "check", "tiered", "--prices", str(card)], capture_output=True, text=True)
    assert checked.returncode == 0 and "Above 200000 input tokens" in checked.stdout
    source.write_text("[]")
    run = subprocess.run([os.environ["TOLLGATE_BIN"], "prices", "import", str(source)], capture_output=True, text=True)
    assert run.returncode == 1 and "list.json" in run.stderr


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
