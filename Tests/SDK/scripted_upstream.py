"""An upstream that answers attempt by attempt as a script says, and keeps every request that it gets.

An attempt is a dictionary; all of its members are optional:

  status        status of the response; 200 if absent
  headers       further header fields
  json          body: one JSON value
  events        body: a stream of events; an event is a JSON value, or a text that is sent as it is (`[DONE]`)
  named         true: each event has an `event:` line with its `type`
  raw           body: a text, or `{"gzip_members": [texts]}`: each text in a gzip member of its own
  body          body: bytes
  content_type  media type of the response, if it is not that of the body; null sends none
  coding        gzip, zstd, br, deflate or raw-deflate (deflate without the frame that its definition asks for)
  labelled      false: `content-encoding` does not name the coding
  cut           number of bytes of the coded body that are sent
  writes        sizes of the writes to the connection in bytes; the last one is repeated
  then          `silence`: nothing more comes, the connection stays open; `break`: the connection is closed in mid-response
"""

import asyncio
import contextlib
import gzip
import json
import threading
import zlib

import brotli
import zstandard

from gateway import running_gateway, verify

ENCODERS = {
    "gzip": lambda body: gzip.compress(body, mtime=0),
    "deflate": zlib.compress,
    "raw-deflate": lambda body: zlib.compress(body)[2:-4],
    "br": brotli.compress,
    "zstd": lambda body: zstandard.ZstdCompressor().compress(body),
    "identity": lambda body: body,
}
UNSCRIPTED = {"status": 500, "json": {"error": {"message": "more attempts than the script has", "type": "server_error"}}}


def as_stream(events, named=False):
    """The bytes of a stream of events."""
    lines = []
    for event in events:
        if named and isinstance(event, dict):
            lines.append(f"event: {event['type']}\n")
        lines.append(f"data: {event if isinstance(event, str) else json.dumps(event)}\n\n")
    return "".join(lines).encode()


def body_of(attempt):
    """The bytes of a response's body before coding, and their media type."""
    if "events" in attempt:
        return as_stream(attempt["events"], attempt.get("named", False)), "text/event-stream"
    if "body" in attempt:
        return attempt["body"], "application/octet-stream"
    if "raw" in attempt:
        raw = attempt["raw"]
        if isinstance(raw, str):
            return raw.encode(), "text/plain"
        return b"".join(ENCODERS["gzip"](text.encode()) for text in raw["gzip_members"]), "text/plain"
    return json.dumps(attempt.get("json", {})).encode(), "application/json"


class ReceivedRequest:
    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body

    def json(self):
        return json.loads(self.body)


class ScriptedUpstream:
    """Serves scripts on a thread of its own; used as a context manager."""

    def __init__(self):
        self.requests = []
        self.script = []
        # While it is clear, requests are received but not answered.
        self.gate = threading.Event()
        self.gate.set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_):
        self.gate.set()
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def play(self, script):
        """Starts a script and forgets earlier requests. A script is a list of attempts in their order, or a function
        from a request to an attempt."""
        self.requests, self.script = [], script

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(30)

    async def _end(self):
        self._server.close()
        connections = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _serve(self, reader, writer):
        try:
            while (request := await self._receive(reader)) is not None:
                attempt = self._attempt(request)
                self.requests.append(request)
                while not self.gate.is_set():
                    await asyncio.sleep(0.01)
                await self._answer(writer, attempt)
                if attempt.get("then") == "silence":
                    await reader.read()
                if "then" in attempt:
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _attempt(self, request):
        if callable(self.script):
            return self.script(request)
        return self.script[len(self.requests)] if len(self.requests) < len(self.script) else UNSCRIPTED

    @staticmethod
    async def _receive(reader):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")[:-2]
        method, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = b""
        if "chunked" in headers.get("transfer-encoding", ""):
            while size := int((await reader.readline()).split(b";")[0], 16):
                body += await reader.readexactly(size)
                await reader.readline()
            await reader.readline()
        else:
            body = await reader.readexactly(int(headers.get("content-length", 0)))
        return ReceivedRequest(method, target, headers, body)

    @staticmethod
    async def _answer(writer, attempt):
        body, media_type = body_of(attempt)
        headers = dict(attempt.get("headers", {}))
        if (media_type := attempt.get("content_type", media_type)) is not None:
            headers["content-type"] = media_type
        if coding := attempt.get("coding"):
            body = ENCODERS[coding](body)
            if attempt.get("labelled", True):
                headers["content-encoding"] = coding.removeprefix("raw-")
        body = body[:attempt.get("cut")]
        headers["transfer-encoding"] = "chunked"
        head = f"HTTP/1.1 {attempt.get('status', 200)} Scripted\r\n"
        writer.write((head + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n").encode())
        sizes, place = list(attempt.get("writes", [65536])), 0
        while place < len(body):
            part = body[place:place + (sizes.pop(0) if len(sizes) > 1 else sizes[0])]
            place += len(part)
            writer.write(b"%x\r\n%s\r\n" % (len(part), part))
            await writer.drain()
            if place < len(body):
                # Lets the gateway read each part by itself.
                await asyncio.sleep(0)
        if "then" not in attempt:
            writer.write(b"0\r\n\r\n")
        await writer.drain()


@contextlib.contextmanager
def scripted_gateway(folder, card=None, **settings):
    """A gateway in front of a scripted upstream, by a rate card in YAML or the built-in one. Its ledger is verified at the end."""
    if card:
        (folder / "card.yaml").write_text(card)
        settings["TOLLGATE_PRICES"] = str(folder / "card.yaml")
    with ScriptedUpstream() as upstream:
        with running_gateway(folder, upstream.port, **settings) as gateway:
            yield gateway, upstream
        result = verify(folder)
        assert result.returncode == 0, result.stdout
