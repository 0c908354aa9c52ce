"""HTML of the library: the ledger, one file as it was read, and what a search finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from index.texts import Entry, Heading
from index.types import Document, Guess, Passage
from rag.draw import Words, heading_path
from rag.library import Progress
from rag.search import Found
from rag.untrusted import cleaned, text

LONGEST = 60_000  # characters of one text that are shown; the original is one click away
STEPS = {"read": 1, "passages": 2, "sentences": 3, "keywords": 4}


Repairs = Sequence[tuple[str, int]]  # kinds of repair and how many of each


def ledger(entries: Sequence[Entry], headings: Sequence[Heading], repairs: Mapping[int, Repairs], words: Words) -> str:
    """Every accepted file with its state, what is known of it, and why where it is not indexed.

    `repairs` are those of the documents by their numbers; one that was repaired and is not among them just says so.
    """
    if not entries:
        return nothing("", words)
    names = ("state", "file", "title", "date", "place", "passages", "repairs", "note")
    head = "".join(f'<th scope="col">{text(words["column_" + name])}</th>' for name in names)
    rows = "".join(_row(entry, headings, repairs, words) for entry in sorted(entries, key=_worst_first))
    table = f'<table class="ledger"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return cleaned(_scrolling(table, words["tab_library"]))


def nothing(why: str, words: Words) -> str:
    """What stands in place of the ledger where there is none yet, or where it cannot be read, and then why."""
    return cleaned(f'<p class="none">{text(why or words["shelf_empty"])}</p>')


def _scrolling(html: str, label: str) -> str:
    """What may be wider or higher than the screen: the keyboard reaches it, and so scrolls it."""
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{text(label)}">{html}</div>'


def _worst_first(entry: Entry) -> tuple[int, str]:
    return ("failed", "quarantined", "indexed", "duplicate").index(entry.state), entry.path


def _row(entry: Entry, headings: Sequence[Heading], repairs: Mapping[int, Repairs], words: Words) -> str:
    heading = headings[entry.document] if entry.document is not None else None
    note = entry.reason or (words["same_as"].format(path=entry.duplicate_of) if entry.duplicate_of else "")
    cells = [
        f'<td><span class="state {text(entry.state)}">{text(words["state_" + entry.state])}</span></td>',
        f'<td class="file">{text(entry.path)}</td>',
        f"<td class='name'>{text(heading.title or '') if heading else ''}</td>",
        f"<td class='date'>{text(heading.date or '、'.join(map(str, heading.years))) if heading else ''}</td>",
        f"<td class='place'>{text(heading.place or '') if heading else ''}</td>",
        f'<td class="number" data-unit=" {text(words["unit_passages"])}">{entry.passages or ""}</td>',
        f"<td>{text(_mended(heading, repairs, words)) if heading else ''}</td>",
        f'<td class="why">{text(note)}</td>',
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _mended(heading: Heading, repairs: Mapping[int, Repairs], words: Words) -> str:
    if heading.verdict != "repaired":
        return ""
    return counted(repairs.get(heading.id, ()), words) or words["repaired"]


def counted(repairs: Repairs, words: Words) -> str:
    """“拼音 3、乱码 2”."""
    return "、".join(f"{words['repair_' + kind]} {count}" for kind, count in repairs)


def progress(step: Progress, words: Words) -> str:
    """How far a build is, or how it ended."""
    if step.error:
        return cleaned(f'<p class="note failed" role="alert">{text(step.error)}</p>')
    if not step.step:
        line = words["built"].format(documents=step.documents, passages=step.passages)
        return cleaned(f'<p class="note done" role="status">{text(line)}</p>')
    name = f"{STEPS.get(step.step, 0)}/{len(STEPS)} {words['step_' + step.step]} {step.done}/{step.total}"
    return cleaned(f'<p class="note" role="status">{text(words["building"].format(step=name))}</p>')


def notes(lines: Sequence[str], kind: str = "done") -> str:
    """What was done, a line each."""
    return cleaned("".join(f'<p class="note {text(kind)}" role="status">{text(line)}</p>' for line in lines))


def one_file(document: Document, passages: Sequence[Passage], source_id: str, words: Words) -> str:
    """One document in four views: the repaired reading, the original, its passages, what is uncertain in it."""
    kind = words.get(f"kind_{document.kind}", document.kind) if document.kind else ""
    repairs = counted(document.repairs, words)
    repaired = f"{words['column_repairs']} {repairs}" if repairs else ""
    about = (document.title, document.date, document.place, document.unit, kind, document.encoding, repaired)
    views = {
        "view_text": f"<pre>{text(document.text[:LONGEST])}</pre>",
        "view_original": f"<pre>{_with_guesses(document)}</pre>",
        "view_passages": "".join(_passage(passage) for passage in passages),
        "view_guesses": _guesses(document.guesses, words),
    }
    folds = "".join(
        f"<details{' open' if name == 'view_text' else ''}><summary>{text(words[name])}</summary>"
        f'<div class="view" tabindex="0" role="region" aria-label="{text(words[name])}">{body}</div></details>'
        for name, body in views.items()
    )
    known = " · ".join(dict.fromkeys(part for part in about if part))
    return cleaned(
        f'<article class="viewer"><p class="about">{text(known)} · '
        f'<a href="/source/{text(source_id)}" target="_blank">{text(words["open_original"])}</a></p>{folds}</article>'
    )


def _with_guesses(document: Document) -> str:
    """The original, with what was left out dimmed and what is uncertain marked."""
    marked = [(start, end, "small") for start, end in document.furniture]
    marked += [(guess.start, guess.end, "mark") for guess in document.guesses]
    parts, done = [], 0
    for start, end, tag in sorted(marked):
        if start < done or end > LONGEST:
            continue
        parts += [text(document.original[done:start]), f"<{tag}>{text(document.original[start:end])}</{tag}>"]
        done = end
    return "".join([*parts, text(document.original[done:LONGEST])])


def _passage(passage: Passage) -> str:
    where = " › ".join(passage.heading)
    return (
        f'<section class="passage"><small>#{passage.number} {text(where)}</small><p>{text(passage.text)}</p></section>'
    )


def _guesses(guesses: Sequence[Guess], words: Words) -> str:
    if not guesses:
        return f'<p class="none">{text(words["no_guesses"])}</p>'
    return f"<ul>{''.join(_guess(guess, words) for guess in guesses[:500])}</ul>"


def _guess(guess: Guess, words: Words) -> str:
    """A doubtful place: what it was read as and how surely, or that nothing could be made of it."""
    where = words["at"].format(start=guess.start, end=guess.end)
    if guess.text == guess.original:
        return f"<li>{text(guess.original)} <small>{text(words['unreadable'])} · {text(where)}</small></li>"
    sure = words["sure"].format(percent=f"{guess.confidence:.0%}")
    return (
        f"<li><del>{text(guess.original)}</del> → <strong>{text(guess.text)}</strong> "
        f"<small>{text(sure)} · {text(where)}</small></li>"
    )


def hits(found: Sequence[Found], sources: Mapping[int, str], words: Words) -> str:
    """What a search found, best first, with the score of each leg."""
    if not found:
        return cleaned(f'<p class="none">{text(words["no_hits"])}</p>')
    legs = ("dense", "words", "pairs", "sentence")
    head = "".join(f'<th scope="col">{text(words["leg_" + leg])}</th>' for leg in legs)
    rows = "".join(_hit(rank, hit, legs, sources) for rank, hit in enumerate(found, start=1))
    return cleaned(
        _scrolling(
            f'<table class="hits"><thead><tr><th scope="col">#</th><th scope="col">{text(words["column_file"])}</th>'
            f'<th scope="col">{text(words["score"])}</th>{head}</tr></thead><tbody>{rows}</tbody></table>',
            words["search_test"],
        )
    )


def _hit(rank: int, hit: Found, legs: Sequence[str], sources: Mapping[int, str]) -> str:
    low, high = hit.best
    where = " › ".join(part for part in (hit.title or hit.document, heading_path(hit.heading, hit.title)) if part)
    scores = "".join(f'<td class="number">{hit.legs[leg]:.3f}</td>' if leg in hit.legs else "<td></td>" for leg in legs)
    return (
        f'<tr><td class="number">{rank}</td><td><a href="/source/{text(sources[hit.document_id])}" target="_blank">'
        f"{text(where)}</a><p>{text(hit.text[:low])}<mark>{text(hit.text[low:high])}</mark>{text(hit.text[high:])}</p></td>"
        f'<td class="number"><strong>{hit.score:.3f}</strong></td>{scores}</tr>'
    )
