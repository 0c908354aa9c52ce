"""HTML of an answer and of the page around it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from rag.history import Conversation, KeptTurn
from rag.untrusted import cleaned, text

Words = Mapping[str, str]
Json = Mapping[str, Any]


def welcome(documents: int, passages: int, as_of: str | None, questions: Sequence[str], words: Words) -> str:
    """What stands where no question was asked yet: what is indexed and what one might ask."""
    if not documents:
        return nothing("", words)
    buttons = "".join(f"<li>{ask_button(question, question, 'example')}</li>" for question in questions)
    examples = f'<h3>{text(words["examples"])}</h3><ul class="examples">{buttons}</ul>' if buttons else ""
    return cleaned(
        f'<section class="welcome"><h2>{text(words["welcome"])}</h2><p>{text(words["welcome_more"])}</p>'
        f'<p class="indexed">{text(words["indexed"].format(documents=documents, passages=passages))}'
        f" · {text(as_of_line(as_of, words))}</p>{examples}</section>"
    )


def nothing(why: str, words: Words) -> str:
    """What stands where there is nothing to answer from, or where it cannot be used, and then why."""
    return cleaned(
        f'<section class="welcome nothing"><h2>{text(words["cannot_answer" if why else "nothing_indexed"])}</h2>'
        f"<p>{text(why or words['nothing_indexed_more'])}</p>"
        f'<p><button type="button" class="ask plain go" data-tab="1">{text(words["go_library"])}</button></p></section>'
    )


def as_of_line(as_of: str | None, words: Words) -> str:
    """“资料截至 2024-08-27”."""
    return words["as_of"].format(date=as_of) if as_of else words["as_of_unknown"]


def conversation(turns: Sequence[KeptTurn], words: Words) -> str:
    """All exchanges of a conversation, oldest first."""
    return cleaned("".join(_turn(turn, words) for turn in turns))


def live(question: str, sentences: Sequence[Json], words: Words, note: str = "") -> str:
    """An exchange on its way: the question, and the sentences that are verified so far."""
    body = "".join(_sentence(sentence, {}, words) for sentence in sentences)
    waits = f'<p class="working" role="status">{text(note or words["writing" if sentences else "working"])}</p>'
    return cleaned(f'<article class="turn live">{_asked(question)}<div class="answer">{body}{waits}</div></article>')


def trouble(question: str, message: str, words: Words) -> str:
    """An exchange that failed, with a way to try again."""
    return cleaned(
        f'<article class="turn">{_asked(question)}<div class="answer trouble" role="alert">'
        f"<p><strong>{text(words['failed'])}</strong></p><p>{text(message)}</p>"
        f"<p>{ask_button(question, words['retry'], 'plain')}</p></div></article>"
    )


def conversations(kept: Sequence[Conversation], root: str, words: Words) -> str:
    """A way to a new conversation, and the owner's earlier ones as links that open them again."""
    items = "".join(
        f'<li><a href="{root}?c={quote(each.id)}">{text(each.title)}</a>'
        f'<button type="button" class="forget" data-conversation="{text(each.id)}" '
        f'aria-label="{text(words["forget"])}：{text(each.title)}">×</button></li>'
        for each in kept
    )
    drawer = f'<ul class="conversations">{items}</ul>' if kept else f'<p class="none">{text(words["no_earlier"])}</p>'
    return cleaned(
        f'<div class="past"><a href="{root}?new=1">＋ {text(words["new"])}</a>'
        f'<details><summary>{text(words["earlier"])}</summary><div class="drawer">{drawer}</div></details></div>'
    )


def _turn(turn: KeptTurn, words: Words) -> str:
    answer, sources = turn.answer, turn.extras.get("sources", {})
    cited = {citation["n"]: citation for citation in answer["citations"]}
    links = {n: _place(citation, sources, words) for n, citation in cited.items()}
    if answer["refused"]:
        body = _refusal(answer, sources, words)
    else:
        sentences = answer.get("sentences") or []
        answers = {citation["text"]: citation["bold"] for citation in answer["citations"] if citation.get("bold")}
        body = "".join(_sentence(sentence, links, words, answers.get(sentence["text"])) for sentence in sentences)
        body = f'<div class="said">{body}</div>{_conflicts(answer, links, words)}{_sources(answer, sources, words)}'
    notes = f'<p class="note">{text(words["degraded"])}：{text(answer["degraded"])}</p>' if answer["degraded"] else ""
    return (
        f'<article class="turn" data-turn="{text(turn.id)}">{_asked(turn.question)}'
        f'<div class="answer{" refused" if answer["refused"] else ""}">{_understood(turn, words)}{body}{notes}'
        f"{_tools(turn, words)}</div></article>"
    )


def _asked(question: str) -> str:
    return f'<header class="asked"><p>{text(question)}</p></header>'


def _sentence(sentence: Json, links: Mapping[int, str], words: Words, answer: Sequence[int] | None = None) -> str:
    """A sentence with its marks; `answer` is the (start, end) of the words in it that answer."""
    marks = "".join(
        f'<button type="button" class="cite" {links[n]}>{n}</button>'
        if n in links
        else f'<span class="cite">{n}</span>'
        for n in sentence["marks"]
    )
    if not marks:
        return f'<p class="sentence uncited" title="{text(words["uncited"])}">{text(sentence["text"])}</p>'
    start, end = answer or (0, 0)
    whole, last = sentence["text"], sentence["text"][-1:]
    if end == len(whole) or not last.strip():
        last = ""
    body = whole[: len(whole) - len(last)]
    said = f"{text(body[:start])}<strong>{text(body[start:end])}</strong>{text(body[end:])}" if answer else text(body)
    # A mark never stands alone on a line.
    return f'<p class="sentence">{said}<span class="end">{text(last)}{marks}</span></p>'


def _place(cited: Json, sources: Mapping[str, str], words: Words) -> str:
    """The attributes of a button that opens a quote in the source pane."""
    source = sources.get(str(cited["document_id"]), "")
    title = cited["title"] or cited["document"]
    label = words["cite"].format(n=cited.get("n", ""), title=title)
    heading = " › ".join(cited.get("heading") or ())
    return (
        f'data-source="{text(source)}" data-start="{cited["start"]}" data-end="{cited["end"]}" '
        f'data-n="{cited.get("n", "")}" data-heading="{text(heading)}" data-page="{cited.get("page") or ""}" '
        f'data-title="{text(title)}" data-text="{text(cited["text"])}" aria-label="{text(label)}" title="{text(label)}"'
    )


def _about(cited: Json, words: Words) -> str:
    page = words["page"].format(page=cited["page"]) if cited.get("page") else ""
    heading = heading_path(cited.get("heading") or (), cited["title"])
    parts = (cited["date"] or words["undated"], cited["place"], page, heading)
    return " · ".join(text(part) for part in parts if part)


def heading_path(headings: Sequence[str], title: str | None) -> str:
    """“一、招商 › （一）园区”, without a heading that only says the title again."""
    return " › ".join(heading for heading in headings if heading.strip() != (title or "").strip())


def _sources(answer: Json, sources: Mapping[str, str], words: Words) -> str:
    """One line a document, with the numbers of the quotes from it."""
    by_document: dict[tuple[str, str], list[Json]] = {}
    for citation in answer["citations"]:
        by_document.setdefault((citation["source"], citation["document"]), []).append(citation)
    rows = []
    for cited in by_document.values():
        numbers = "".join(
            f'<button type="button" class="cite" {_place(citation, sources, words)}>{citation["n"]}</button>'
            for citation in cited
        )
        first = {**cited[0], "heading": (), "page": None}
        file = f' · <span class="file">{text(first["document"])}</span>' if first["title"] else ""
        rows.append(
            f'<li><span class="numbers">{numbers}</span><span class="name">{text(first["title"] or first["document"])}'
            f"</span><small>{_about(first, words)}{file}</small></li>"
        )
    return f'<section class="sources"><h3>{text(words["sources"])}</h3><ul>{"".join(rows)}</ul></section>'


def _refusal(answer: Json, sources: Mapping[str, str], words: Words) -> str:
    places = "".join(
        f'<li><button type="button" class="near" {_place({**near, "n": ""}, sources, words)}>'
        f"<strong>{text(near['title'] or near['document'])}</strong><small>{_about(near, words)}</small>"
        f"<span>{text(near['text'])}</span></button></li>"
        for near in answer["nearest"]
    )
    look = f'<section class="look"><h3>{text(words["look"])}</h3><ul>{places}</ul></section>' if places else ""
    return (
        f'<div class="said"><p class="refusal"><strong>{text(words["refused"])}</strong></p>'
        f'<p class="sentence">{text(answer["answer"])}</p></div>{look}'
    )


def _conflicts(answer: Json, links: Mapping[int, str], words: Words) -> str:
    rows = []
    for conflict in answer["conflicts"]:
        values = "".join(
            f"<li><strong>{text(value['value'])}</strong> <small>{text(value['date'] or words['undated'])}</small>"
            + (
                f'<button type="button" class="cite" {links[value["n"]]}>{value["n"]}</button>'
                if value["n"] in links
                else ""
            )
            + "</li>"
            for value in conflict["values"]
        )
        rows.append(f"<h3>{text(words['conflict'])}：{text(conflict['subject'])}</h3><ul>{values}</ul>")
    missing = "、".join(answer["missing"])
    if missing:
        rows.append(f"<p>{text(words['missing'])}：{text(missing)}</p>")
    return f'<section class="conflict">{"".join(rows)}</section>' if rows else ""


def _understood(turn: KeptTurn, words: Words) -> str:
    """The standalone question and the scope as chips; each chip can be taken off or changed, which asks again."""
    answer = turn.answer
    rewritten = answer["standalone_question"] != turn.question
    whole = f'<span class="whole">{text(words["understood"])}：{text(answer["standalone_question"])}</span>'
    chips = "".join(_chip(chip, words) for chip in turn.extras.get("chips", ()))
    chips = chips or f'<span class="chip none">{text(words["any_scope"])}</span>'
    as_of = f'<span class="as-of">{text(as_of_line(answer.get("as_of"), words))}</span>'
    return f'<div class="understood">{whole if rewritten else ""}{chips}{as_of}</div>'


def _chip(chip: Json, words: Words) -> str:
    value = text(chip["value"])
    off = words["without"].format(value=chip["value"])
    remove = ask_button(chip["without"], "×", "remove", off)
    options = "".join(f"<li>{ask_button(question, other, 'option')}</li>" for other, question in chip["instead"])
    if not options:
        return f'<span class="chip">{value}{remove}</span>'
    return (
        f'<span class="chip"><details><summary>{value}</summary>'
        f'<div class="menu"><small>{text(words["instead"])}</small>'
        f"<ul>{options}</ul></div></details>{remove}</span>"
    )


def ask_button(question: str, label: str, kind: str, title: str = "") -> str:
    """A button that puts a question."""
    more = f' aria-label="{text(title)}" title="{text(title)}"' if title else ""
    return f'<button type="button" class="ask {kind}" data-question="{text(question)}"{more}>{text(label)}</button>'


def _tools(turn: KeptTurn, words: Words) -> str:
    """Copy, export, print, link and the reader's judgement."""
    way = f"/export/{quote(turn.id)}"
    return (
        '<footer class="tools">'
        f'<button type="button" class="copy" data-from="{way}.md">{text(words["copy"])}</button>'
        f'<a href="{way}.md" download>{text(words["markdown"])}</a>'
        f'<a href="{way}.docx" download>{text(words["docx"])}</a>'
        f'<button type="button" class="print">{text(words["print"])}</button>'
        f'<a class="permalink" href="/?q={quote(turn.question)}">{text(words["link"])}</a>'
        f'<span class="judge">{_rate(turn, True, words["good"])}{_rate(turn, False, words["bad"])}</span>'
        '<div class="correction" hidden><textarea rows="2" maxlength="2000" '
        f'aria-label="{text(words["correct"])}" placeholder="{text(words["correct"])}"></textarea>'
        f'<button type="button" class="correct">{text(words["submit"])}</button></div>'
        f'<span class="thanks" role="status" data-thanks="{text(words["thanks"])}" '
        f'data-copied="{text(words["copied"])}"></span></footer>'
    )


def _rate(turn: KeptTurn, good: bool, label: str) -> str:
    chosen = " chosen" if turn.good is good else ""
    return (
        f'<button type="button" class="rate{chosen}" data-good="{int(good)}" '
        f'aria-label="{text(label)}" title="{text(label)}"></button>'
    )


def masthead(other: str, words: Words) -> str:
    """The name of the house, what it promises, and the way to the other language."""
    return cleaned(
        f'<header class="masthead"><span class="seal" aria-hidden="true">据</span><h1>{text(words["title"])}</h1>'
        f"<p>{text(words['tagline'])}</p>"
        f'<a href="{other}" class="language">{text(words["other_language"])}</a></header>'
    )


def empty_pane(words: Words) -> str:
    """The source pane before anything is opened. Its buttons and what it says on errors serve the page's script."""
    title = text(words["source_title"])
    buttons = "".join(
        f'<button type="button" class="{name}" title="{text(words[name])}" aria-label="{text(words[name])}"{more}>'
        f"{sign}</button>"
        for name, sign, more in (("previous", "←", " disabled"), ("next", "→", " disabled"), ("close", "×", ""))
    )
    return cleaned(
        f'<aside class="frame" aria-label="{title}" data-gone="{text(words["gone"])}">'
        f'<div class="bar"><strong>{title}</strong><span class="count"></span>{buttons}</div>'
        f'<div class="content" tabindex="0" role="region" aria-live="polite" aria-label="{title}">'
        f'<div class="empty"><p>{text(words["source_empty"])}</p>'
        f"<small>{text(words['source_keys'])}</small></div></div>"
        "</aside>"
    )


_WORKING = re.compile(r'<p class="working"[^<>]*>[^<>]*</p>')


def stopped(shown: str, words: Words) -> str:
    """What was `shown` of an answer on its way when it was stopped, and that it was."""
    line = f'<p class="note stopped" role="status">{text(words["stopped"])}</p>'
    # It comes back from the browser, so it is cleaned like everything that is not ours.
    return cleaned(_WORKING.sub(line, cleaned(shown))) if shown else cleaned(line)
