"""150 hostile texts through every door of the page, in a real headless Chromium: nothing runs, nothing is asked for
elsewhere, and nothing stands on the page that our own drawing does not know."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

from eval.from_feedback import candidates
from rag.assemble import build_index
from rag.history import History
from rag.settings import Settings
from rag.untrusted import ATTRIBUTES, OWN_LINKS, TAGS
from tests.fakes import DONE, ScriptedModel, event, head, send
from tests.hostile_markup import PAYLOADS
from tests.page.browser import ask, open_tab, outside, serving, wait

pytestmark = [pytest.mark.browser, pytest.mark.slow]
QUESTION = "第七村2024年修路多少公里"
FACT = "第七村2024年修路7公里。"
_EVIDENCE = re.compile(r"^\[(\d+)\] (.*?)（出自：", re.M)


class HostileModel(ScriptedModel):
    """A fake that puts every hostile text before, behind and between the words of its evidence."""

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        self.requests.append(body)
        n, words = _EVIDENCE.findall(self.prompt())[0]
        hostile = PAYLOADS if QUESTION in self.prompt() else []
        said = [f"{words[:-1]}{payload}。[{n}]" for payload in hostile]
        said += [f"{payload}\n{words[:4]}{payload}{words[4:]}[{n}]" for payload in hostile[::10]]
        head(handler)
        send(handler, *[event(f"{line}\n") for line in said], event(f"{words}[{n}]"), event(None), DONE)
        handler.close_connection = True


def hostile_run() -> dict[str, Any]:
    """A run of the judge in which every word is hostile."""
    sets = {}
    for start in range(0, len(PAYLOADS), 50):
        cases = {
            payload: {"passed": False, "question": payload, "expected": payload, "got": payload, "why": [payload]}
            for payload in PAYLOADS[start : start + 50]
        }
        sets[PAYLOADS[start]] = {"figures": {"answer_hit": 0.5}, "cases": cases, "worse": list(cases)[:20]}
    return {"time": PAYLOADS[0], "processor": PAYLOADS[1], "model": PAYLOADS[2], "sets": sets}


def hostile_answer(hostile: str, refused: bool) -> dict[str, Any]:
    """An Answer in which every word of a document, a model or a reader is hostile."""
    cited = {"document_id": 0, "document": hostile, "source": hostile, "title": hostile, "date": hostile}
    cited |= {"place": hostile, "heading": [hostile, hostile], "page": hostile, "start": 0, "end": 3}
    cited |= {"text": hostile, "quote": hostile, "bold": [0, 4]}
    conflict = {"subject": hostile, "values": [{"value": hostile, "date": hostile, "n": 1}]}
    return {
        "question": hostile,
        "standalone_question": f"{hostile}？",
        "answer": hostile,
        "refused": refused,
        "sentences": [{"text": hostile, "marks": [1]}, {"text": hostile, "marks": []}],
        "citations": [] if refused else [{"n": 1, **cited}],
        "nearest": [{"years": [], "why": hostile, **cited}] if refused else [],
        "conflicts": [conflict],
        "missing": [hostile],
        "degraded": hostile,
        "as_of": hostile,
    }


@pytest.fixture(scope="module")
def hostile_index(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An index over one true document and one with a hostile name, title and text for each of the 150."""
    pages = tmp_path_factory.mktemp("hostile")
    for number, payload in enumerate(PAYLOADS):
        name = "".join(c for c in payload if c not in "/\x00" and not "\ud800" <= c <= "\udfff")[:40]
        text = f"标题 {payload}\n\n第{number}号村2024年的计划是{payload}修路{number}公里。\n"
        (pages / f"{number}{name}.txt").write_text(text, "utf-8", "replace")
    (pages / "第七村.txt").write_text(f"第七村2024年工作计划\n\n{FACT}\n", "utf-8")
    mine = replace(settings, index=tmp_path_factory.mktemp("hostile-index"))
    build_index([pages], mine)
    return mine


@pytest.fixture(scope="module")
def hostile_address(hostile_index: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page over these documents, with a hostile model that writes and the runs of a hostile judge."""
    folder = tmp_path_factory.mktemp("hostile-folder")
    (folder / ".data" / "eval" / "runs").mkdir(parents=True)
    (folder / ".data" / "eval" / "runs" / "1.json").write_text(json.dumps(hostile_run()), "utf-8")
    with HostileModel() as model:
        told = {"WENJU_LLM_BASE_URL": model.base_url, "WENJU_LLM_MODEL": "scripted", "WENJU_LLM_API_KEY": "k"}
        with serving(hostile_index.index, hostile_index, folder=folder, **told) as (address, _):
            yield address


@pytest.fixture
def driver(hostile_address: str, shared: webdriver.Chrome) -> webdriver.Chrome:
    """The page, opened by somebody who was never here; what was asked for before is forgotten."""
    shared.set_script_timeout(60)
    shared.get(hostile_address)
    shared.delete_all_cookies()
    shared.get(hostile_address)
    wait(shared, ".welcome")
    outside(shared, hostile_address)
    return shared


def assert_nothing_ran(driver: webdriver.Chrome, address: str) -> None:
    """Touch everything that is drawn, and look for what must not be there."""
    found = driver.execute_async_script(TOUCH_AND_LOOK, sorted(TAGS), {k: sorted(v) for k, v in ATTRIBUTES.items()})
    assert found["nodes"] > 20
    assert found["unknown"] == []
    assert [link for link in found["links"] if not link.startswith(OWN_LINKS) or link.startswith(("//", "/\\"))] == []
    assert found["ran"] is None
    assert found["foreign"] == []
    events = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    assert [each for each in events if each["method"] == "Page.javascriptDialogOpening"] == []
    asked = [each["params"]["request"]["url"] for each in events if each["method"] == "Network.requestWillBeSent"]
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


OURS = ".turn, .welcome, .past, #source .frame, .note, table, .viewer, .run h3, .run p, .run details"
TOUCH_AND_LOOK = f"""
const [tags, attributes, done] = arguments;
const known = (node, name) =>
  /^(data|aria)-/.test(name) || attributes["*"].includes(name) || (attributes[node.localName] ?? []).includes(name);
const foreign = "iframe, object, embed, portal, base:not([href='./']), body form, [src*=evil]";
const nodes = [...document.querySelectorAll("{OURS}")].flatMap((each) => [each, ...each.querySelectorAll("*")]);
document.querySelectorAll("details").forEach((each) => (each.open = true));
for (const node of nodes)
  for (const kind of ["mouseover", "pointerenter", "focus", "animationstart", "toggle", "error", "load"])
    node.dispatchEvent(new Event(kind, {{ bubbles: kind === "mouseover" }}));
setTimeout(() => done({{
  nodes: nodes.length,
  unknown: nodes.flatMap((node) => [
    ...(tags.includes(node.localName) ? [] : [node.localName]),
    ...[...node.attributes].map(({{ name }}) => name).filter((name) => name !== "rel" && !known(node, name)),
  ]),
  links: nodes.filter((node) => node.hasAttribute("href")).map((node) => node.getAttribute("href")),
  ran: window.__ran ?? null,
  foreign: [...document.querySelectorAll(foreign)].map((each) => each.outerHTML),
}}), 400);
"""


def test_documents_names_and_titles(driver: webdriver.Chrome, hostile_address: str) -> None:
    assert driver.execute_async_script(OPEN_EVERY_SOURCE) >= 140
    assert_nothing_ran(driver, hostile_address)
    open_tab(driver, 1)
    wait(driver, "#ledger tbody tr", 1)
    WebDriverWait(driver, 30).until(
        lambda d: d.execute_script("return document.querySelectorAll('td.name').length") >= 150
    )
    assert_nothing_ran(driver, hostile_address)
    open_tab(driver, 2)
    wait(driver, "#runs .card")
    assert_nothing_ran(driver, hostile_address)


ROWS = "return document.querySelectorAll('#ledger tbody tr').length"
OPEN_EVERY_SOURCE = """
const done = arguments[0];
(async () => {
  const { documents } = await (await fetch("/api/documents")).json();
  const content = document.querySelector("#source .content");
  const panes = [];
  for (const { id } of documents) panes.push(await (await fetch(`/pane/${id}?start=0&end=999`)).text());
  content.innerHTML = panes.join("");
  done(content.querySelectorAll("mark").length);
})();
"""


def in_batches(length: int = 1000) -> list[str]:
    """The hostile texts, as many to a question as the page's box takes."""
    batches = [""]
    for payload in PAYLOADS:
        if len(batches[-1]) + 1 + len(payload) > length:
            batches.append("")
        batches[-1] += f"\n{payload}"
    return [batch.strip("\n") for batch in batches]


def test_questions(driver: webdriver.Chrome, hostile_address: str) -> None:
    batches = in_batches()
    assert "\n".join(batches) == "\n".join(PAYLOADS)
    for number, batch in enumerate(batches, start=1):
        driver.execute_script(PUT, batch)
        WebDriverWait(driver, 30, 0.05).until(lambda driver, number=number: driver.execute_script(TURNS) == number)
    assert_nothing_ran(driver, hostile_address)
    driver.get(f"{hostile_address}/?q={quote(PAYLOADS[0])}")
    wait(driver, "#log .turn[data-turn]")
    assert_nothing_ran(driver, hostile_address)


TURNS = "return document.querySelectorAll('#log .turn[data-turn]').length"
PUT = """
const box = document.querySelector("#question textarea");
Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, arguments[0]);
box.dispatchEvent(new Event("input", { bubbles: true }));
setTimeout(() => document.querySelector("#send").click(), 60);
"""


def test_a_model(driver: webdriver.Chrome, hostile_address: str) -> None:
    turn = ask(driver, QUESTION)
    assert "修路7公里" in turn.text
    assert not any(f"修路7公里{payload}" in turn.text for payload in PAYLOADS)
    assert_nothing_ran(driver, hostile_address)


def test_every_field_of_an_answer(driver: webdriver.Chrome, hostile_address: str, hostile_index: Settings) -> None:
    """As if each had come through everything before: in every field of an answer that was kept, and in the chips."""
    history = History(hostile_index.index / "page" / "history.sqlite")
    cookie = driver.get_cookie("wenju")
    assert cookie is not None
    conversation = ""
    for number, payload in enumerate(PAYLOADS):
        chip = {"value": payload, "without": payload, "instead": [[payload, payload]]}
        extras = {"sources": {"0": payload}, "chips": [chip]}
        shown = payload.encode("utf-8", "replace").decode()
        if number % 50 == 0:  # the list of conversations has hostile titles too
            conversation = ""
        answer = hostile_answer(shown, refused=number % 3 == 0)
        conversation, turn = history.keep(cookie["value"], conversation, shown, answer, extras)
        if number % 50 == 49:
            driver.get(f"{hostile_address}/?c={conversation}")
            wait(driver, "#log .turn[data-turn]")
            assert driver.execute_script(TURNS) == 50
            assert_nothing_ran(driver, hostile_address)


def test_feedback(driver: webdriver.Chrome, hostile_address: str, hostile_index: Settings) -> None:
    """What a reader corrects is kept as he wrote it, for the judge, and drawn nowhere."""
    question = "第七村2024年修路几公里"
    turn = ask(driver, question).get_attribute("data-turn")
    history = History(hostile_index.index / "page" / "history.sqlite")
    for payload in PAYLOADS:
        assert driver.execute_async_script(CORRECT, turn, payload) == 200
    (case,) = [case for case in candidates(history.feedback()) if case["question"] == question]
    assert case["answers"] == [PAYLOADS[-1].strip()]
    driver.get(hostile_address)
    wait(driver, "#log .turn[data-turn]")
    assert_nothing_ran(driver, hostile_address)


CORRECT = """
const [turn, correction, done] = arguments;
const [headers, body] = [{ "content-type": "application/json" }, JSON.stringify({ turn, good: false, correction })];
fetch("/api/feedback", { method: "POST", headers, body }).then((answer) => done(answer.status));
"""


def test_what_a_stranger_uploads(hostile_address: str) -> None:
    """Markup that is served as a source is served as plain text that no browser takes for anything else."""
    with httpx.Client(base_url=hostile_address) as client:
        documents = client.get("/api/documents").json()["documents"]
        for document in documents[:150:10]:
            source = client.get(f"/source/{document['id']}")
            assert source.headers["content-type"] == "text/plain; charset=utf-8"
            assert source.headers["x-content-type-options"] == "nosniff"
