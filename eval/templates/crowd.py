"""A crowd around the corpus: as many more pages of the same make as one likes, about units that no case asks for.

A decision that holds among a hundred pages must hold among twenty thousand that say the same of others.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from random import Random

from eval.templates.pages import write_pages
from eval.templates.world import World, draw

FIRST = "柏枫槐榆桐杉樟楠棠榕苇菱蓼芷薇葵荻萍蓬芦鹿鹤鹭鸥雁鲤龟麒鹰鹃岩岫岭峪崖坪壑谷岗峰"
SECOND = "塘溪浦湾汀洲渡桥埠港亭阁台楼坊祠苑井坝堰川泽潭泉涧滩渚矶堤闸营寨堡屯驿坡坎垭峡岔"


def crowd(count: int, seed: int) -> Iterator[str]:
    """So many pages, each a title and one section of a report or a plan of an invented unit."""
    names = ["".join(pair) for pair in product(FIRST, SECOND)]
    Random(seed).shuffle(names)
    written = 0
    while True:
        seed += 1
        world = draw(seed)
        exchanged = _exchange(world, names)
        for page in write_pages(world, seed):
            if page.key.split()[0] not in ("report", "plan"):
                continue
            for text in _sections(page.text, page.key.split()[1:]):
                for old, new in exchanged.items():
                    text = text.replace(old, new)
                yield text
                written += 1
                if written == count:
                    return


def write_crowd(folder: Path, count: int, seed: int) -> None:
    """The crowd as files of `folder`, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(crowd(count, seed)):
        path = folder / f"crowd-{number:06}.txt"
        if not path.is_file():
            path.write_text(text, "utf-8")


def _exchange(world: World, names: list[str]) -> dict[str, str]:
    """For every name of the world another one, taken from the end of `names` and put back to its front."""
    districts = sorted({unit.district.removesuffix("区") for unit in world.units})
    shorts = [unit.short for unit in world.units]
    communities = [place.removesuffix("社区").removesuffix("村") for unit in world.units for place in unit.communities]
    old = sorted({*districts, *shorts, *(name for name in communities if len(name) > 1)}, key=len, reverse=True)
    new = [names.pop() for _ in old]
    names[:0] = new
    people = {unit.secretary: f"{unit.secretary[0]}{name}" for unit, name in zip(world.units, new, strict=False)}
    return people | dict(zip(old, new, strict=True))


def _sections(text: str, about: list[str]) -> Iterator[str]:
    """A report or a plan cut at its numbered headings, each piece under a title of its own."""
    unit, year = about
    piece: list[str] = []
    for line in text.split("\n"):
        if line[1:2] == "、":
            if len(piece) > 1:
                yield "\n".join(piece) + "\n"
            piece = [f"{unit}{year}年{line[2:]}"]
        elif piece and line:
            piece.append(line)
    if len(piece) > 1:
        yield "\n".join(piece) + "\n"
