"""Objects that the upstream stores: responses, conversations, items, files, containers. A key can name its own only."""

import http.client
import http.server
import json
import threading

import anthropic
import openai
import pytest

from gateway import ADMIN_KEY, running_gateway


class Upstream:
    """An upstream that stores responses, and that records the requests that it got."""

    def __init__(self):
        self.requests = []
        self.count = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.requests.append((self.command, self.path, dict(self.headers), json.loads(body)))
                outer.answer_post(self, json.loads(body))

            def do_GET(self):
                outer.requests.append((self.command, self.path, dict(self.headers), None))
                if self.path.startswith("/v1/models"):
                    return outer.send(self, {"data": [{"id": "demo-messages"}, {"id": "demo-chat"}]})
                outer.send(self, {"id": self.path.split("/")[3].split("?")[0], "object": "response", "output": []})

            do_DELETE = do_GET

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer_post(self, handler, body):
        self.count += 1
        if "violate" in json.dumps(body):
            error = {"error": {"message": "flagged", "type": "invalid_request_error", "code": "cyber_policy_violation"}}
            return self.send(handler, error, 400)
        if "/messages" in handler.path:
            usage = {"input_tokens": 5, "output_tokens": 5}
            return self.send(handler, {
                "id": f"msg_{self.count}", "type": "message", "role": "assistant", "model": body["model"], "usage": usage,
                "content": [{"type": "text", "text": "hi"}], "stop_reason": "end_turn",
                "container": {"id": f"container_{self.count}", "expires_at": "2027-01-01T00:00:00Z"}})
        usage = {"input_tokens": 5, "output_tokens": 5, "total_tokens": 10}
        response = {
            "id": f"resp_{self.count}", "object": "response", "created_at": 1, "model": body["model"], "usage": usage,
            "status": "completed", "conversation": {"id": f"conv_{self.count}"}, "tools": body.get("tools", []),
            "parallel_tool_calls": True, "tool_choice": "auto",
            "output": [{"id": f"msg_{self.count}", "type": "message", "role": "assistant", "status": "completed",
                        "content": [{"type": "output_text", "text": "hi", "annotations": []}]}]}
        if handler.path.endswith("/compact"):
            response["object"] = "response.compaction"
        if not body.get("stream"):
            return self.send(handler, response)
        events = [{"type": "response.created", "sequence_number": 0,
                   "response": {**response, "status": "in_progress", "output": [], "usage": None}},
                  {"type": "response.completed", "sequence_number": 1, "response": response}]
        text = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
        self.send(handler, text, content_type="text/event-stream")

    @staticmethod
    def send(handler, body, status=200, content_type="application/json"):
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        handler.send_response(status)
        handler.send_header("content-type", content_type)
        handler.send_header("content-length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)


@pytest.fixture(scope="module")
def upstream():
    return Upstream()


@pytest.fixture(scope="module")
def stored(tmp_path_factory, upstream):
    """A gateway in front of the storing upstream."""
    with running_gateway(tmp_path_factory.mktemp("stored"), upstream.server.server_port) as gateway:
        yield gateway


@pytest.fixture()
def account(stored):
    return stored.account()


@pytest.fixture()
def keys(stored, account):
    """Two keys of one account."""
    return [stored.client_key(account[1], budget=1)["key"] for _ in range(2)]


def sdk(gateway, key, path="/v1"):
    return openai.OpenAI(api_key=key, base_url=gateway.url + path, max_retries=0)


def test_a_response_can_be_continued_read_and_deleted_by_its_key_only(stored, keys):
    own, other = sdk(stored, keys[0]), sdk(stored, keys[1])
    first = own.responses.create(model="demo-chat", input="Hello!")
    # At once: the record of the identifier need not be durable yet.
    second = own.responses.create(model="demo-chat", input="More", previous_response_id=first.id)
    assert own.responses.retrieve(second.id).id == second.id
    own.responses.input_items.list(second.id)
    for attempt in [
        lambda: other.responses.create(model="demo-chat", input="More", previous_response_id=first.id),
        lambda: other.responses.retrieve(first.id), lambda: other.responses.delete(first.id),
        lambda: other.responses.input_items.list(first.id), lambda: own.responses.retrieve("resp_unknown"),
        lambda: other.responses.compact(model="demo-chat", previous_response_id=first.id),
        lambda: other.responses.input_tokens.count(model="demo-chat", previous_response_id=first.id),
        lambda: other.responses.create(model="demo-chat", input="x", conversation=f"conv_{first.id[5:]}"),
        lambda: other.responses.create(
            model="demo-chat", input=[{"type": "item_reference", "id": first.output[0].id}]),
    ]:
        with pytest.raises(openai.NotFoundError) as refusal:
            attempt()
        assert refusal.value.code == "not_found" and refusal.value.param
    own.responses.create(model="demo-chat", input=[{"type": "item_reference", "id": first.output[0].id}])
    own.responses.create(model="demo-chat", input="x", conversation=first.conversation.id)
    own.responses.delete(first.id)


def test_identifiers_of_streams_can_be_named_before_the_stream_ends(stored, keys):
    own = sdk(stored, keys[0], "/openai/v1")
    events = []
    for event in own.responses.create(model="demo-chat", input="Hello!", stream=True):
        events.append(event)
        if event.type == "response.created":
            own.responses.create(model="demo-chat", input="x", previous_response_id=event.response.id)
    assert events[-1].type == "response.completed"


def test_what_a_request_forges_is_not_given(stored, keys):
    """A response repeats the request's tools: identifiers in them are not the upstream's."""
    victim = sdk(stored, keys[0]).responses.create(model="demo-chat", input="Hello!")
    thief = sdk(stored, keys[1])
    tool = {"type": "function", "name": "f", "parameters": {"id": victim.id, "container_id": victim.id}}
    thief.responses.create(model="demo-chat", input="x", tools=[tool], metadata={"id": victim.id})
    with pytest.raises(openai.NotFoundError):
        thief.responses.retrieve(victim.id)


@pytest.mark.parametrize("part", [
    {"type": "input_file", "file_id": "file-1"}, {"type": "input_image", "file_id": "file-1", "detail": "auto"},
])
def test_files_that_were_not_given_do_not_exist(stored, keys, part):
    with pytest.raises(openai.NotFoundError) as refusal:
        sdk(stored, keys[0]).responses.create(model="demo-chat", input=[{"role": "user", "content": [part]}])
    assert refusal.value.param == "file_id"


def test_a_container_is_its_keys(stored, keys):
    own, other = [anthropic.Anthropic(api_key=key, base_url=stored.url, max_retries=0) for key in keys]
    tools = [{"type": "custom", "name": "f", "input_schema": {"type": "object"}}]
    hello = [{"role": "user", "content": "Hello!"}]
    answer = own.messages.create(model="demo-messages", max_tokens=9, messages=hello, tools=tools)
    container = answer.to_dict()["container"]["id"]
    extra = {"container": container}
    own.messages.create(model="demo-messages", max_tokens=9, messages=hello, extra_body=extra)
    with pytest.raises(anthropic.NotFoundError) as refusal:
        other.messages.create(model="demo-messages", max_tokens=9, messages=hello, extra_body=extra)
    assert refusal.value.body["error"]["type"] == "not_found_error"


def test_a_rotated_key_keeps_what_it_was_given(stored, account):
    key = stored.client_key(account[1], budget=1)
    response = sdk(stored, key["key"]).responses.create(model="demo-chat", input="Hello!")
    rotated = stored.json("POST", f"/sub-keys/{key['id']}/rotate", account[1], {})
    assert sdk(stored, rotated["key"]).responses.retrieve(response.id).id == response.id


def test_reading_a_stored_response_costs_nothing_and_is_logged(stored, keys):
    own = sdk(stored, keys[0])
    response = own.responses.create(model="demo-chat", input="Hello!")
    spent = stored.json("GET", "/sub-key/balance", keys[0])["spent"]
    own.responses.retrieve(response.id)
    assert stored.json("GET", "/sub-key/balance", keys[0])["spent"] == spent
    rows = stored.json("GET", "/sub-key/usage-logs", keys[0])["data"]
    assert len(rows) == 2 and rows[0]["model"] == "demo-chat" and float(rows[0]["cost_usdc"]) == 0


def test_identifiers_are_known_after_a_restart(tmp_path, upstream):
    with running_gateway(tmp_path, upstream.server.server_port) as gateway:
        _, account = gateway.account()
        key = gateway.client_key(account, budget=1)["key"]
        response = sdk(gateway, key).responses.create(model="demo-chat", input="Hello!")
    with running_gateway(tmp_path, upstream.server.server_port) as gateway:
        assert sdk(gateway, key).responses.retrieve(response.id).id == response.id


def test_a_compaction_is_metered(stored, keys):
    compacted = sdk(stored, keys[0]).responses.compact(model="demo-chat", input="Hello!")
    assert compacted.object == "response.compaction"
    row = stored.json("GET", "/sub-key/usage-logs", keys[0])["data"][0]
    assert (row["input_tokens"], row["output_tokens"]) == (5, 5) and float(row["cost_usdc"]) > 0
    sdk(stored, keys[0]).responses.create(
        model="demo-chat", input=[{"role": "user", "content": "x"}, {"type": "compaction_trigger"}])


@pytest.mark.parametrize("path", ["/v1/responses", "/openai/v1/responses"])
def test_websocket_is_refused_so_that_clients_fall_back(stored, keys, path):
    connection = http.client.HTTPConnection(stored.url.removeprefix("http://"), timeout=5)
    connection.request("GET", path, headers={
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Authorization": f"Bearer {keys[0]}",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "OpenAI-Beta": "responses_websockets=2026-02-06"})
    answer = connection.getresponse()
    assert answer.status == 426 and answer.getheader("upgrade") == "HTTP/1.1"
    assert "upgrade" in answer.getheader("connection")
    assert json.loads(answer.read())["error"]["code"] == "websocket_not_supported"


# MARK: Who the end user is


def last_body(upstream):
    return upstream.requests[-1][3]


def test_the_upstream_is_told_a_name_for_each_key(stored, upstream, keys):
    names = []
    for key in [keys[0], keys[0], keys[1]]:
        sdk(stored, key).responses.create(model="demo-chat", input="Hello!", safety_identifier="someone")
        names.append(last_body(upstream)["safety_identifier"])
    assert names[0] == names[1] != names[2] and len(names[0]) == 32 and "someone" not in names
    messages = anthropic.Anthropic(api_key=keys[0], base_url=stored.url, max_retries=0).messages
    session = "01234567-89ab-cdef-0123-456789abcdef"
    for own, expected in [
        ({}, names[0]), ({"metadata": {"user_id": "someone"}}, names[0]),
        ({"metadata": {"user_id": f"user_x_account_y_session_{session}"}},
         f"user_{names[0]}_account__session_{session}"),
    ]:
        messages.create(model="demo-messages", max_tokens=9, messages=[{"role": "user", "content": "x"}], **own)
        assert last_body(upstream)["metadata"] == {"user_id": expected}


def test_the_operator_can_leave_the_clients_own_name(tmp_path, upstream):
    with running_gateway(tmp_path, upstream.server.server_port, TOLLGATE_UPSTREAM_OPENAI_END_USER="client") as gateway:
        _, account = gateway.account()
        own = sdk(gateway, gateway.client_key(account, budget=1)["key"])
        own.responses.create(model="demo-chat", input="Hello!", safety_identifier="someone")
        assert last_body(upstream)["safety_identifier"] == "someone"
        own.responses.create(model="demo-chat", input="Hello!")
        assert "safety_identifier" not in last_body(upstream)


def test_a_violation_of_policies_puts_the_key_on_hold_if_the_reseller_wants_it(stored, account):
    key = stored.client_key(account[1], budget=1)
    own = sdk(stored, key["key"])
    assert stored.json("GET", "/request-rules", account[1]) == {"onPolicyError": "none"}
    for rule, error in [("none", None), ("hold", "key_disabled")]:
        assert stored.json("PATCH", "/request-rules", account[1], {"onPolicyError": rule})["onPolicyError"] == rule
        with pytest.raises(openai.BadRequestError) as refusal:
            own.responses.create(model="demo-chat", input="violate")
        assert refusal.value.code == "cyber_policy_violation"
        if error is None:
            own.responses.create(model="demo-chat", input="Hello!")
            continue
        with pytest.raises(openai.PermissionDeniedError) as refusal:
            for _ in range(100):
                own.responses.create(model="demo-chat", input="Hello!")
        assert refusal.value.code == error
    line = stored.json("GET", "/admin/audit", ADMIN_KEY)["data"][0]
    assert line["action"] == "hold key" and line["target"] == key["id"]
    held = [(one["kind"], one["id"]) for one in stored.json("GET", "/alerts", account[1])["active"]]
    assert held == [("keyHeld", key["id"])]
    # The reseller lifts it.
    stored.json("PUT", f"/sub-keys/{key['id']}", account[1], {"isEnabled": True})
    own.responses.create(model="demo-chat", input="Hello!")
    assert stored.json("GET", "/alerts", account[1])["active"] == []


# MARK: Models


def test_lists_of_models_have_pages(stored, keys):
    client = anthropic.Anthropic(api_key=keys[0], base_url=stored.url, max_retries=0)
    page = client.models.list(limit=1)
    assert [model.id for model in page.data] == ["demo-messages"] and page.has_more
    assert page.first_id == page.last_id == "demo-messages" and page.data[0].display_name == "demo-messages"
    assert page.data[0].created_at.year == 1970
    assert [model.id for model in client.models.list(limit=1)] == ["demo-messages", "demo-chat"]
    with pytest.raises(anthropic.BadRequestError):
        client.models.list(limit=0)
    assert {model.owned_by for model in sdk(stored, keys[0]).models.list()} == {"system"}
