"""The page: a door. Draws what `rag` returns and decides nothing; it stands on the application of `rag/server.py`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before gradio is imported, which reads it once

import gradio as gr

from index.errors import IndexMissing, WenjuError
from rag import draw, runs, shelf
from rag.answer import Assistant
from rag.assemble import build_index
from rag.chat import Chat
from rag.desk import Desk
from rag.draw import Words
from rag.examples import examples
from rag.history import History
from rag.library import Library
from rag.pages import add_pages, owner_of, read_words
from rag.problem import log_settings
from rag.search import search
from rag.server import LOCAL_HOSTS, create_app, open_current
from rag.settings import Settings, read_settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from index.build import BuildReport

HEAD = (
    '<link rel="icon" href="/page/seal.svg"><link rel="stylesheet" href="/page/page.css">'
    '<script src="/page/page.js" defer></script>'
)
DETAILED = 200  # repaired documents whose repairs are counted in the ledger; each has to be read for that
RUNS = Path(".data/eval/runs")
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


class Page:
    """The page in one language. Its methods are what happens on it; `chat` does the work."""

    def __init__(self, chat: Chat, library: Library, root: str, other: str, words: Words) -> None:
        self._chat = chat
        self._library = library
        self._root = root
        self._other = other
        self._words = words
        self._examples: dict[str, list[str]] = {}  # of the newest build: finding them takes a second

    def blocks(self) -> gr.Blocks:
        """The components of the page and what each of them sets off."""
        words = self._words
        with gr.Blocks(
            title=words["title"], analytics_enabled=False, fill_width=True, delete_cache=(600, 3600)
        ) as page:
            gr.HTML(draw.masthead(self._other, words), elem_id="masthead", apply_default_css=False)
            with gr.Tabs(elem_id="tabs"):
                with gr.Tab(words["tab_ask"], id="ask"):
                    self._ask_tab(page)
                with gr.Tab(words["tab_library"], id="library") as library:
                    self._library_tab(library)
                with gr.Tab(words["tab_evaluation"], id="evaluation") as evaluation:
                    judged = gr.HTML(elem_id="runs", apply_default_css=False)
                    evaluation.select(self.judged, None, [judged], **PRIVATE)
        return page

    def _ask_tab(self, page: gr.Blocks) -> None:
        words = self._words
        conversation = gr.State("")
        with gr.Row(elem_id="desk", equal_height=True):
            with gr.Column(elem_id="chat", scale=6, min_width=300):
                earlier = gr.HTML(elem_id="earlier", apply_default_css=False)
                with gr.Column(elem_id="talk"):
                    log = gr.HTML(elem_id="log", apply_default_css=False)
                    live = gr.HTML(elem_id="live", apply_default_css=False)
                with gr.Row(elem_id="composer"):
                    question = gr.Textbox(
                        elem_id="question",
                        label=words["question_label"],
                        placeholder=words["question_hint"],
                        show_label=False,
                        max_lines=4,
                        max_length=1000,
                        scale=8,
                        autofocus=True,
                    )
                    send = gr.Button(words["send"], elem_id="send", variant="primary", scale=1, min_width=72)
                    stop = gr.Button(words["stop"], elem_id="stop", scale=1, min_width=72, visible=False)
            gr.HTML(draw.empty_pane(words), elem_id="source", apply_default_css=False)
        buttons = [send, stop]
        asking = gr.on(
            [send.click, question.submit],
            self.asked,
            [question, conversation],
            [question, log, live, conversation, earlier, *buttons],
            trigger_mode="once",
            concurrency_limit=None,
            **PRIVATE,
        )
        stop.click(self.stopped, [live], [live, *buttons], cancels=[asking], queue=False, **PRIVATE)
        page.load(self.opened, None, [log, conversation, earlier], **PRIVATE)

    def _library_tab(self, tab: gr.Tab) -> None:
        words = self._words
        with gr.Column(elem_id="library"):
            with gr.Row(elem_id="shelf"):
                files = gr.UploadButton(words["upload"], file_count="multiple", min_width=110, scale=0)
                folder = gr.UploadButton(words["upload_folder"], file_count="directory", min_width=130, scale=0)
                rebuild = gr.Button(words["rebuild"], elem_id="rebuild", variant="primary", min_width=110, scale=0)
            status = gr.HTML(elem_id="status", apply_default_css=False)
            table = gr.HTML(elem_id="ledger", apply_default_css=False)
            with gr.Accordion(words["viewer"], open=False, elem_id="viewer"):
                chosen = gr.Dropdown([], label=words["viewer_label"], elem_id="viewed")
                view = gr.HTML(apply_default_css=False)
            with gr.Accordion(words["search_test"], open=False, elem_id="search-test"):
                with gr.Row(equal_height=True):
                    tried = gr.Textbox(show_label=False, placeholder=words["search_hint"], max_length=1000, scale=6)
                    search_button = gr.Button(words["search_go"], scale=1, min_width=80)
                found = gr.HTML(apply_default_css=False)
            with gr.Accordion(words["delete_label"], open=False, elem_id="delete"):
                doomed = gr.Dropdown([], multiselect=True, show_label=False, container=False)
                delete = gr.Button(words["delete"], scale=0)
        state = [table, chosen, doomed]
        tab.select(self.library_opened, None, state, **PRIVATE)
        for button in (files, folder):
            button.upload(self.uploaded, [button], [status, doomed], **PRIVATE)
        rebuild.click(self.rebuilt, None, [status, *state], concurrency_limit=None, **PRIVATE)
        delete.click(self.deleted, [doomed], [status, doomed], **PRIVATE)
        chosen.input(self.viewed, [chosen], [view], **PRIVATE)
        gr.on([search_button.click, tried.submit], self.searched, [tried], [found], **PRIVATE)

    def opened(self, request: gr.Request) -> tuple[str, str, str]:
        """What stands on the page when it opens: the conversation it was left with, else a welcome."""
        owner = owner_of(request.request)
        kept = self._chat.history.conversations(owner)
        wanted = request.query_params.get("c", "")
        is_new = "new" in request.query_params or "q" in request.query_params
        if not wanted and kept and not is_new:
            wanted = kept[0].id
        turns = self._chat.history.turns(owner, wanted) if wanted else []
        earlier = draw.conversations(kept, self._root, self._words)
        if turns:
            return draw.conversation(turns, self._words), wanted, earlier
        return self._welcome(), "", earlier

    def asked(
        self, question: str, conversation: str, request: gr.Request
    ) -> Iterator[dict[Any, Any] | tuple[Any, ...]]:
        """Stream an answer onto the page."""
        question, words = question.strip(), self._words
        owner = owner_of(request.request)
        if not question:
            yield (gr.skip(),) * 7
            return
        idle, busy = (
            (gr.update(visible=True), gr.update(visible=False)),
            (gr.update(visible=False), gr.update(visible=True)),
        )
        # What was asked before stands there already; only a welcome has to go.
        before = gr.skip() if conversation else ""
        yield "", before, draw.live(question, (), words), conversation, gr.skip(), *busy
        try:
            for step in self._chat.ask(owner, conversation, question):
                if step.turn is None:
                    yield gr.skip(), gr.skip(), draw.live(question, step.sentences, words), gr.skip(), gr.skip(), *busy
                    continue
                conversation = step.conversation
                turns = self._chat.history.turns(owner, conversation)
                earlier = draw.conversations(self._chat.history.conversations(owner), self._root, words)
                yield gr.skip(), draw.conversation(turns, words), "", conversation, earlier, *idle
        except IndexMissing:
            yield gr.skip(), draw.nothing("", words), "", gr.skip(), gr.skip(), *idle
        except WenjuError as error:
            yield gr.skip(), gr.skip(), draw.trouble(question, str(error), words), gr.skip(), gr.skip(), *idle

    def stopped(self, shown: str) -> tuple[Any, ...]:
        """What stands there after a stop."""
        return draw.stopped(shown or "", self._words), gr.update(visible=True), gr.update(visible=False)

    def library_opened(self) -> tuple[Any, Any, Any]:
        """The ledger, and what there is to look at and to delete."""
        uploads = gr.update(choices=self._library.uploads(), value=[])
        try:
            index = self._chat.current.assistant().index
        except WenjuError as error:
            why = "" if isinstance(error, IndexMissing) else str(error)
            return shelf.nothing(why, self._words), gr.update(choices=[]), uploads
        mended = [heading.id for heading in index.headings if heading.verdict == "repaired"][:DETAILED]
        repairs = {number: index.texts.document(number).repairs for number in mended}
        table = shelf.ledger(index.texts.entries(), index.headings, repairs, self._words)
        return table, gr.update(choices=[(heading.path, heading.id) for heading in index.headings], value=None), uploads

    def uploaded(self, files: Sequence[str] | None) -> tuple[str, Any]:
        """Keep what was uploaded; a line for every file that was not taken."""
        saved = self._library.save([(Path(file), Path(file).name) for file in files or ()])
        lines = [self._words["saved"].format(count=len(saved.kept))] if saved.kept else []
        notes = shelf.notes(lines) + shelf.notes(saved.failures, "failed")
        return notes, gr.update(choices=self._library.uploads())

    def deleted(self, paths: Sequence[str]) -> tuple[str, Any]:
        """Delete uploads."""
        count = self._library.delete(paths)
        return shelf.notes([self._words["deleted"].format(count=count)]), gr.update(
            choices=self._library.uploads(), value=[]
        )

    def rebuilt(self) -> Iterator[tuple[Any, ...]]:
        """Renew the index, telling how far it is."""
        for step in self._library.rebuild():
            yield (shelf.progress(step, self._words), *((gr.skip(),) * 3 if step.step else self.library_opened()))

    def viewed(self, number: int | None) -> str:
        """One document as it was read."""

        def drawn(assistant: Assistant) -> str:
            if number is None or not 0 <= number < len(assistant.index.headings):
                return ""
            texts = assistant.index.texts
            source = self._chat.current.source_id(assistant, number)
            return shelf.one_file(texts.document(number), texts.passages_of(number), source, self._words)

        return self._drawn(drawn)

    def _drawn(self, draw_from: Callable[[Assistant], str]) -> str:
        try:
            return self._chat.current.ask(draw_from)
        except WenjuError as error:
            return shelf.notes([str(error)], "failed")

    def searched(self, question: str) -> str:
        """Search alone, with what each leg gave."""

        def drawn(assistant: Assistant) -> str:
            found = search(assistant, question, 20)
            ids = {hit.document_id: self._chat.current.source_id(assistant, hit.document_id) for hit in found}
            return shelf.hits(found, ids, self._words)

        return self._drawn(drawn)

    def judged(self) -> str:
        """The judge's runs."""
        return runs.overview(runs.read_runs(RUNS), self._words)

    def _welcome(self) -> str:
        try:
            assistant = self._chat.current.assistant()
        except IndexMissing:
            return draw.nothing("", self._words)
        except WenjuError as error:
            return draw.nothing(str(error), self._words)
        manifest = assistant.index.manifest
        build = assistant.index.folder.name
        known = self._examples
        if build not in known:
            self._examples = known = {build: examples(assistant) if manifest.passages else []}
        return draw.welcome(manifest.documents, manifest.passages, manifest.as_of, known[build], self._words)


def build_with(settings: Settings, sources: Sequence[Path], progress: Callable[[str, int, int], None]) -> BuildReport:
    """Renew the index that the settings name."""
    return build_index(sources, settings, None, progress)


def create_page(
    settings: Settings, hosts: frozenset[str] | None = LOCAL_HOSTS, passwords: Mapping[str, str] | None = None
) -> FastAPI:
    """The whole application: the doors for programs, and the page at / (Chinese) and /en/ (English)."""
    history = History(settings.index / "page" / "history.sqlite")
    current, desk = open_current(settings, history.secret()), Desk()
    app = create_app(current, desk, hosts, passwords)
    add_pages(app, current, history)
    library = Library(settings.index / "page" / "documents", current, partial(build_with, settings))
    chat = Chat(current, history, desk)
    for language, root, other in (("en", "/en/", "/"), ("zh", "/", "/en/")):
        page = Page(chat, library, root, other, read_words(language)).blocks()
        page.queue(api_open=False, default_concurrency_limit=4)
        app = gr.mount_gradio_app(
            app,
            page,
            root.rstrip("/") or "/",
            footer_links=[],
            allowed_paths=[],
            max_file_size="50mb",
            show_error=True,
            ssr_mode=False,
            pwa=False,
            mcp_server=False,
            enable_monitoring=False,
            theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
            head=HEAD,
        )
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the page; the exit code is 0, or 2 with one line that says what is wrong."""
    import argparse
    import secrets

    import uvicorn

    parser = argparse.ArgumentParser(prog="wenju-ui", description="在浏览器里提问，核对每一句的出处。")
    parser.add_argument("--index", metavar="目录", type=Path, help="索引所在的目录（默认 .data/index，或 WENJU_INDEX）")
    parser.add_argument("--host", default="127.0.0.1", help="监听的地址（默认只限本机）")
    parser.add_argument("--port", type=int, default=7860)
    parser.add_argument("--lan", action="store_true", help="让局域网里的人也能打开；要求密码，密码每次随机")
    parser.add_argument(
        "--user", action="append", default=[], metavar="姓名", help="只让这个人进来，可写多次；各有密码"
    )
    options = parser.parse_args(arguments)
    is_local = options.host in LOCAL_HOSTS and not options.lan
    names = dict.fromkeys(options.user) or ([] if is_local else [""])
    passwords = {name: secrets.token_urlsafe(9) for name in names}
    host = "0.0.0.0" if options.lan else options.host
    try:
        settings = read_settings()
        if options.index:
            settings = replace(settings, index=options.index)
        app = create_page(settings, LOCAL_HOSTS if is_local else None, passwords)
    except WenjuError as error:
        print(f"wenju-ui：{error}", file=sys.stderr)
        return 2
    print(f"问据：http://{'127.0.0.1' if host == '0.0.0.0' else host}:{options.port}/", flush=True)
    for name, password in passwords.items():
        print(f"密码（{name or '用户名任意'}）：{password}", flush=True)
    uvicorn.run(
        app,
        host=host,
        port=options.port,
        log_config=log_settings(),
        log_level="warning",
        timeout_graceful_shutdown=3,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
