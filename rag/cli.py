"""`ask "问题"`: a door. Prints the answer with its sources, or one line that says what is wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from rag.answer import Assistant
    from rag.types import Answer

ANSWERED, NOT_SAID, ERROR = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 0 answered, 1 the documents do not say, 2 an error."""
    from index.errors import WenjuError

    try:
        options = _options(arguments)
        if options.batch is not None:
            return _batch(options)
        return _one(options)
    except WenjuError as error:
        print(f"ask：{error}", file=sys.stderr)
        return ERROR
    except BrokenPipeError:
        sys.stderr.close()
        return ERROR
    except KeyboardInterrupt:
        print("ask：已停止", file=sys.stderr)
        return ERROR


def _options(arguments: Sequence[str] | None) -> Any:
    import argparse

    from index.errors import CaseError

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            raise CaseError(f"{message}（用法见 ask --help）")

    parser = Parser(
        prog="ask",
        description="向文档提问；每一句回答都带出处，文档没有说的就说没有。",
        add_help=False,
        allow_abbrev=False,
    )
    parser.add_argument("question", nargs="?", help="要问的问题")
    parser.add_argument("--index", metavar="目录", help="索引所在的目录（默认 .data/index，或 WENJU_INDEX）")
    parser.add_argument("--json", action="store_true", help="只输出 JSON")
    parser.add_argument("--top-k", type=int, metavar="N", help="取回多少段（默认 10）")
    parser.add_argument("--no-llm", action="store_true", help="不用语言模型，只摘录原句")
    parser.add_argument("--today", metavar="YYYY-MM-DD", help="“去年”“今年”以哪一天为准（默认今天）")
    parser.add_argument("--batch", metavar="文件", help="逐行提问（- 为标准输入），须与 --json 同用")
    parser.add_argument("-h", "--help", action="help", help="显示这段说明")
    options = parser.parse_args(arguments)
    if options.batch is not None and not options.json:
        parser.error("--batch 须与 --json 同用")
    if options.batch is None and not (options.question or "").strip():
        parser.error('请写下问题，例如：ask "莲塘街道2024年的口岸计划是什么"')
    if options.top_k is not None and not 1 <= options.top_k <= 100:
        parser.error("--top-k 应在 1 到 100 之间")
    return options


def _one(options: Any) -> int:
    import json

    assistant = _assistant(options)
    answer = assistant.answer(options.question, today=_day(options.today))
    if options.json:
        print(json.dumps(answer.to_json(), ensure_ascii=False))
    else:
        print(render(answer, colour=sys.stdout.isatty()))
        if assistant.notice:
            print(f"注意：{assistant.notice}", file=sys.stderr)
    return NOT_SAID if answer.refused else ANSWERED


def _batch(options: Any) -> int:
    import json

    assistant = _assistant(options)
    every = True
    for line in _lines(options.batch):
        if not line.strip():
            continue
        name: object = None
        try:
            name, question, history, today = _question(line)
            answer = assistant.answer(question, history, _day(today or options.today))
            result: dict[str, object] = answer.to_json()
            if name is not None:
                result = {"id": name, **result}
        except Exception as error:  # one bad line never ends the run
            every = False
            result = {"id": name if name is not None else _identifier(line), "error": _one_line(error)}
        print(json.dumps(result, ensure_ascii=False), flush=True)
    return ANSWERED if every else ERROR


def _question(line: str) -> tuple[object, str, list[Any], str | None]:
    """A line of a batch: a bare question, or an object with id, question, history and today."""
    import json

    from index.errors import CaseError
    from rag.types import Turn

    if not line.lstrip().startswith("{"):
        return None, line.strip(), [], None
    try:
        value = json.loads(line)
    except ValueError as error:
        raise CaseError(f"这一行不是有效的 JSON（{error}）：请改成一个问题或一个对象") from error
    question = value.get("question")
    if not isinstance(question, str) or not question.strip():
        raise CaseError("这一行没有 question：请写明要问的问题")
    try:
        history = [Turn(str(turn["question"]), str(turn.get("answer") or "")) for turn in value.get("history") or []]
    except (TypeError, KeyError, AttributeError) as error:
        raise CaseError('history 应是 [{"question": …, "answer": …}] 这样的列表') from error
    return value.get("id"), question, history, value.get("today")


def _identifier(line: str) -> object:
    import json

    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value.get("id") if isinstance(value, dict) else None


def _one_line(error: Exception) -> str:
    from index.errors import WenjuError

    return str(error) if isinstance(error, WenjuError) else f"{type(error).__name__}：{error}".replace("\n", " ")


def _lines(name: str) -> Iterator[str]:
    from index.errors import CaseError

    if name == "-":
        yield from sys.stdin
        return
    try:
        with open(name, encoding="utf-8-sig") as file:
            yield from file
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(f"读不了 {name}：请检查路径，文件应为 UTF-8，一行一个问题") from error


def _day(text: str | None) -> Any:
    from datetime import date

    from index.errors import CaseError

    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise CaseError(f"日期 {text} 不对：请写成 YYYY-MM-DD，例如 2024-08-25") from error


def _assistant(options: Any) -> Assistant:
    from dataclasses import replace
    from pathlib import Path

    from rag.assemble import open_assistant
    from rag.settings import ModelSettings, read_settings

    settings = read_settings()
    if options.index:
        settings = replace(settings, index=Path(options.index))
    if options.top_k:
        settings = replace(settings, passages=options.top_k)
    if options.no_llm:
        settings = replace(settings, llm=ModelSettings())
    return open_assistant(settings)


def render(answer: Answer, colour: bool) -> str:
    """The answer for a terminal: sentences with their marks, sources under it."""
    bold, dim, plain = ("\x1b[1m", "\x1b[2m", "\x1b[0m") if colour else ("", "", "")
    lines: list[str] = []
    if answer.standalone_question != answer.question:
        lines.append(f"{dim}理解为：{visible(answer.standalone_question)}{plain}")
    if answer.refused:
        lines.append(f"{bold}{visible(answer.text)}{plain}")
        if answer.nearest:
            lines.append("")
            lines.append("可以看看（不是出处）：")
            for near in answer.nearest:
                about = "，".join(part for part in (near.title, near.date, near.place) if part)
                lines.append(f"  · {visible(near.document)}{dim}（{visible(about or near.why)}）{plain}")
                lines.append(f"    {dim}{visible(near.text[:120])}{plain}")
        return "\n".join(lines)
    for sentence in answer.sentences:
        marks = "".join(f"[{mark}]" for mark in sentence.marks)
        lines.append(
            f"{visible(sentence.text)}{dim}{marks}{plain}" if marks else f"{dim}{visible(sentence.text)}{plain}"
        )
    lines.append("")
    lines.append("出处：")
    for citation in answer.citations:
        about = "，".join(part for part in (citation.title, citation.date, citation.place) if part)
        lines.append(
            f"  [{citation.n}] {visible(citation.document)}"
            f"{dim}（{visible(about) or '未注明日期'}；第 {citation.start}–{citation.end} 字）{plain}"
        )
    if answer.degraded:
        lines.append(f"{dim}注意：{visible(answer.degraded)}{plain}")
    if answer.as_of:
        lines.append(f"{dim}资料截至 {answer.as_of}{plain}")
    return "\n".join(lines)


def visible(text: str) -> str:
    """A text without control characters, so that no document can write to the terminal's controls."""
    return "".join(character if character.isprintable() or character == "\n" else "�" for character in text)


if __name__ == "__main__":
    sys.exit(main())
