"""Fuzzing with atheris, guided by coverage: `python -m tests.fuzz TARGET SECONDS CORPUS`. Needs the extra `long`.

What a target finds stays in the folder CORPUS, so that the next run goes on from there. A crash, a broken promise or
an input that takes longer than HANG seconds ends the run with a code that is not 0.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import atheris
import httpx2

from tests.fakes import DONE, KEY, event

HANG = 20  # seconds for one input of at most LONGEST bytes, instrumented
LONGEST = 2048
GOOD = event("修建步道") + event("五公里。[1]") + event(None) + DONE

with atheris.instrument_imports(include=["index", "rag", "openai._streaming"]):
    import langchain_openai  # noqa: F401 - its client derives from the one that answered_by replaces
    import openai

    from index import html
    from index.chunk import chunk
    from index.errors import GenerationError, WenjuError
    from index.manifest import FORMAT, NAME, read_manifest
    from index.offsets import OffsetMap
    from index.repair import repair
    from index.sentences import cut_sentences
    from index.types import Loaded, Reading
    from rag.draft import Draft
    from rag.generate import Endpoint
    from rag.settings import ModelSettings


def fuzz_repair(data: bytes) -> None:
    """Any text is mended, its map covers it, and every passage leads back to the original."""
    provided = atheris.FuzzedDataProvider(data)
    original = provided.ConsumeUnicode(LONGEST)
    document = repair(Loaded(Reading.of(original), "utf-8"), "a.txt", "/")
    assert document.original == original
    assert_tiled(document.map, len(document.text))
    for passage in chunk(document, 0, 0):
        assert document.text[passage.text_start : passage.text_end] == passage.text
        assert 0 <= passage.start <= passage.end <= len(original)


def assert_tiled(way: OffsetMap, length: int) -> None:
    """The pieces of a map follow one another up to the end."""
    at = 0
    for piece in way.pieces:
        assert piece.start == at <= piece.end
        at = piece.end
    assert at == length


def fuzz_html(data: bytes) -> None:
    """Any markup is read, and what is read leads back to the source."""
    source = data.decode("utf-8", "replace")
    html.looks_like(data)
    html.declared_charset(data)
    loaded = html.read(source, "utf-8")
    assert loaded.reading.original == source
    assert_tiled(loaded.reading.map, len(loaded.reading.text))
    assert len(loaded.lines) in (0, loaded.reading.text.count("\n") + 1)


def fuzz_sentences(data: bytes) -> None:
    """Sentences are stretches of the text, in order, none empty; nothing but blanks lies between them."""
    text = atheris.FuzzedDataProvider(data).ConsumeUnicode(LONGEST)
    at = 0
    for start, end in cut_sentences(text):
        assert at <= start < end <= len(text)
        at = end


def fuzz_events(data: bytes) -> None:
    """Whatever an endpoint sends, in whatever pieces, words come of it or one line that does not quote it."""
    size = 1 + data[0] if data else 1
    with answered_by([data[at : at + size] for at in range(1, len(data), size)]):
        try:
            words = list(Endpoint(ModelSettings("http://127.0.0.1:9/v1", "m", KEY, HANG / 2)).stream([("user", "问")]))
        except GenerationError as error:
            assert "\n" not in str(error) and KEY not in str(error) and "秒内" not in str(error)
            assert data[1:] != GOOD
            return
    assert data[1:] != GOOD or "".join(words) == "修建步道五公里。[1]"


@contextmanager
def answered_by(parts: list[bytes]) -> Iterator[None]:
    """Let the client of the language model find these parts of a body behind any address, and nothing connect."""

    class Canned(httpx2.AsyncBaseTransport, httpx2.AsyncByteStream):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            return httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=self)

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for part in parts:
                yield part

    real = openai.DefaultAsyncHttpxClient
    openai.DefaultAsyncHttpxClient = lambda **options: real(**options, transport=Canned())  # type: ignore[assignment,misc]
    try:
        yield
    finally:
        openai.DefaultAsyncHttpxClient = real  # type: ignore[misc]


def fuzz_words(data: bytes) -> None:
    """However the words of a model arrive in pieces, the sentences are the same."""
    provided = atheris.FuzzedDataProvider(data)
    cuts = [provided.ConsumeIntInRange(1, 40) for _ in range(8)]
    words = provided.ConsumeUnicodeNoSurrogates(LONGEST)
    whole = Draft()
    expected = [*whole.feed(words), *whole.close()]
    parts, at, found = Draft(), 0, []
    for size in cycle(cuts):
        if at >= len(words):
            break
        found += parts.feed(words[at : at + size])
        at += size
    assert [*found, *parts.close()] == expected


def fuzz_manifest(data: bytes) -> None:
    """Whatever stands in a manifest is refused in one line, or read."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / NAME).write_bytes(data)
        try:
            read_manifest(Path(folder))
        except WenjuError as error:
            assert "\n" not in str(error)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "repair": fuzz_repair,
    "html": fuzz_html,
    "sentences": fuzz_sentences,
    "events": fuzz_events,
    "words": fuzz_words,
    "manifest": fuzz_manifest,
}


def seeds(target: str) -> Iterator[bytes]:
    """Inputs to begin with: pages of the demo corpus, or a manifest."""
    demo = Path(__file__).parent.parent / "demo"
    if target == "manifest":
        body = {"format": FORMAT, "files": {"a.npy": {"size": 1, "sha256": "", "blocks": [1]}}, "sources": ["/"]}
        yield json.dumps({**body, "checksum": ""}).encode()
        return
    if target == "events":
        yield b"\x10" + GOOD
        yield b"\xff: ping\r\n\r\nevent: error\ndata: {}\n\n" + event("一", reasoning_content="想") + DONE
        return
    for path in sorted(demo.glob("*.html" if target == "html" else "*.txt")):
        data = path.read_bytes()
        yield data[:LONGEST]
        yield data[len(data) // 2 :][:LONGEST]


def main() -> None:
    """Run one target; libFuzzer ends the process."""
    target, seconds, corpus = sys.argv[1:4]
    Path(corpus).mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(target)):
        (Path(corpus) / f"seed-{number}").write_bytes(seed)
    found = tempfile.mkdtemp()
    options = [
        f"-max_total_time={seconds}",
        f"-timeout={HANG}",
        f"-max_len={LONGEST}",
        "-len_control=0",
        f"-artifact_prefix={found}/",
    ]
    atheris.Setup([sys.argv[0], *options, "-print_final_stats=1", corpus], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
