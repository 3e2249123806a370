"""Usage logs: pages, filters, cursors and tables, for accounts and for clients."""

import concurrent.futures
import csv
import datetime
import io
import json

import pytest

from gateway import call

MODELS = ["demo-chat", "demo-embedding", "demo-chat", "demo-embedding", "demo-chat", "demo-chat", "demo-embedding"]
READERS = ["account", "client"]


@pytest.fixture(scope="module")
def used(gateway):
    """An account with two client keys; one has made the requests above, the other one."""
    _, account = gateway.account(deposit=100)
    made = gateway.client_key(account, budget=10, displayMultiplier=2)
    other = gateway.client_key(account, budget=10)
    for model in MODELS:
        path, body = (("/v1/embeddings", {"input": "x"}) if "embedding" in model else
                      ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hello!"}]}))
        assert call("POST", gateway.url + path, made["key"], {"model": model, **body})[0] == 200
    assert call("POST", gateway.url + "/v1/embeddings", other["key"], {"model": "demo-embedding", "input": "x"})[0] == 200
    return account, made


def reader(used, name):
    account, made = used
    return (account, f"/usage-logs?subKeyId={made['id']}&") if name == "account" else (made["key"], "/sub-key/usage-logs?")


def rows(gateway, used, name, query=""):
    key, path = reader(used, name)
    return gateway.json("GET", path + query, key)


@pytest.mark.parametrize("name", READERS)
def test_pages_and_cursors_show_the_same_rows(gateway, used, name):
    everything = rows(gateway, used, name)
    assert [row["model"] for row in everything["data"]] == MODELS[::-1]
    assert everything["pagination"] == {"page": 1, "limit": 20, "total": 7, "pages": 1, "next_cursor": None}
    paged = [row for page in range(1, 5) for row in rows(gateway, used, name, f"limit=2&page={page}")["data"]]
    assert paged == everything["data"]
    found, answer = [], rows(gateway, used, name, "limit=2")
    while True:
        found += answer["data"]
        cursor = answer["pagination"]["next_cursor"]
        if cursor is None:
            break
        answer = rows(gateway, used, name, f"limit=2&cursor={cursor}")
        assert set(answer["pagination"]) == {"limit", "next_cursor"}
    assert found == everything["data"]


@pytest.mark.parametrize("name", READERS)
def test_filters(gateway, used, name):
    everything = rows(gateway, used, name)["data"]
    assert [row["model"] for row in rows(gateway, used, name, "model=demo-embedding")["data"]] == ["demo-embedding"] * 3
    assert rows(gateway, used, name, "model=nobody-used-it")["data"] == []
    found, cursor = [], ""
    while cursor is not None:
        answer = rows(gateway, used, name, "model=demo-chat&limit=1" + cursor)
        found += answer["data"]
        next = answer["pagination"]["next_cursor"]
        cursor = next and f"&cursor={next}"
    assert found == [row for row in everything if row["model"] == "demo-chat"]
    one = everything[3]
    assert rows(gateway, used, name, f"request_id={one['request_id']}")["data"] == [one]
    assert rows(gateway, used, name, f"request_id=req_{'0' * 32}")["data"] == []
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    for query, count in [(f"from={now.date()}", 7), (f"from={now.date()}&to={now.date() + day}", 7), (f"to={now.date()}", 0),
                         (f"from={now.date() + day}", 0), (f"from={(now - day).strftime('%Y-%m-%dT%H:%M:%SZ')}", 7),
                         (f"from={(now - day).strftime('%Y-%m-%dT%H:%M:%S')}+01:00", 7)]:
        assert len(rows(gateway, used, name, query)["data"]) == count, query


@pytest.mark.parametrize("name", READERS)
def test_a_table_has_all_rows(gateway, used, name):
    key, path = reader(used, name)
    everything = rows(gateway, used, name)["data"]
    tables = [call("GET", gateway.url + path + "format=csv", key),
              call("GET", gateway.url + path.rstrip("&?"), key, headers={"Accept": "text/csv"})]
    for status, headers, text in tables:
        assert status == 200 and headers["Content-Type"] == "text/csv; charset=utf-8"
        assert headers["Content-Disposition"] == 'attachment; filename="usage-logs.csv"'
        lines = list(csv.DictReader(io.StringIO(text)))
        columns = {"flags", "input_audio", "web_search", "pictures", "characters"}
        for row, line in zip(everything, lines, strict=True):
            assert {column: str(value) for column, value in row.items() if not isinstance(value, (float, dict, list))}.items() <= line.items()
            assert {line.get(column) for column in columns} == ({"", "0"} if name == "account" else {None, "0"})
        assert [float(line["cost_usdc"]) for line in lines] == [row["cost_usdc"] for row in everything]
    narrow = call("GET", gateway.url + path + "format=csv&model=demo-embedding", key)[2]
    assert len(narrow.splitlines()) == 4
    assert len(call("GET", gateway.url + path + f"format=csv&request_id={everything[0]['request_id']}", key)[2].splitlines()) == 2


def test_a_table_is_streamed_over_many_rows(gateway):
    _, account = gateway.account(deposit=100)
    key = gateway.client_key(account, budget=10, rpmLimit=10000)["key"]
    ask = lambda _: call("POST", gateway.url + "/v1/embeddings", key, {"model": "demo-embedding", "input": "x"})[0]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert set(pool.map(ask, range(2100))) == {200}
    status, headers, text = call("GET", gateway.url + "/sub-key/usage-logs?format=csv", key)
    ids = [line.split(",")[0] for line in text.splitlines()[1:]]
    assert status == 200 and headers["Transfer-Encoding"] == "chunked" and len(ids) == len(set(ids)) == 2100


def test_a_client_sees_neither_cost_nor_attempts_in_a_table(gateway, used):
    account, made = used
    text = call("GET", gateway.url + "/sub-key/usage-logs?format=csv", made["key"])[2]
    real = call("GET", gateway.url + f"/usage-logs?format=csv&subKeyId={made['id']}", account)[2]
    costs = lambda table: [float(line["cost_usdc"]) for line in csv.DictReader(io.StringIO(table))]
    assert "attempts" in real.splitlines()[0] and "attempts" not in text.splitlines()[0]
    assert costs(text) == pytest.approx([2 * cost for cost in costs(real)])


@pytest.mark.parametrize("query, name", [
    ("page=1&model=x", "page"), ("page=1&cursor=1", "page"), ("format=xml", "format"), ("from=yesterday", "from"), ("to=2026-13-01", "to"),
    ("request_id=7", "request_id"), ("cursor=-", "cursor"), ("limit=101", "limit"), ("format=csv&limit=5", "limit"), ("x=1", "x"),
])
@pytest.mark.parametrize("name_of_reader", READERS)
def test_wrong_parameters(gateway, used, name_of_reader, query, name):
    key, path = reader(used, name_of_reader)
    assert f"'{name}'" in json.loads(call("GET", gateway.url + path + query, key)[2])["error"]
    assert call("GET", gateway.url + path + query, key)[0] == 400


def test_an_account_reads_its_own_rows_only(gateway, used, account):
    _, made = used
    gateway.json("GET", f"/usage-logs?subKeyId={made['id']}", account, expect=404)
    request = rows(gateway, used, "client")["data"][0]["request_id"]
    assert gateway.json("GET", f"/usage-logs?request_id={request}", account)["data"] == []
    other = gateway.client_key(account)["key"]
    assert gateway.json("GET", f"/sub-key/usage-logs?request_id={request}", other)["data"] == []
