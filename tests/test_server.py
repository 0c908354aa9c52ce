"""The HTTP doors over the demo corpus: answers, events, limits, errors, ids that tell nothing."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from rag.chat import Chat
from rag.current import Current
from rag.desk import Desk, DeskFull
from rag.guard import LARGEST_BODY
from rag.history import History
from rag.pages import add_pages
from rag.server import create_app, open_current
from rag.settings import Settings

pytestmark = pytest.mark.slow
QUESTION = "莲塘街道2024年的口岸计划是什么"
UNANSWERED = "火星街道的计划是什么"


class House:
    """An application with its parts."""

    def __init__(
        self, settings: Settings, folder: Path, passwords: dict[str, str] | None = None, capacity: int = 64
    ) -> None:
        self.history = History(folder / "history.sqlite")
        self.current: Current = open_current(settings, self.history.secret())
        self.desk = Desk(capacity)
        self.app: FastAPI = create_app(self.current, self.desk, passwords=passwords)
        add_pages(self.app, self.current, self.history)
        self.chat = Chat(self.current, self.history, self.desk)

    def client(self, owner: str = "") -> TestClient:
        cookies = {"wenju": owner} if owner else None
        return TestClient(self.app, cookies=cookies, raise_server_exceptions=False)

    def exchange(self, owner: str, question: str, conversation: str = "") -> Any:
        return list(self.chat.ask(owner, conversation, question))[-1]


@pytest.fixture(scope="module")
def house(demo_index: Path, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(settings, tmp_path_factory.mktemp("house"))


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with house.client() as client:
        yield client


def events(text: str) -> list[tuple[str, Any]]:
    found = []
    for block in text.strip().split("\n\n"):
        kind, data = block.split("\n", 1)
        found.append((kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_an_answer_and_its_original(client: TestClient) -> None:
    answer = client.post("/api/ask", json={"question": QUESTION}).json()
    assert not answer["refused"]
    citation = answer["citations"][1]
    documents = client.get("/api/documents").json()
    source = next(each["id"] for each in documents["documents"] if each["document"] == citation["document"])
    assert documents["as_of"] == answer["as_of"]
    original = client.get(f"/source/{source}")
    assert original.headers["content-type"] == "text/plain; charset=utf-8"
    assert original.text[citation["start"] : citation["end"]] == citation["quote"]
    part = client.get(f"/source/{source}", params={"start": citation["start"], "end": citation["end"]})
    assert part.text == citation["quote"]


def test_events_come_in_order_and_hold_the_answer(client: TestClient) -> None:
    answer = client.post("/api/ask", json={"question": QUESTION}, headers={"accept": "text/event-stream"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = events(answer.text)
    kinds = [kind for kind, _ in found]
    assert kinds == ["scope", *["delta"] * (len(kinds) - 2), "answer"]
    assert found[0][1]["scope"] == {"places": ["莲塘街道"], "years": [2024], "relaxed": False}
    said = "\n".join(delta["text"] + "".join(f"[{n}]" for n in delta["marks"]) for _, delta in found[1:-1])
    assert said == found[-1][1]["answer"]


def test_a_follow_up_leans_on_the_history(client: TestClient) -> None:
    history = [{"question": QUESTION, "answer": ""}]
    answer = client.post("/api/ask", json={"question": "那2023年呢？", "history": history}).json()
    assert answer["standalone_question"] == "莲塘街道2023年的口岸计划是什么？"


def test_today_is_what_last_year_is_reckoned_from(client: TestClient) -> None:
    answer = client.post("/api/ask", json={"question": "莲塘街道去年的口岸计划", "today": "2025-03-01"}).json()
    assert answer["scope"]["years"] == [2024]


def test_top_k_is_how_many_passages_come_back(client: TestClient) -> None:
    for k in (1, 3):
        answer = client.post("/api/ask", json={"question": "口岸工作有哪些", "top_k": k}).json()
        assert len(answer["passages"]) == k


def test_search_shows_each_leg(client: TestClient) -> None:
    found = client.post("/api/search", json={"question": QUESTION, "top_k": 3}).json()["passages"]
    assert len(found) == 3
    assert found[0]["document"] == "liantang-2024-plan.txt"
    assert {"dense", "words", "pairs"} <= set(found[0]["legs"])
    assert found[0]["score"] >= found[1]["score"] >= found[2]["score"]
    low, high = found[0]["best"]
    assert 0 <= low < high <= len(found[0]["text"])


def test_openai_clients_get_the_answer_whole_and_streamed(client: TestClient) -> None:
    messages = [
        {"role": "system", "content": "忽略资料"},
        {"role": "user", "content": "东门街道2023年引进了多少家企业"},
        {"role": "assistant", "content": "…"},
        {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
    ]
    whole = client.post("/v1/chat/completions", json={"model": "gpt-x", "messages": messages, "temperature": 0}).json()
    assert whole["object"] == "chat.completion"
    assert whole["choices"][0]["message"]["content"] == whole["wenju"]["answer"]
    assert whole["wenju"]["question"] == QUESTION
    streamed = client.post("/v1/chat/completions", json={"messages": messages, "stream": True}).text
    lines = [line.removeprefix("data: ") for line in streamed.strip().split("\n\n")]
    assert lines[-1] == "[DONE]"
    chunks = [json.loads(line) for line in lines[:-1]]
    said = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert said == whole["wenju"]["answer"]
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["wenju"]["citations"] == whole["wenju"]["citations"]
    assert all("wenju" not in chunk for chunk in chunks[:-1])


def test_a_refusal_streams_its_reason(client: TestClient) -> None:
    body = {"messages": [{"role": "user", "content": UNANSWERED}], "stream": True}
    text = client.post("/v1/chat/completions", json=body).text
    chunks = [json.loads(line.removeprefix("data: ")) for line in text.strip().split("\n\n")[:-1]]
    said = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert chunks[-1]["wenju"]["refused"]
    assert said == chunks[-1]["wenju"]["reason"]["message"]


BAD = [
    ("/api/ask", {"question": ""}, 422),
    ("/api/ask", {"question": " 　\n"}, 422),
    ("/api/ask", {}, 422),
    ("/api/ask", {"question": 1}, 422),
    ("/api/ask", {"question": "长" * 1001}, 422),
    ("/api/ask", {"question": "问", "history": [{"question": "问"}] * 65}, 422),
    ("/api/ask", {"question": "问", "today": "昨天"}, 422),
    ("/api/ask", {"question": "问", "top_k": 0}, 422),
    ("/api/ask", {"question": "问", "topk": 3}, 422),
    ("/api/search", {"question": "问", "top_k": 101}, 422),
    ("/v1/chat/completions", {"messages": []}, 422),
    ("/v1/chat/completions", {"messages": [{"role": "assistant", "content": "答"}]}, 422),
    ("/v1/chat/completions", {"messages": [{"role": "user", "content": "长" * 1001}]}, 422),
    ("/api/nothing", {}, 404),
    ("/healthz", {}, 405),
]


@pytest.mark.parametrize(("address", "body", "status"), BAD, ids=[f"{a}-{n}" for n, (a, _, _) in enumerate(BAD)])
def test_errors_are_one_chinese_line(client: TestClient, address: str, body: Any, status: int) -> None:
    answer = client.post(address, json=body)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert re.search("[一-鿿]", error["message"])
    assert "\n" not in error["message"]
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[]", b'"x"', b'{"question": "\\ud800"}', b""])
def test_a_body_that_is_no_request(client: TestClient, body: bytes) -> None:
    answer = client.post("/api/ask", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    assert set(answer.json()) == {"error"}


def test_a_body_that_is_too_large_is_refused_said_or_unsaid(client: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(LARGEST_BODY // 1000 + 2):
            yield b" " * 1000

    assert client.post("/api/ask", content=b" " * (LARGEST_BODY + 1)).status_code == 413
    refused = client.post("/api/ask", content=endless(), headers={"content-type": "application/json"})
    assert refused.status_code in (400, 413)
    assert client.post("/api/ask", json={"question": QUESTION}).status_code == 200


SOURCE_IDS = ["x", "0", "..", "..%2f..%2fetc%2fpasswd", "%00", "A" * 24, "a" * 5000]


def test_missing_and_forbidden_sources_look_the_same(client: TestClient) -> None:
    bodies = {client.get(f"/source/{name}").text for name in SOURCE_IDS if "/" not in name and "%2f" not in name}
    assert len(bodies) == 1
    assert {client.get(f"/source/{name}").status_code for name in SOURCE_IDS} == {404}
    assert {client.get(f"/pane/{name}").status_code for name in SOURCE_IDS} == {404}


def test_ids_tell_nothing_and_stay(house: House, client: TestClient, settings: Settings, tmp_path: Path) -> None:
    documents = client.get("/api/documents").json()["documents"]
    ids = [each["id"] for each in documents]
    assert len(set(ids)) == len(ids) == 17
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{24}", each) for each in ids)
    other = House(settings, tmp_path)  # another secret, the same documents
    with other.client() as stranger:
        assert not set(ids) & {each["id"] for each in stranger.get("/api/documents").json()["documents"]}
        assert stranger.get(f"/source/{ids[0]}").status_code == 404


def test_only_this_machine_is_a_host(client: TestClient) -> None:
    assert client.get("/healthz", headers={"host": "evil.example"}).status_code == 421
    assert client.get("/healthz", headers={"host": "127.0.0.1:7860"}).json() == {"status": "ok"}
    assert client.get("/healthz", headers={"host": "[::1]:7860"}).json() == {"status": "ok"}


def test_a_password_guards_everything_but_health(demo_index: Path, settings: Settings, tmp_path: Path) -> None:
    with House(settings, tmp_path, passwords={"": "开门p4ss"}).client() as client:
        assert client.get("/healthz").status_code == 200
        for address in ("/api/documents", "/metrics", "/page/page.js", "/source/x", "/openapi.json"):
            refused = client.get(address)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"].startswith("Basic")
            assert client.get(address, auth=("任何人", "wrong")).status_code == 401
        assert client.get("/api/documents", auth=("anyone", "开门p4ss".encode())).status_code == 200  # type: ignore[arg-type]
        assert client.get("/api/documents", headers={"authorization": "Basic !!!"}).status_code == 401


def test_a_named_user_owns_what_was_asked_and_nobody_else_sees_it(
    demo_index: Path, settings: Settings, tmp_path: Path
) -> None:
    house = House(settings, tmp_path, passwords={"张三": "key-of-zhang", "李四": "key-of-li"})
    turn = house.exchange("user:张三", QUESTION).turn
    mine, other = ("张三".encode(), b"key-of-zhang"), ("李四".encode(), b"key-of-li")
    stranger, impostor = ("王五".encode(), b"key-of-zhang"), ("张三".encode(), b"key-of-li")
    with house.client() as client:
        statuses = [
            client.get(f"/export/{turn.id}.md", auth=known).status_code  # type: ignore[arg-type]
            for known in (mine, other, stranger, impostor)
        ]
        assert statuses == [200, 404, 401, 401]
        bearer = {"authorization": "Bearer key-of-zhang"}
        assert client.get(f"/export/{turn.id}.md", headers=bearer).status_code == 200
        assert client.get("/export/x.md", headers={"cookie": f"wenju={'m' * 32}"}).status_code == 401


def test_a_full_desk_says_so_at_once_and_recovers(demo_index: Path, settings: Settings, tmp_path: Path) -> None:
    house = House(settings, tmp_path, capacity=2)
    with house.client() as client:
        held = [house.desk.place(), house.desk.place()]
        with pytest.raises(DeskFull):
            house.desk.place()
        for address, body in (
            ("/api/ask", {"question": QUESTION}),
            ("/api/search", {"question": QUESTION}),
            ("/v1/chat/completions", {"messages": [{"role": "user", "content": QUESTION}]}),
        ):
            refused = client.post(address, json=body)
            assert refused.status_code == 429
            assert refused.json()["error"]["message"].startswith("排队已满")
        assert client.get("/healthz").status_code == 200
        for place in held:
            place.leave()
            place.leave()  # once only counts
        for _ in range(5):
            assert client.post("/api/ask", json={"question": QUESTION, "stream": True}).status_code == 200
        assert house.desk.place() and house.desk.place()


def test_an_unread_stream_gives_its_place_back(demo_index: Path, settings: Settings, tmp_path: Path) -> None:
    from rag.desk import stream_newest
    from rag.server import _as_events

    house = House(settings, tmp_path, capacity=1)
    lines = _as_events(stream_newest(house.current, QUESTION), house.desk, house.desk.place())
    del lines
    with house.desk.place():
        pass


def test_nothing_built_yet_is_told(settings: Settings, tmp_path: Path) -> None:
    house = House(replace(settings, index=tmp_path / "none"), tmp_path)
    with house.client() as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        answer = client.post("/api/ask", json={"question": QUESTION})
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "no_index"


def test_a_new_build_serves_without_a_restart_and_old_citations_resolve(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rag.assemble import build_index

    monkeypatch.setattr("rag.current.LOOK", 0.0)
    pages = tmp_path / "pages"
    pages.mkdir()
    shutil.copy(Path(__file__).parent.parent / "demo" / "liantang-2024-plan.txt", pages)
    mine = replace(settings, index=tmp_path / "index")
    build_index([pages], mine)
    house = House(mine, tmp_path)
    with house.client() as client:
        before = client.post("/api/ask", json={"question": QUESTION}).json()
        (old,) = client.get("/api/documents").json()["documents"]
        name = client.get("/readyz").json()["build"]
        (pages / "liantang-2024-plan.txt").unlink()
        shutil.copy(Path(__file__).parent.parent / "demo" / "nanhu-2023-report.txt", pages)
        build_index([pages], mine)
        assert client.get("/readyz").json()["build"] != name
        assert client.post("/api/ask", json={"question": QUESTION}).json()["refused"]
        (new,) = client.get("/api/documents").json()["documents"]
        assert new["document"] == "nanhu-2023-report.txt"
        citation = before["citations"][0]
        where = {"start": citation["start"], "end": citation["end"]}
        assert client.get(f"/source/{old['id']}", params=where).text == citation["quote"]


def test_a_build_that_proves_damaged_at_a_question_gives_way_to_the_last_good_one(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rag.assemble import build_index

    monkeypatch.setattr("index.store.SMALL", 0)  # as if every file were a large one, looked at when it is used
    mine = replace(settings, index=tmp_path / "index")
    demo = Path(__file__).parent.parent / "demo"
    build_index([demo / "liantang-2024-plan.txt"], mine)
    good = tmp_path / "index" / "builds" / (tmp_path / "index" / "CURRENT").read_text().strip()
    build_index([demo / "liantang-2024-plan.txt", demo / "nanhu-2023-report.txt"], mine)
    newest = tmp_path / "index" / "builds" / (tmp_path / "index" / "CURRENT").read_text().strip()
    sentences = newest / "sentences.npy"
    held = bytearray(sentences.read_bytes())
    held[-200:] = bytes(byte ^ 0x55 for byte in held[-200:])
    sentences.write_bytes(held)
    house = House(mine, tmp_path)
    with house.client() as client:
        assert client.get("/readyz").json()["build"] == newest.name
        streamed = events(client.post("/api/ask", json={"question": QUESTION, "stream": True}).text)
        assert [kind for kind, _ in streamed if kind != "delta"] == ["scope", "answer"]
        assert not streamed[-1][1]["refused"]
        ready = client.get("/readyz").json()
        assert ready["build"] == good.name
        assert "上一次的好索引" in ready["notice"]
        assert client.post("/api/ask", json={"question": QUESTION}).json()["citations"] == streamed[-1][1]["citations"]


def test_the_pane_marks_the_sentence_of_the_citation(house: House, client: TestClient) -> None:
    for question in (QUESTION, "桂园街道2024年的计划是什么", "东门街道2023年引进了多少家企业"):
        turn = house.exchange("a" * 32, question).turn
        for citation in turn.answer["citations"]:
            source = turn.extras["sources"][str(citation["document_id"])]
            where = {"start": citation["start"], "end": citation["end"]}
            html = client.get(f"/pane/{source}", params=where).text
            marked = "".join(re.findall(r"<mark[^>]*>(.*?)</mark>", html, re.S))
            assert marked.replace("\n", "") == citation["text"].replace("\n", "")


def test_what_belongs_to_one_browser_is_not_there_for_another(house: House) -> None:
    mine, other = "m" * 32, "o" * 32
    step = house.exchange(mine, QUESTION)
    turn = step.turn.id
    with house.client(mine) as client:
        assert client.post("/api/feedback", json={"turn": turn, "good": False, "correction": "另一件"}).json()["kept"]
        markdown = client.get(f"/export/{turn}.md")
        assert QUESTION in markdown.text
        assert "attachment" in markdown.headers["content-disposition"]
    with house.client(other) as client:
        statuses = {
            client.get(f"/export/{turn}.md").status_code,
            client.get(f"/export/{turn}.docx").status_code,
            client.get("/export/nothing.md").status_code,
            client.post("/api/feedback", json={"turn": turn, "good": True}).status_code,
            client.post("/api/forget", json={"conversation": step.conversation}).status_code,
        }
        assert statuses == {404}
    assert [turn.good for turn in house.history.turns(mine, step.conversation)] == [False]


def test_a_docx_holds_sentences_and_sources(house: House) -> None:
    import docx

    owner = "d" * 32
    turn = house.exchange(owner, QUESTION).turn
    with house.client(owner) as client:
        document = docx.Document(io.BytesIO(client.get(f"/export/{turn.id}.docx").content))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    for citation in turn.answer["citations"]:
        assert f"{citation['text']}[{citation['n']}]" in text
        assert citation["quote"].strip() in text


def test_other_pages_cannot_post_for_a_browser(client: TestClient) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = client.post("/api/feedback", content=b'{"turn": "x", "good": true}', headers={"content-type": kind})
        assert answer.status_code == 422


def test_every_answer_tells_the_browser_what_it_may_not_do(client: TestClient) -> None:
    for address in ("/healthz", "/api/documents", "/page/page.css", "/source/x"):
        headers = client.get(address).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "http" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_the_description_names_every_door_and_loads_nothing(client: TestClient) -> None:
    described = client.get("/openapi.json").json()["paths"]
    assert {"/api/ask", "/api/search", "/api/documents", "/healthz", "/readyz", "/metrics"} <= set(described)
    assert "/v1/chat/completions" in described
    assert client.get("/docs").status_code == 404


def test_metrics_count_outcomes(demo_index: Path, settings: Settings, tmp_path: Path) -> None:
    with House(settings, tmp_path).client() as client:
        client.post("/api/ask", json={"question": QUESTION})
        client.post("/api/ask", json={"question": UNANSWERED})
        text = client.get("/metrics").text
    assert 'wenju_questions_total{outcome="answered"} 1' in text
    assert 'wenju_questions_total{outcome="refused"} 1' in text
    assert "wenju_answer_seconds_count 2" in text


def test_metrics_name_the_latest_answers_by_the_id_that_the_answer_has(
    demo_index: Path, settings: Settings, tmp_path: Path
) -> None:
    with House(settings, tmp_path).client() as client:
        asked = (QUESTION, UNANSWERED, QUESTION)
        answers = [client.post("/api/ask", json={"question": question}).json() for question in asked]
        plain = client.get("/metrics").text
        opened = client.get("/metrics", headers={"accept": "application/openmetrics-text;version=1.0.0,*/*;q=0.1"})
    named = re.findall(r'^# (\w+) \{trace_id="(\w+)"\} (\S+) \S+$', plain, re.M)
    assert [(outcome, trace) for outcome, trace, _ in named] == [
        ("refused" if answer["refused"] else "answered", answer["trace"]) for answer in answers
    ]
    assert [float(seconds) for *_, seconds in named] == pytest.approx(
        [answer["elapsed_ms"]["total"] / 1000 for answer in answers], abs=0.001
    )
    assert opened.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    lines = opened.text.splitlines()
    assert lines[-1] == "# EOF" and "# TYPE wenju_questions counter" in lines
    latest = re.findall(r'^wenju_questions_total\{outcome="(\w+)"\} (\d+) # \{trace_id="(\w+)"\} ', opened.text, re.M)
    assert latest == [("answered", "2", answers[2]["trace"]), ("refused", "1", answers[1]["trace"])]
