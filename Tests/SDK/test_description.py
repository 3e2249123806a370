"""The description in openapi.yaml against a live gateway: whatever is sent, the answer is one that is described."""

import itertools

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, settings
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import positive_data_acceptance

from gateway import ADMIN_KEY, call, running_gateway

# Right fields may still be refused for what they say: a moment in the past, more money than there is.
EXCLUDED = [positive_data_acceptance]


def closed(node):
    """Says of every object that is answered that it has no fields but those described."""
    if isinstance(node, list):
        return [closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {name: closed(item) for name, item in node.items()}
    if node.get("type") == "object" and isinstance(node.get("properties"), dict):
        node.setdefault("additionalProperties", False)
    return node


@pytest.fixture(scope="module")
def described(tmp_path_factory, upstream_port):
    """A gateway of its own: prices may be changed. With it keys of each kind, and things that calls can name."""
    with running_gateway(tmp_path_factory.mktemp("described"), upstream_port) as gateway:
        account_id, account = gateway.account(deposit=1_000_000)
        management = gateway.management_key(account)
        client = gateway.client_key(account, budget=100)
        hello = {"model": "demo-chat", "messages": [{"role": "user", "content": "Hello!"}]}
        for _ in range(3):
            assert call("POST", gateway.url + "/v1/chat/completions", client["key"], hello)[0] == 200
        gateway.keys = {"adminKey": ADMIN_KEY, "accountKey": account, "managementKey": management, "clientKey": client["key"]}
        request = gateway.json("GET", "/usage-logs", account)["data"][0]["request_id"]
        gateway.make = {
            "/usage-logs/{id}": lambda: request, "/admin/requests/{id}": lambda: request,
            "/sub-keys/{id}": lambda: gateway.client_key(account, budget=0.001)["id"],
            "/sub-keys/{id}/rotate": lambda: gateway.client_key(account, budget=0.001)["id"],
            "/v1/account/keys/{id}": lambda: gateway.client_key(account, budget=0.001)["id"],
            "/v1/account/keys/{id}/rotate": lambda: gateway.client_key(account, budget=0.001)["id"],
            "/v1/api-keys/{id}": lambda: gateway.client_key(account, budget=0.001)["id"],
            "/vouchers/{id}": lambda: gateway.json("POST", "/vouchers", account, {"budgetVirtual": 0.001})["vouchers"][0]["id"],
            "/management-keys/{id}": lambda: gateway.json("POST", "/management-keys", account, {})["id"],
            "/admin/accounts/{id}": lambda: account_id,
            "/admin/accounts/{id}/deposits": lambda: account_id,
            "/admin/accounts/{id}/rotate-key": lambda: gateway.account(deposit=0)[0],
            "/admin/deposits/{id}": lambda: gateway.json(
                "POST", f"/admin/accounts/{account_id}/deposits", ADMIN_KEY, {"amount": 1, "status": "PENDING"})["id"],
        }
        gateway.turn = itertools.count()
        gateway.key_of = {}
        yield gateway


@pytest.fixture(scope="module")
def description(described):
    document = yaml.safe_load(call("GET", described.url + "/openapi.yaml")[2])
    document["components"]["schemas"] = closed(document["components"]["schemas"])
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            operation["responses"] = closed(operation["responses"])
            # Keys are given by this test: who may call what is tested elsewhere.
            names = [name for kinds in operation.pop("security", []) for name in kinds]
            described.key_of[method.upper(), path] = described.keys.get(names[0]) if names else None
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=described.url)
    return schema


schema = schemathesis.pytest.from_fixture("description").exclude(tag="Inference")


@schema.parametrize()
@settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_described(case, described):
    # Every second call names something that is there.
    operation = case.operation
    path = case.meta.components.get(ParameterLocation.PATH)
    if operation.path in described.make and path and path.mode.is_positive and next(described.turn) % 2:
        case.path_parameters["id"] = described.make[operation.path]()
    key = described.key_of[operation.method.upper(), operation.path]
    case.call_and_validate(headers={"Authorization": f"Bearer {key}"} if key else {}, excluded_checks=EXCLUDED)
