import pytest

from gateway import running_gateway, running_upstream, verify


@pytest.fixture(scope="session")
def upstream_port(tmp_path_factory):
    with running_upstream(tmp_path_factory.mktemp("upstream")) as port:
        yield port


@pytest.fixture(scope="session")
def gateway(tmp_path_factory, upstream_port):
    """One gateway for all tests; when they are done its ledger must hold."""
    folder = tmp_path_factory.mktemp("gateway")
    with running_gateway(folder, upstream_port) as gateway:
        yield gateway
    result = verify(folder)
    assert result.returncode == 0, result.stdout


@pytest.fixture(scope="session")
def account(gateway):
    return gateway.account(deposit=1_000_000)[1]


@pytest.fixture()
def client_key(gateway, account):
    return gateway.client_key(account)["key"]
