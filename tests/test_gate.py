"""The quality gate: when it passes, when it fails, and how floors may change.

No model is loaded: fake restorers know the answer, forget a word, or break a line.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchmarks import floors as floors_module
from benchmarks import gate
from benchmarks.floors import Floors, FloorsError, Lowered, committed, lowered_silently, raised
from vndiacritic import shipped
from vndiacritic.evaluation import WORD, strip_gold

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

GOLD = "Mẹ mua cá ở chợ.\nTrời đã sáng rồi!\n"
OTHER = "Bà kể chuyện cổ tích.\n"


class Oracle:
    """Restores by heart, but for one word that it leaves bare."""

    def __init__(self, forgotten: str = "", damage: Callable[[str], str] = str) -> None:
        self._forgotten = forgotten
        self._damage = damage

    @property
    def info(self) -> dict[str, object]:
        return {"path": "models/fake.safetensors", "file_size": 1_000_000, "payload_sha256": "0" * 64}

    def predict(self, lines: list[str]) -> list[str]:
        return [self._damage(self._restored(line)) for line in lines]

    def _restored(self, line: str) -> str:
        words = (GOLD + OTHER).replace(".", "").replace("!", "").split()
        forms = {bare: form for form in words if form != self._forgotten for bare in [strip_gold(form)]}
        for variant in (str.lower, str.upper):
            forms |= {variant(bare): variant(form) for bare, form in forms.items()}
        return WORD.sub(lambda match: forms.get(match[0], match[0]), line)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a bundled set, a benchmark set and no floors."""
    bench = tmp_path / "bench"
    bench.mkdir()
    (tmp_path / "gate.txt").write_text(GOLD, encoding="utf-8")
    (bench / "tales.txt").write_text(OTHER, encoding="utf-8")
    monkeypatch.setattr(gate, "BUNDLED", tmp_path / "gate.txt")
    monkeypatch.setattr(gate, "BENCH", bench)
    monkeypatch.setattr(gate, "ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def run(place: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the gate on these sets with a fake model."""

    def invoke(*arguments: str, model: Oracle | None = None) -> Result:
        monkeypatch.setattr(shipped, "load_model", lambda name=None: model or Oracle())
        return CliRunner().invoke(gate.main, ["--floors", str(place / "floors.json"), *arguments])

    return invoke


def edit(path: Path, change: Callable[[dict[str, dict[str, object]]], object]) -> None:
    """Change the floors file by hand."""
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def git(folder: Path, *arguments: str) -> None:
    """Git without the user's settings."""
    who = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


def commit(folder: Path) -> None:
    """Commit the floors as they are."""
    git(folder, "add", "floors.json")
    git(folder, "commit", "--quiet", "--message", "Floors")


# ---- figures against floors


def test_without_floors_the_gate_fails(run: Callable[..., Result]) -> None:
    result = run()
    assert result.exit_code == 1
    assert "no floor yet" in result.output
    assert result.output.endswith("1 passed, 4 failed\n")


def test_raised_floors_let_the_same_model_pass(run: Callable[..., Result], place: Path) -> None:
    result = run("--raise")
    assert result.exit_code == 0, result.output
    assert "5 floors raised" in result.output
    assert result.output.endswith("6 passed, 0 failed\n")
    kept = Floors.read(place / "floors.json")
    assert set(kept.floors) == {"gate", "gate:lower", "gate:capitals", "gate:slug", "tales"}
    assert kept.floors["gate"] == 99.98
    assert set(kept.sha256) == {"gate", "tales"}


def test_a_figure_below_its_floor_fails(run: Callable[..., Result]) -> None:
    run("--raise")
    result = run(model=Oracle(forgotten="chợ"))
    assert result.exit_code == 1
    assert "below its floor" in result.output
    assert result.output.endswith("2 passed, 4 failed\n")


def test_raising_never_lowers(run: Callable[..., Result], place: Path) -> None:
    run("--raise")
    before = (place / "floors.json").read_bytes()
    result = run("--raise", model=Oracle(forgotten="chợ"))
    assert result.exit_code == 1
    assert "0 floors raised" in result.output
    assert (place / "floors.json").read_bytes() == before


def test_a_broken_line_fails_though_the_figure_holds(run: Callable[..., Result]) -> None:
    run("--raise")
    result = run(model=Oracle(damage=lambda line: line.replace(" ", "  ", 1)))
    assert result.exit_code == 1
    assert "1 broken lines" in result.output


def test_a_set_of_other_bytes_fails_and_gets_no_floor(run: Callable[..., Result], place: Path) -> None:
    run("--raise")
    before = Floors.read(place / "floors.json")
    (place / "gate.txt").write_text(GOLD + OTHER, encoding="utf-8")
    result = run("--raise")
    assert result.exit_code == 1
    assert "another SHA-256" in result.output
    assert Floors.read(place / "floors.json") == before


def test_without_the_benchmark_folder_its_floors_are_skipped_aloud(run: Callable[..., Result], place: Path) -> None:
    run("--raise")
    shutil.rmtree(place / "bench")
    result = run()
    assert result.exit_code == 0, result.output
    assert "there is no folder of benchmark sets" in result.output
    assert "1 skipped" in result.output
    assert result.output.endswith("5 passed, 0 failed\n")


def test_a_set_missing_from_the_benchmark_folder_fails(run: Callable[..., Result], place: Path) -> None:
    run("--raise")
    (place / "bench" / "tales.txt").unlink()
    result = run()
    assert result.exit_code == 1
    assert "the set is missing" in result.output


def test_a_new_set_is_measured_but_not_judged(run: Callable[..., Result], place: Path) -> None:
    run("--raise")
    other = place / "other"
    shutil.copytree(place / "bench", other)
    (other / "more.txt").write_text(GOLD, encoding="utf-8")
    result = run("--bench", str(other))
    assert result.exit_code == 0, result.output
    assert "no floor yet" in result.output


def test_a_set_that_is_not_utf8_is_named(run: Callable[..., Result], place: Path) -> None:
    (place / "bench" / "tales.txt").write_bytes(b"B\xe0 k\xec")
    result = run()
    assert result.exit_code == 1
    assert "tales.txt is not UTF-8" in result.output


# ---- the history of floors


@needs_git
def test_a_floor_lowered_silently_fails(run: Callable[..., Result], place: Path) -> None:
    git(place, "init", "--quiet")
    run("--raise")
    commit(place)
    edit(place / "floors.json", lambda content: content["floors"].update(gate=90.0))
    for arguments in ((), ("--base", "HEAD")):
        result = run(*arguments)
        assert result.exit_code == 1
        assert "the floor of gate was 99.98 and is 90.0" in result.output
    # Committing it makes it no better.
    commit(place)
    assert run().exit_code == 1


@needs_git
def test_a_floor_lowered_with_a_reason_passes(run: Callable[..., Result], place: Path) -> None:
    git(place, "init", "--quiet")
    run("--raise")
    commit(place)
    entry = {"name": "gate", "from": 99.98, "to": 90.0, "reason": "a test of this gate"}

    def lower(content: dict[str, dict[str, object]]) -> None:
        content.update(lowered=[entry])  # type: ignore[call-overload]
        content["floors"]["gate"] = 90.0

    edit(place / "floors.json", lower)
    assert run().exit_code == 0
    commit(place)
    result = run()
    assert result.exit_code == 0, result.output
    assert "since 2 committed version(s)" in result.output


@needs_git
def test_an_unknown_base_is_an_error(run: Callable[..., Result], place: Path) -> None:
    git(place, "init", "--quiet")
    run("--raise")
    commit(place)
    result = run("--base", "nowhere")
    assert result.exit_code == 1
    assert "nowhere" in result.output


@needs_git
def test_a_repository_without_commits_has_no_earlier_floors(place: Path) -> None:
    git(place, "init", "--quiet")
    assert committed(place / "floors.json") == []


@needs_git
def test_a_committed_version_that_is_no_floors_file_is_passed_over(place: Path) -> None:
    git(place, "init", "--quiet")
    path = place / "floors.json"
    for text in (Floors({"gate": 98.0}, {}).to_json(), "{}", Floors({"gate": 97.0}, {}).to_json()):
        path.write_text(text, encoding="utf-8")
        commit(place)
    assert [version.floors["gate"] for version in committed(path)] == [98.0, 97.0]


def floors(gate: float | None, digest: str = "aa", lowered: Iterable[Lowered] = ()) -> Floors:
    """Floors with one entry at most."""
    return Floors({} if gate is None else {"gate": gate}, {"gate": digest}, tuple(lowered))


@pytest.mark.parametrize(
    ("versions", "complaints"),
    [
        ([floors(97.0), floors(98.0)], 0),
        ([floors(98.0), floors(97.0)], 1),
        ([floors(98.0), floors(97.0), floors(98.0)], 1),
        ([floors(98.0), floors(None)], 1),
        ([floors(98.0), floors(99.0, "bb")], 1),
        ([floors(None), floors(50.0)], 0),
    ],
    ids=["higher", "lower", "lower and back", "gone", "another file", "new"],
)
def test_what_counts_as_lowering(versions: list[Floors], complaints: int) -> None:
    assert len(lowered_silently(versions, ())) == complaints


@pytest.mark.parametrize(
    ("versions", "entry"),
    [
        ([floors(98.0), floors(97.0)], Lowered("gate", 98.0, 97.0, "why")),
        ([floors(98.0), floors(None)], Lowered("gate", 98.0, None, "why")),
        ([floors(98.0), floors(99.0, "bb")], Lowered("gate", 98.0, 99.0, "why")),
    ],
)
def test_a_reason_excuses_one_fall_and_no_other(versions: list[Floors], entry: Lowered) -> None:
    assert lowered_silently(versions, [entry]) == []
    assert lowered_silently(versions, [entry._replace(before=98.5)])
    assert lowered_silently(versions, [entry._replace(name="tales")])


# ---- the file


def test_floors_are_rounded_down_and_a_margin_below(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floors_module, "MARGIN", 0.02)
    new = raised(floors(90.0), {"gate": 97.48, "tales": 98.659}, {"gate": "aa", "tales": "cc"})
    assert new.floors == {"gate": 97.46, "tales": 98.63}
    assert new.sha256 == {"gate": "aa", "tales": "cc"}


def test_the_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    before = floors(98.0, lowered=[Lowered("gate", 98.5, 98.0, "lý do"), Lowered("tales", 97.0, None, "gone")])
    path.write_text(before.to_json(), encoding="utf-8")
    assert Floors.read(path) == before


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"floors": {}}',
        '{"floors": {"gate": "high"}, "sha256": {}}',
        '{"floors": {}, "sha256": {}, "lowered": [{"name": "gate", "from": 2, "to": 1, "reason": " "}]}',
    ],
)
def test_a_file_that_holds_no_floors_is_refused(text: str) -> None:
    with pytest.raises(FloorsError, match=r"floors\.json does not hold floors"):
        Floors.parse(text, "floors.json")


def test_the_bundled_floors_can_be_read() -> None:
    bundled = Floors.read(gate.FLOORS)
    digest = hashlib.sha256(gate.BUNDLED.read_bytes()).hexdigest()
    assert bundled.sha256["gate"] == digest, "tests/data/gate.txt was changed: its floors need new figures"
