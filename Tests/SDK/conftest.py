import contextlib
import shutil
import sqlite3

import pytest

from gateway import SECRETS, running_gateway, running_upstream, verify


@pytest.fixture(scope="session")
def upstream_port(tmp_path_factory):
    with running_upstream(tmp_path_factory.mktemp("upstream")) as port:
        yield port


@pytest.fixture(scope="session")
def gateway(tmp_path_factory, upstream_port):
    """One gateway for all tests; its ledger is verified at the end."""
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


@pytest.fixture(scope="module")
def browser():
    """A browser for the tests of a module. Not for the session, because Playwright's event loop disturbs other tests."""
    pytest.importorskip("playwright")
    if shutil.which("chromium") is None:
        pytest.skip("chromium is not installed")
    from browser import running_browser
    with running_browser() as browser:
        yield browser


@pytest.fixture(scope="session", autouse=True)
def nothing_written_holds_a_secret(tmp_path_factory):
    """At the end: no log of any process and no line of any audit log contains a secret that was used."""
    yield
    secrets = [secret for secret in SECRETS if len(secret) >= 19]
    for path in tmp_path_factory.getbasetemp().rglob("*.log"):
        text = path.read_text(errors="replace")
        assert not [secret for secret in secrets if secret in text], path
    for path in tmp_path_factory.getbasetemp().rglob("*.sqlite"):
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            if database.execute("SELECT 1 FROM sqlite_master WHERE name = 'audit'").fetchone():
                text = "\n".join(map(repr, database.execute("SELECT * FROM audit")))
                assert not [secret for secret in secrets if secret in text], path
