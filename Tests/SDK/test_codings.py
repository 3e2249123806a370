"""Coded bodies that are larger than they look: memory stays within the limit of a body."""

import concurrent.futures
import pathlib
import re
import zlib

import brotli
import pytest
import zstandard

import cases
from scripted_upstream import scripted_gateway

MEBIBYTE = 1 << 20
LIMIT = 4 * MEBIBYTE
# What a request may take beside its decoded body: windows of the decoders, buffers, and what the allocator keeps.
CONSTANT = 32 * MEBIBYTE
BODY = b'{"model": "demo-chat", "max_tokens": 16, "messages": [{"role": "user", "content": "Hello!"}]}'


def coded(coding, size, window_log=23):
    """A coded body that decodes to `size` bytes: a request and white space, made piece by piece. The window of zstd is
    8 MiB, the largest that RFC 9659 allows."""
    encoder = {
        "gzip": lambda: zlib.compressobj(9, wbits=31),
        "deflate": lambda: zlib.compressobj(9),
        "zstd": lambda: zstandard.ZstdCompressor(
            compression_params=zstandard.ZstdCompressionParameters(window_log=window_log)).compressobj(),
        "br": lambda: brotli.Compressor(quality=5, lgwin=24),
    }[coding]()
    feed, end = (encoder.process, encoder.finish) if coding == "br" else (encoder.compress, encoder.flush)
    blank = b" " * MEBIBYTE
    return b"".join([feed(BODY), *(feed(blank) for _ in range(size // MEBIBYTE)), end()])


def peak(process):
    """The largest resident memory that a process has had, in bytes."""
    return int(re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{process.pid}/status").read_text())[1]) * 1024


def send(gateway, key, coding, body):
    return cases.send_bytes(gateway, key, "/v1/chat/completions", body, {"content-encoding": coding})


@pytest.fixture()
def bench(tmp_path):
    limits = {"TOLLGATE_LIMITS_REQUEST_BODY": str(LIMIT), "TOLLGATE_LIMITS_ANSWER_BODY": str(LIMIT)}
    with scripted_gateway(tmp_path, **limits) as (gateway, upstream):
        key = gateway.client_key(gateway.account(deposit=1000)[1], budget=100)["key"]
        upstream.play(lambda request: {"json": {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}})
        for coding in ["gzip", "deflate", "zstd", "br"]:
            assert send(gateway, key, coding, coded(coding, MEBIBYTE)).status == 200
        yield gateway, upstream, key


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd", "br"])
def test_a_bomb_of_a_gibibyte_takes_no_more_memory_than_the_limit(bench, coding):
    gateway, upstream, key = bench
    body = coded(coding, 1024 * MEBIBYTE)
    assert len(body) < LIMIT
    before, sent = peak(gateway.process), len(upstream.requests)
    assert send(gateway, key, coding, body).status == 413
    assert peak(gateway.process) - before < LIMIT + CONSTANT and len(upstream.requests) == sent


def test_bombs_at_the_same_time_take_the_limit_each(bench):
    gateway, _, key = bench
    body = coded("zstd", 256 * MEBIBYTE)
    before = peak(gateway.process)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        statuses = set(pool.map(lambda _: send(gateway, key, "zstd", body).status, range(16)))
    assert statuses == {413} and peak(gateway.process) - before < 16 * LIMIT + CONSTANT


def test_a_window_of_zstd_that_is_larger_than_allowed_is_refused(bench):
    gateway, _, key = bench
    assert send(gateway, key, "zstd", coded("zstd", MEBIBYTE, window_log=27)).status == 400


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_an_answer_that_decodes_to_a_gibibyte_takes_no_more_memory_than_the_limit(bench, coding):
    gateway, upstream, key = bench
    upstream.play([{"body": coded(coding, 1024 * MEBIBYTE), "content_type": "application/json",
                    "headers": {"content-encoding": coding}}])
    before = peak(gateway.process)
    assert send(gateway, key, "identity", BODY).status == 502
    assert peak(gateway.process) - before < LIMIT + CONSTANT
