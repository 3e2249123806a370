"""README.md, docs/ and ARCHITECTURE.md: commands run as printed against a live gateway; links, paths and names exist."""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

from gateway import ADMIN_KEY, SECRETS, UPSTREAM_KEY, environment, free_port, running_gateway

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# A small price list in LiteLLM's format, under the name that the documentation uses.
PRICE_LIST = {"gpt-5-mini": {
    "litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 2.5e-07, "output_cost_per_token": 2e-06,
    "max_input_tokens": 272000, "max_output_tokens": 128000}}


class Shell:
    """One shell in which the blocks of a page run, with the placeholders of the page replaced."""

    def __init__(self, folder, variables, placeholders):
        self.placeholders = placeholders
        (folder / ".curlrc").write_text("fail-with-body\nsilent\nshow-error\n")
        (folder / "model_prices_and_context_window.json").write_text(json.dumps(PRICE_LIST))
        path = f"{pathlib.Path(os.environ['TOLLGATE_BIN']).parent}:{os.environ['PATH']}"
        self.process = subprocess.Popen(
            ["bash"], cwd=folder, env={"PATH": path, "CURL_HOME": str(folder), **variables}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def replaced(self, text):
        for placeholder, value in self.placeholders.items():
            text = text.replace(placeholder, value)
        return text

    def run(self, block):
        """Runs each command of a block; every one must succeed. Returns what they print."""
        output = ""
        for command in re.sub(r"\\\n\s*", " ", block).splitlines():
            if command.strip() and not command.startswith("#"):
                output += self.command(self.replaced(command))
        return output

    def command(self, command):
        self.process.stdin.write(f"{command}\necho \"ended: $?\"\n")
        self.process.stdin.flush()
        output = ""
        while not (ended := re.search(r"ended: (\d+)\n$", output)):
            line = self.process.stdout.readline()
            assert line, f"{command}: {output}"
            output += line
        assert ended[1] == "0", f"{command}: {output}"
        SECRETS.update(re.findall(r"sk-tg\w?-\w{43}", output))
        return output

    def learn(self, placeholder, pattern, output):
        self.placeholders[placeholder] = re.search(pattern, output)[0]

    def close(self):
        self.process.stdin.write("kill $(jobs -p) 2>/dev/null; wait\n")
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()


def blocks(page, language):
    return [text for name, text in BLOCK.findall(page.read_text()) if name == language]


def test_the_first_gateway_of_the_readme_works_as_printed(tmp_path, upstream_port):
    port = free_port()
    upstream = f"http://127.0.0.1:{upstream_port}/v1"
    gateway = f"http://127.0.0.1:{port}"
    shell = Shell(tmp_path, {
        "TOLLGATE_LISTEN": f"127.0.0.1:{port}", "TOLLGATE_URL": gateway, "TOLLGATE_UPSTREAM_ANTHROPIC": upstream,
    }, {"https://api.openai.com/v1": upstream, "=sk-...": f"={UPSTREAM_KEY}", "http://localhost:8080": gateway,
        "https://gateway.example": gateway})
    try:
        start, use = blocks(ROOT / "README.md", "sh")
        shell.run(start)
        shell.command(f"curl --retry 50 --retry-connrefused --retry-delay 1 {gateway}/readyz && echo")
        shell.command("echo \"key: $TOLLGATE_ADMIN_KEY\" > admin")
        SECRETS.add((tmp_path / "admin").read_text().split()[1])
        account, deposit, export, key, request = use.split("\n", 4)
        created = shell.run(account)
        shell.learn("ACCOUNT_ID", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", created)
        shell.learn("sk-tga-...", r"sk-tga-\w{43}", created)
        assert "COMPLETED" in shell.run(deposit)
        shell.learn("sk-tg-...", r"sk-tg-\w{43}", shell.run(export + "\n" + key))
        assert '"chat.completion"' in shell.run(request)
        for snippet in blocks(ROOT / "README.md", "python"):
            ran = subprocess.run([sys.executable, "-c", shell.replaced(snippet)], capture_output=True, text=True)
            assert ran.returncode == 0, ran.stderr
        assert shell.run("tollgate logs").count("\n") == 5
    finally:
        shell.close()


@pytest.mark.parametrize("page", [page for page in PAGES[1:] if blocks(page, "sh")], ids=lambda page: page.name)
def test_the_commands_of_a_page_work_as_printed(page, tmp_path, upstream_port):
    card = tmp_path / "card.yaml"
    card.write_text("models:\n  gpt-5-mini: { input: 1, output: 1, context: 9000 }\n"
                    "  claude-sonnet-4-6: { input: 1, output: 1, context: 9000 }\n"
                    "  gemini-2.5-flash: { input: 1, output: 1, context: 9000 }\n")
    with running_gateway(tmp_path, upstream_port, TOLLGATE_PRICES=str(card)) as gateway:
        account, key = gateway.account()
        client = gateway.client_key(key)
        shell = Shell(tmp_path, {
            "TOLLGATE_URL": gateway.url, "TOLLGATE_ADMIN_KEY": ADMIN_KEY, "TOLLGATE_ACCOUNT_KEY": key,
            "TOLLGATE_DATABASE": f"sqlite:{tmp_path}/tollgate.sqlite",
        }, {"http://localhost:8080": gateway.url, "ACCOUNT_ID": account, "KEY_ID": client["id"],
            "sk-tga-...": key, "sk-tgm-...": gateway.management_key(key), "sk-tg-...": client["key"]})
        try:
            for block in blocks(page, "sh"):
                shell.run(block)
        finally:
            shell.close()


@pytest.mark.parametrize("page", [*PAGES, ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", ROOT / "deploy/README.md"],
                         ids=lambda page: page.name)
def test_links_and_paths_of_a_page_exist(page):
    text = page.read_text()
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (page.parent / target).exists(), target
    for path in re.findall(r"`((?:Sources|Tests|Public|Migrations|Benchmarks|docs|deploy)/[\w./+-]*)`", text):
        assert (ROOT / path).exists(), path
    for anchor in re.findall(r"\]\(../ARCHITECTURE.md#([^)]*)\)", text):
        headings = re.findall(r"^#+ (.*)$", (ROOT / "ARCHITECTURE.md").read_text(), re.MULTILINE)
        assert anchor in [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings], anchor


def test_the_architecture_names_only_types_and_members_that_exist():
    code = "".join(file.read_text() for folder in ["Sources", "Tests", "Public", "Migrations"]
                   for file in (ROOT / folder).rglob("*.swift"))
    declared = set(re.findall(r"\b(?:struct|class|enum|actor|protocol|func|var|let|case) (\w+)", code))
    declared |= set(re.findall(r'name: "(\w+)"', (ROOT / "Package.swift").read_text()))
    for text in re.findall(r"`([^`]+)`", (ROOT / "ARCHITECTURE.md").read_text()):
        named = re.fullmatch(r"(?:[\w/]+/)?([A-Z][a-z]\w+)(?:\+\w+)?(?:\.(\w+))?", text)
        if named and not (ROOT / text).exists():
            assert declared.issuperset(filter(None, named.groups())), text


def test_targets_import_only_from_floors_below():
    table = re.findall(r"^\| (\d) \| (.*?) \|", (ROOT / "ARCHITECTURE.md").read_text(), re.MULTILINE)
    floors = {name: int(floor) for floor, names in table for name in re.findall(r"`(\w+)`", names)}
    package = (ROOT / "Package.swift").read_text()
    targets = re.findall(r'arget\(\s*name: "(\w+)"(?:,\s*dependencies: \[(.*?)\])?', package, re.DOTALL)
    beside = {"COpenSSL", "CZlib", "CBrotli", "CZstd", "DemoUpstream"}
    for target, dependencies in targets:
        if target in floors:
            for dependency in set(re.findall(r'"(\w+)"', dependencies)) - beside:
                assert floors[dependency] < floors[target], f"{target} imports {dependency}"
    assert {name for name, _ in targets if not name.endswith("Tests")} - floors.keys() == {"DemoUpstream", "TestSupport"}


def type_lengths():
    """Lines of each type with its extensions, by module and name."""
    lengths = collections.Counter()
    start = re.compile(
        r"(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|private|fileprivate|final|indirect)\s+)*"
        r"(?:class|struct|enum|actor|extension|protocol)\s+([\w.]+)")
    for path in ROOT.glob("Sources/**/*.swift"):
        name = None
        for line in path.read_text().splitlines():
            if name is None and (match := start.match(line)):
                name = path.relative_to(ROOT).parts[1], match[1]
            if name is not None:
                lengths[name] += 1
                if line == "}" or (line.endswith("}") and not line.startswith(" ")):
                    name = None
    return lengths


def test_files_and_types_stay_small():
    """Swift files have at most 300 lines, a type with its extensions at most 450."""
    files = {str(path.relative_to(ROOT)): len(path.read_text().splitlines())
             for folder in ["Sources", "Tests", "Benchmarks", "Migrations", "Public"]
             for path in ROOT.glob(f"{folder}/**/*.swift")}
    assert len(files) > 200
    assert {path: length for path, length in files.items() if length > 300} == {}
    lengths = type_lengths()
    assert lengths["Proxy", "Exchange"] > 100
    assert {name: length for name, length in lengths.items() if length > 450} == {}
