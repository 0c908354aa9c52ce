"""Building: what is read, what is reused, what is forgotten, and what a refusing disk leaves behind."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from index import arrays
from index.disk import writer_lock
from index.errors import DiskError, IndexBusy, IndexDamaged, SourceError
from index.store import Index, open_build
from index.texts import Entry
from index.vectors import GRAPH, FaissVectors
from index.verify import verify
from tests.corpora import PAGES, fake_build, write_pages
from tests.fake_models import FakeEmbedder, RefusingDisk

ROOT = Path(__file__).parent.parent


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Three pages in a folder."""
    return write_pages(tmp_path / "source")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the index goes."""
    return tmp_path / "index"


def states(folder: Path) -> dict[str, str]:
    """The ledger: path to state."""
    index = open_build(folder)
    entries = {entry.path: entry.state for entry in index.entries}
    assert len(entries) == len(index.entries)
    index.close()
    return entries


def test_a_first_build_holds_every_file(source: Path, folder: Path) -> None:
    report = fake_build(source, folder)
    assert states(folder) == dict.fromkeys(("blue.txt", "red.txt", "sub/green.txt"), "indexed")
    index = open_build(folder)
    assert index.notice is None
    assert [heading.path for heading in index.headings] == ["blue.txt", "red.txt", "sub/green.txt"]
    assert index.manifest.states == {"indexed": 3}
    assert index.manifest.passages == index.passages == len(index.passage_documents)
    assert index.manifest.engine == "exact"
    assert report.manifest == index.manifest
    document = index.texts.document(0)
    assert document.original == PAGES["blue.txt"]
    assert {passage.document for passage in index.texts.passages_of(1)} == {1}
    index.close()


def test_unchanged_passages_are_not_embedded_again(source: Path, folder: Path) -> None:
    first = fake_build(source, folder)
    assert first.reused == 0
    embedder = FakeEmbedder()
    second = fake_build(source, folder, embedder)
    assert (second.embedded, embedder.texts) == (0, [])
    assert second.reused == first.embedded
    write_pages(source, {"red.txt": PAGES["red.txt"].replace("三十二处", "三十三处")})
    third = fake_build(source, folder, embedder)
    assert third.embedded == len(embedder.texts) == 2  # the sentence and its passage
    assert all("三十三处" in text for text in embedder.texts)


def test_equal_texts_are_embedded_once(tmp_path: Path, folder: Path) -> None:
    same = "督导员共有六十名，每天早晚两次到岗。"
    write_pages(tmp_path / "s", {"a.txt": f"甲页\n\n{same}", "b.txt": f"乙页\n\n{same}\n\n另有一句不同的话。"})
    embedder = FakeEmbedder()
    report = fake_build(tmp_path / "s", folder, embedder)
    assert len(embedder.texts) == len(set(embedder.texts)) == report.embedded


def test_another_model_embeds_everything_again(source: Path, folder: Path) -> None:
    first = fake_build(source, folder)
    other = fake_build(source, folder, FakeEmbedder("fake-2"))
    assert (other.embedded, other.reused) == (first.embedded, 0)
    assert other.manifest.hash != first.manifest.hash


def test_changes_lead_where_a_clean_build_leads(source: Path, folder: Path, tmp_path: Path) -> None:
    fake_build(source, folder)
    (source / "red.txt").unlink()
    write_pages(
        source,
        {"blue.txt": PAGES["blue.txt"] + "\n\n三、开设夜校\n\n夜校开班十二个。", "new.txt": "新开的页面，写着一句话。"},
    )
    changed = fake_build(source, folder)
    clean = fake_build(source, tmp_path / "clean")
    assert changed.manifest.hash == clean.manifest.hash
    assert states(folder) == states(tmp_path / "clean")
    assert "red.txt" not in states(folder)
    index = open_build(folder)
    assert "夜校开班十二个" in index.texts.document(0).text
    index.close()


def test_two_builds_of_the_same_tree_have_the_same_hash(source: Path, folder: Path, tmp_path: Path) -> None:
    copy = write_pages(tmp_path / "copy")
    hashes = {fake_build(where, tmp_path / name).manifest.hash for where, name in ((source, "1"), (copy, "2"))}
    assert len(hashes) == 1
    write_pages(source, {"red.txt": PAGES["red.txt"] + "。"})
    assert fake_build(source, folder).manifest.hash not in hashes


@pytest.mark.slow
def test_several_readers_give_the_same_build(source: Path, folder: Path, tmp_path: Path) -> None:
    write_pages(source, {f"{number}.txt": f"第{number}页\n\n这一页写着第{number}件事。" for number in range(5)})
    (source / "bad.pdf").write_bytes(b"%PDF-1.4 nothing")
    (source / "table.csv").write_text("街道,人数\n甲街道,5\n", "utf-8")
    one, three = fake_build(source, folder), fake_build(source, tmp_path / "3", workers=2)
    assert three.manifest.hash == one.manifest.hash
    assert three.entries == one.entries
    single, several = open_build(folder), open_build(tmp_path / "3")
    for heading in single.headings:
        assert several.texts.document(heading.id) == single.texts.document(heading.id)
    single.close()
    several.close()


def test_sources_may_be_written_in_any_way(
    source: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = fake_build(source, folder).manifest
    monkeypatch.chdir(tmp_path)
    for written in ("source", "./source/", "source/../source", str(source) + "//"):
        report = fake_build(Path(written), folder)
        assert (report.manifest.hash, report.manifest.states, report.embedded) == (expected.hash, {"indexed": 3}, 0)


def test_overlapping_sources_count_a_file_once(source: Path, folder: Path) -> None:
    report = fake_build([source, source / "sub", source / "red.txt", source], folder)
    assert [entry.path for entry in report.entries] == ["blue.txt", "red.txt", "sub/green.txt"]
    assert report.manifest.states == {"indexed": 3}


def test_the_same_name_in_two_folders_is_two_files(tmp_path: Path, folder: Path) -> None:
    one = write_pages(tmp_path / "one", {"a.txt": "第一个文件夹里的页面。"})
    two = write_pages(tmp_path / "two", {"a.txt": "另外一个文件夹里的页面。"})
    report = fake_build([one, two], folder)
    assert [(entry.source, entry.path) for entry in report.entries] == [(str(one), "a.txt"), (str(two), "a.txt")]


def test_odd_names_stay_one_line_in_the_ledger(tmp_path: Path, folder: Path) -> None:
    home = tmp_path / "odd"
    home.mkdir()
    names = [b"two\nlines.txt", b"latin-\xe9.txt", "全角　空格.txt".encode(), b"quote'\".txt", b"-dash.txt"]
    for number, name in enumerate(names):
        Path(os.fsdecode(os.fsencode(home) + b"/" + name)).write_text(f"这是第{number}个名字古怪的文件。", "utf-8")
    fake_build(home, folder)
    assert set(states(folder).values()) == {"indexed"}
    assert set(states(folder)) == {"two\nlines.txt", "latin-\\xe9.txt", "全角　空格.txt", "quote'\".txt", "-dash.txt"}
    assert verify(folder).faults == ()


def test_links_inside_are_files_and_links_outside_are_not(source: Path, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("外面的文件，不该被读到。", "utf-8")
    (source / "outside.txt").symlink_to(tmp_path / "secret.txt")
    (source / "inside.txt").symlink_to(source / "red.txt")
    (source / "broken.txt").symlink_to(source / "nothing.txt")
    (source / "loop").symlink_to(source)
    fake_build(source, folder)
    found = states(folder)
    assert (found["outside.txt"], found["broken.txt"]) == ("failed", "failed")
    assert "loop" not in found  # what is in there is found where it is
    assert (found["inside.txt"], found["red.txt"]) == ("indexed", "duplicate")


def test_duplicates_name_the_file_that_stays(source: Path, folder: Path) -> None:
    write_pages(
        source, {"zz.txt": PAGES["red.txt"].replace("，", "\n，") + "\n\n", "traditional.txt": "紅星街道的頁面"}
    )
    report = fake_build(source, folder)
    (entry,) = [entry for entry in report.entries if entry.state == "duplicate"]
    assert (entry.path, entry.duplicate_of, entry.document) == ("zz.txt", "red.txt", None)
    index = open_build(folder)
    red = next(heading.id for heading in index.headings if heading.path == "red.txt")
    assert index.also(red) == ("zz.txt",)
    index.close()


def test_near_duplicates_are_one_family_and_templates_are_not(tmp_path: Path, folder: Path) -> None:
    body = "".join(f"第{number}项工作已经完成，效果比较明显，群众表示满意；" for number in range(40))
    pages = {
        "1.txt": f"莲塘街道2023年工作总结\n\n{body}",
        "2.txt": f"莲塘街道2023年工作总结\n\n{body}转载自政务网。",
        "3.txt": f"莲塘街道2022年工作总结\n\n{body}",
        "4.txt": f"东门街道2023年工作总结\n\n{body}",
    }
    fake_build(write_pages(tmp_path / "s", pages), folder)
    index = open_build(folder)
    assert [heading.family for heading in index.headings] == [0, 0, 2, 3]
    assert [index.also(number) for number in range(4)] == [("2.txt",), ("1.txt",), (), ()]
    index.close()


def test_a_file_that_cannot_be_read_stands_in_the_ledger(source: Path, folder: Path) -> None:
    (source / "empty.txt").write_bytes(b"")
    (source / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    report = fake_build(source, folder)
    failed = {entry.path: entry.reason for entry in report.entries if entry.state == "failed"}
    assert set(failed) == {"empty.txt", "old.doc"}
    assert "docx" in str(failed["old.doc"])
    assert report.manifest.states == {"indexed": 3, "failed": 2}


def test_a_reader_that_fails_in_an_unforeseen_way_costs_one_file(
    source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from index import readers

    real = readers.repair

    def repair(loaded: object, path: str, home: str) -> object:
        if path == "red.txt":
            raise ZeroDivisionError("oops")
        return real(loaded, path, home)  # type: ignore[arg-type]

    monkeypatch.setattr(readers, "repair", repair)
    report = fake_build(source, folder)
    (entry,) = [entry for entry in report.entries if entry.state == "failed"]
    assert entry.path == "red.txt"
    assert "ZeroDivisionError：oops" in str(entry.reason)


def test_a_child_that_takes_too_long_costs_its_file(
    source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from index import readers

    monkeypatch.setattr(readers, "MAX_SECONDS", 0.001)
    entries = fake_build(source, folder, workers=2).entries
    assert [entry.state for entry in entries] == ["failed"] * 3
    assert all("超时" in str(entry.reason) for entry in entries)


def test_many_vectors_get_a_graph_that_is_checked_and_recorded(
    source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = fake_build(source, folder.with_name("exact"))
    monkeypatch.setattr(arrays, "GRAPH_FROM", 2)
    report = fake_build(source, folder)
    assert (report.manifest.engine, exact.manifest.engine) == ("hnsw", "exact")
    assert report.manifest.hash == exact.manifest.hash
    assert report.manifest.files[GRAPH].size == (report.folder / GRAPH).stat().st_size
    index = open_build(folder)
    assert isinstance(index.vectors, FaissVectors)
    query = index.passage_vectors[1:2]
    assert index.vectors.search(query, 1)[0].tolist() == [[1]]
    index.close()
    data = (report.folder / GRAPH).read_bytes()
    (report.folder / GRAPH).write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
    with pytest.raises(IndexDamaged, match=GRAPH):
        open_build(folder)


def test_no_file_at_all_is_an_error_and_the_old_index_stays(source: Path, folder: Path, tmp_path: Path) -> None:
    before = fake_build(source, folder).folder
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="里没有文件"):
        fake_build(tmp_path / "empty", folder)
    assert open_folder(folder) == before


def open_folder(folder: Path) -> Path:
    """The folder of the build that serves."""
    index = open_build(folder)
    index.close()
    return index.folder


def test_three_builds_are_kept_and_one_that_is_held_is_not_removed(source: Path, folder: Path) -> None:
    held = Index(fake_build(source, folder).folder)
    for _ in range(4):
        fake_build(source, folder)
    names = sorted(path.name[:8] for path in (folder / "builds").iterdir())
    assert names == ["00000001", "00000003", "00000004", "00000005"]
    assert held.texts.document(0).original == PAGES["blue.txt"]
    held.close()
    fake_build(source, folder)
    assert sorted(path.name[:8] for path in (folder / "builds").iterdir()) == ["00000004", "00000005", "00000006"]


def test_what_a_killed_build_left_is_removed(source: Path, folder: Path) -> None:
    stale = folder / "builds" / "new-99-abc"
    stale.mkdir(parents=True)
    (stale / "vectors.npy").write_bytes(b"half")
    report = fake_build(source, folder)
    assert [path.name for path in (folder / "builds").iterdir()] == [report.folder.name]


def test_a_clock_set_back_does_not_bring_old_builds_back(
    source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_build(source, folder)
    monkeypatch.setattr(time, "time_ns", lambda: 1)
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    second = fake_build(source, folder).folder
    (folder / "CURRENT").unlink()
    assert open_folder(folder) == second


CLOCKS = (1_700_000_000, 0, 951_782_399, 2_147_483_648, 32_503_680_000)  # seconds since 1970
ZONES = ("UTC", "Asia/Shanghai", "Pacific/Kiritimati", "America/Adak")


def test_whatever_the_clock_and_the_zone_the_newest_build_serves_and_is_the_same(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    """Clocks and zones jump to and fro between builds of two states of a source, first built with neither touched."""
    gmtime, source = time.gmtime, write_pages(tmp_path / "source")
    states = [{"new.txt": f"新开的页面\n\n第{number}次写下的话。"} for number in range(2)]
    expected = [fake_build(write_pages(source, state), tmp_path / "expected").manifest.hash for state in states]
    trials = list(product(CLOCKS, ZONES))
    try:
        for number, (clock, zone) in enumerate(trials):
            write_pages(source, states[number % 2])
            with monkeypatch.context() as changed:
                changed.setattr(time, "time_ns", lambda clock=clock: clock * 10**9)
                changed.setattr(time, "gmtime", lambda seconds=clock: gmtime(seconds))
                changed.setenv("TZ", zone)
                time.tzset()
                built = fake_build(source, folder)
                assert built.manifest.created == time.strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(clock))
                assert (built.manifest.hash, verify(folder).faults) == (expected[number % 2], ())
                (folder / "CURRENT").unlink()  # so that the names of the builds alone say which is the newest
                assert open_folder(folder) == built.folder
    finally:
        time.tzset()
    record_property("trials", len(trials))


def test_a_second_builder_is_told_who_builds(source: Path, folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from index.disk import writer_lock\n"
        "with writer_lock(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"held\n"
        with pytest.raises(IndexBusy, match=str(process.pid)):
            fake_build(source, folder)
        process.communicate()
    assert fake_build(source, folder).manifest.documents == 3
    with writer_lock(folder), pytest.raises(IndexBusy, match=str(os.getpid())):
        fake_build(source, folder)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (errno.ENOSPC, "清出空间"),
        (errno.EROFS, "可写的索引目录"),
        (errno.EIO, "磁盘与权限"),
        (errno.EMFILE, "ulimit"),
    ],
)
def test_a_disk_that_refuses_at_any_step_leaves_the_old_index(
    code: int, advice: str, source: Path, folder: Path, record_property: Callable[[str, object], None]
) -> None:
    old = fake_build(source, folder)
    write_pages(source, {"new.txt": "新开的页面，写着一句话。"})
    counting = RefusingDisk()
    fake_build(source, folder.with_name("count"), disk=counting)
    refused = 0
    for step in range(1, counting.steps + 1, 1 if code == errno.ENOSPC else 9):
        try:
            fake_build(source, folder, disk=RefusingDisk(step, code))
        except DiskError as error:
            refused += 1
            assert advice in str(error) and "原来的索引仍可使用" in str(error)
        assert list((folder / "builds").glob("new-*")) == []
        if (folder / "CURRENT").read_text("ascii").strip() != old.folder.name:
            break  # it was published; what was refused came after
    record_property("trials", refused)
    assert refused >= (counting.steps - 8) // (1 if code == errno.ENOSPC else 9)
    assert states(folder)["red.txt"] == "indexed"
    assert fake_build(source, folder).manifest.documents == 4


def test_an_index_where_a_file_stands_is_refused(source: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DiskError, match="是文件而不是目录"):
        fake_build(source, tmp_path / "file")


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to be taken for one" * 99])
def test_a_damaged_cache_costs_time_only(content: bytes, source: Path, folder: Path) -> None:
    first = fake_build(source, folder)
    (folder / "embeddings.sqlite").write_bytes(content)
    again = fake_build(source, folder)
    assert (again.embedded, again.manifest.hash) == (first.embedded, first.manifest.hash)


def test_a_flipped_bit_in_the_cache_never_reaches_a_build(source: Path, folder: Path) -> None:
    first = fake_build(source, folder)
    path = folder / "embeddings.sqlite"
    whole = path.read_bytes()
    expected = (first.folder / "vectors.npy").read_bytes()
    for at in range(101, len(whole), len(whole) // 20):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 16]) + whole[at + 1 :])
        assert (fake_build(source, folder).folder / "vectors.npy").read_bytes() == expected


def test_verify_recounts_and_tells_what_changed_since(source: Path, folder: Path) -> None:
    (source / "empty.txt").write_bytes(b"")
    report = fake_build(source, folder)
    found = verify(folder)
    assert (found.entries, found.documents, found.faults, found.changed) == (4, 3, (), ())
    assert (found.passages, found.sentences) == (report.manifest.passages, report.manifest.sentences)
    (source / "red.txt").unlink()
    assert verify(folder).changed == ("red.txt",)


def test_verify_finds_a_ledger_that_does_not_add_up(
    source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_build(source, folder)
    broken = [
        Entry("s", "a.txt", "", 0, "indexed", document=0, passages=1),
        Entry("s", "a.txt", "", 0, "failed"),
        Entry("s", "b.txt", "", 0, "duplicate", duplicate_of="gone.txt"),
    ]
    monkeypatch.setattr(Index, "entries", broken)
    faults = "\n".join(verify(folder).faults)
    for said in ("a.txt 在账本里有 2 项", "数目与清单不符", "文件与文档不符", "b.txt 与之重复", "状态与原因不符"):
        assert said in faults
