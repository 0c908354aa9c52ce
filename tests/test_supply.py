"""What Wenju is made of is named, licensed and pinned; what could run foreign code does not pass the linter."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from eval.supply import (
    BEGIN,
    LOCK,
    MACHINES_OWN,
    MODELS,
    NOTICE,
    PINS,
    Package,
    bill_of_materials,
    disagreements,
    installed,
    notice,
    unpinned,
)

ROOT = Path(__file__).parent.parent
FORBIDDEN = {
    "S301": "import pickle\npickle.loads(b'')\n",
    "S302": "import marshal\nmarshal.loads(b'')\n",
    "S307": "eval(input())\n",
    "S602": "import subprocess\nsubprocess.run('ls', shell=True)\n",
    "S605": "import os\nos.system(input())\n",
}


def test_notice_names_every_package_and_its_licence() -> None:
    packages = installed()
    listed = NOTICE.read_text("utf-8").partition(BEGIN)[2].split("\n")
    names = {line.removeprefix("- ").partition(":")[0] for line in listed}
    assert len(packages) > 100
    assert {package.name for package in packages} - names == set(), "run `python -m eval supply notice --write`"
    assert [line for line in listed if line.endswith(("not stated", ": "))] == []
    assert {f"- {name}: {licence}" for name, licence in MODELS} <= set(listed)


def test_notice_keeps_what_people_wrote() -> None:
    once = notice("问据\n\nWritten by hand.\n", [Package("a", "1", "MIT")])
    assert once.startswith(f"问据\n\nWritten by hand.\n\n{BEGIN}\n\n- a: MIT\n")
    assert notice(once, [Package("a", "1", "MIT")]) == once


def test_the_bill_of_materials_holds_every_package() -> None:
    packages = installed()
    bill = json.loads(json.dumps(bill_of_materials(packages)))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    urls = [component.get("purl") for component in bill["components"]]
    assert urls == [*(package.url for package in packages), *[None] * len(MODELS)]
    assert len(set(urls[: len(packages)])) == len(packages)


def test_every_package_is_pinned() -> None:
    assert unpinned(installed(), PINS.read_text("utf-8")) == []
    pins = "a==1\nB_c==1 ; os_name == 'posix'\n"
    assert unpinned([Package("a", "2", ""), Package("b-c", "1+cpu", "")], pins) == ["a 2：钉的是 1"]
    assert unpinned([Package("d", "1", "")], "") == ["d 1：没有钉住"]


def test_every_package_is_locked_to_hashes() -> None:
    locked = [package for package in installed() if package.name not in MACHINES_OWN]
    lock = LOCK.read_text("utf-8")
    assert unpinned(locked, lock) == [], f"make it anew as its first lines say: {lock.partition('#   ')[2][:60]}"
    entries = re.split(r"\n(?=[A-Za-z0-9])", lock.partition("\nannotated-doc")[2])
    assert len(entries) > 150
    assert [entry.split("\n")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lock_and_the_pins_agree() -> None:
    assert disagreements(PINS.read_text("utf-8"), LOCK.read_text("utf-8")) == []
    pins = "a==1\nB_c==2\nd==3\ntorch==9\n"
    lock = (
        "a==1 \\\n    --hash=sha256:00\nb-c==4\ne==5 ; sys_platform == 'nowhere'\nf==6 ; python_version > '3'\npip==7\n"
    )
    assert disagreements(pins, lock) == [
        "f 只在 requirements.lock 里",
        "d 只在 constraints.txt 里",
        "b-c：constraints.txt 里是 2，requirements.lock 里是 4",
    ]


@pytest.mark.parametrize("rule", FORBIDDEN)
def test_dangerous_calls_do_not_pass_the_linter(rule: str) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--output-format", "json", "--stdin-filename", "index/x.py", "-"]
    done = subprocess.run(command, cwd=ROOT, input=FORBIDDEN[rule], capture_output=True, text=True)
    assert rule in {found["code"] for found in json.loads(done.stdout)}


@pytest.mark.long
def test_no_known_vulnerability() -> None:
    """Asked of pip-audit, where it is installed and its service can be reached."""
    command = [sys.executable, "-m", "pip_audit", "--strict", "--disable-pip", "--no-deps", "-r", str(PINS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode and "No known vulnerabilities" not in done.stderr and "Found " not in done.stderr:
        pytest.skip(f"pip-audit cannot run here: {done.stderr.strip().splitlines()[-1:] or done.returncode}")
    assert done.returncode == 0, done.stdout
