"""The benchmark programs: what they count and how they lay figures side by side, without measuring anything."""

from __future__ import annotations

import doctest
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import memory, peer, peers, speed, tables
from benchmarks.speed import Command, Texts, bare_lines, interleaved
from benchmarks.speed_report import Measurement, Report, Run, plot, to_text
from vndiacritic.errors import VndiacriticError

ROOT = Path(__file__).resolve().parent.parent
GOLD = ["Mẹ mua cá ở chợ.", "Trời đã sáng rồi, cả nhà dậy thôi!"]

posix = pytest.mark.skipif(os.name != "posix", reason="processes are measured with wait4")


def syllables(lines: list[str]) -> int:
    return sum(len(re.findall(r"[^\W\d_]+", line)) for line in lines)


def test_the_examples_of_tables_hold() -> None:
    assert doctest.testmod(tables).failed == 0


# ---- speed


@pytest.mark.parametrize("wanted", [1, 5, 6, 13, 14, 500])
def test_a_text_has_the_syllables_asked_for_up_to_a_line(wanted: int) -> None:
    lines = list(bare_lines(GOLD, wanted))
    assert wanted <= syllables(lines) < wanted + 8
    assert "".join(lines).isascii()
    assert lines == list(bare_lines(GOLD, wanted))


def test_a_text_does_not_repeat_its_lines() -> None:
    lines = list(bare_lines(GOLD, 130))
    assert len(set(lines)) > len(lines) / 2
    assert sorted("".join(lines[:2]).replace(" ", "")) == sorted("".join(lines[2:4]).replace(" ", ""))


@pytest.mark.parametrize("one_line", [False, True])
def test_a_long_text_repeats_a_drawn_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_line: bool) -> None:
    monkeypatch.setattr(speed, "DRAWN", 26)
    text = Texts(tmp_path, GOLD).file(100, one_line=one_line).read_text(encoding="utf-8")
    assert 100 <= syllables([text]) < 108
    assert ("\n" in text) is not one_line


@posix
def test_programs_run_in_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    def fake(command: Command) -> Run:
        order.append(command.arguments[0])
        return Run(len(order), 1.0, 2.0)

    monkeypatch.setattr(speed, "run", fake)
    found = interleaved({name: Command([name], tmp_path) for name in "ab"}, 3)
    assert order == ["a", "b"] * 3
    assert found == {"a": Run(3, 1.0, 2.0), "b": Run(4, 1.0, 2.0)}


@posix
def test_a_process_is_measured_and_a_failure_is_told(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("mot hai", encoding="utf-8")
    busy = "import sys, time; sys.stdin.read(); t = time.process_time()\nwhile time.process_time() < t + 0.05: pass"
    found = speed.run(Command([sys.executable, "-c", busy], text))
    assert 0.05 <= found.cpu < 5
    assert 5 < found.rss < 500
    with pytest.raises(VndiacriticError, match="no such luck"):
        speed.run(Command([sys.executable, "-c", "raise SystemExit('no such luck')"], text))


def test_a_rate_is_beyond_start_up_or_untold() -> None:
    def measurement(cpu: float) -> Measurement:
        return Measurement("length", "vndiacritic", 1000, 0.01, Run(1.0, cpu, 100.0))

    assert measurement(1.5).rate(1.0) == 2000
    assert measurement(1.1).rate(1.0) is None


def report() -> Report:
    """Figures that were made up."""
    runs = {
        "start-up": {"vndiacritic": 0.2, "pyvi": 1.0, "python -c pass": 0.01, "vndiacritic --help": 0.1},
        "side by side": {"vndiacritic": 0.4, "pyvi": 3.0},
        "length": {"vndiacritic": 0.7},
    }
    sizes = {"start-up": 1, "side by side": 20_000, "length": 100_000}
    measurements = [
        Measurement(section, what, sizes[section], 0.1, Run(cpu, cpu, 100.0))
        for section, programs in runs.items()
        for what, cpu in programs.items()
    ]
    library = {"load_cpu": 0.15, "predict_rate": 250_000.0, "single_line_ms": 0.5, "peer_single_line_ms": 1.0}
    return Report({"CPU": "abacus"}, "peer: pyvi 0", measurements, library)


def test_the_report_has_rates_and_ratios() -> None:
    text = to_text(report())
    assert re.search(r"length +vndiacritic +100,000 .* 200,000\n", text)
    assert re.search(r"start-up, CPU s +0\.2 +1 +5\.0\n", text)
    # 5 microseconds a syllable on our longest text, 100 on the peer's
    assert re.search(r"beyond start-up +5 +100 +20\.0\n", text)
    assert re.search(r"a single line, ms +0\.5 +1 +2\.0\n", text)


def test_without_a_peer_there_are_no_ratios() -> None:
    ours = report()
    ours.measurements = [m for m in ours.measurements if m.what != "pyvi"]
    assert "times better" not in to_text(ours)


def test_the_report_is_json() -> None:
    content = json.loads(report().to_json())
    assert content["measurements"][0]["run"] == [0.2, 0.2, 100.0]


def test_the_plot_is_small_and_the_same_each_time(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    ours = report()
    run = Run(1.0, 1.0, 100.0)
    ours.measurements += [Measurement("workers", f"-j {n}", 10, 1.0, run, workers=n) for n in (1, 2)]
    ours.measurements += [Measurement("model size", "m", n, 1.0, run, "m", 60.0) for n in (1, 10)]
    for name in ("a.svg", "b.svg"):
        plot(ours, tmp_path / name)
    drawn = (tmp_path / "a.svg").read_bytes()
    assert drawn == (tmp_path / "b.svg").read_bytes()
    assert len(drawn) < 100_000
    for title in (b"cost", b"peak memory", b"workers", b"model size", b"100,000"):
        assert b">" + title + b"<" in drawn


def test_the_measuring_process_stays_small() -> None:
    code = "import sys, benchmarks.speed; print('numpy' in sys.modules or 'matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == "False\n"


# ---- memory


@pytest.mark.parametrize("one_line", [False, True])
def test_a_text_has_the_bytes_asked_for_up_to_a_line(tmp_path: Path, one_line: bool) -> None:
    memory.write_text(tmp_path / "text", ["mot hai", "ba"], 1000, one_line=one_line)
    data = (tmp_path / "text").read_bytes()
    assert 1000 <= len(data) < 1008
    assert data.startswith(b"mot hai ba mot" if one_line else b"mot hai\nba\nmot")
    assert data.count(b"\n") == (0 if one_line else len(data.splitlines()))


def test_lines_and_a_line_stand_side_by_side() -> None:
    found = [memory.Measured(20, "lines", Run(2.0, 1.5, 99.9)), memory.Measured(20, "one line", Run(3.0, 2.5, 101))]
    found.append(memory.Measured(2000, "lines", Run(200.0, 150.0, 100.2)))
    assert memory.to_text(found).splitlines()[1:] == [
        "   20             100           1.5            2.0                101              2.5               3.0",
        "2,000             100         150.0          200.0                  -                -                 -",
    ]


@posix
def test_memory_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[Command] = []

    def fake(command: Command) -> Run:
        commands.append(command)
        return Run(1.0, 1.0, command.text.stat().st_size)

    monkeypatch.setattr(memory, "run", fake)
    found = memory.measure(["mot hai"], [1, 2], [1], ["-j", "2"])
    assert [(m.megabytes, m.shape) for m in found] == [(1, "lines"), (2, "lines"), (1, "one line")]
    assert [round(m.run.rss / 1e6) for m in found] == [1, 2, 1]
    assert list(commands[0].arguments[1:]) == ["-m", "vndiacritic", "restore", "-j", "2"]


# ---- peers


def test_a_score_is_taken_with_case_and_without() -> None:
    found = peers.score(lambda lines: [line.upper() for line in GOLD], GOLD)
    assert found.caseless == 100
    assert found.syllable == 0
    assert found.broken == 2


def test_published_figures_name_their_source_and_a_set_of_the_gate() -> None:
    figures = peers.read_published()
    assert len(figures) >= 8
    for figure in figures:
        assert figure.source
        assert figure.comparable
        assert 50 < figure.figure < 100


def test_the_tables_are_markdown() -> None:
    ours = {"vtb_dev": peers.Score(1000, 14.0, 95.5, 95.6, 0)}
    theirs = {"vtb_dev": peers.Score(1000, 14.0, 60.0, 70.0, 9)}
    assert "| vtb_dev | 1,000 | 14.00 | 95.50 | 60.00 | 70.00 | 9 |" in peers.live(ours, theirs, "pyvi 0")
    assert peers.live(ours, None, "").endswith("| vtb_dev | 1,000 | 14.00 | 95.50 |")
    table = peers.published(peers.read_published(), ours)
    assert re.search(r"ViT5-base.*\| 90.24 \| 95.50 \| vtb_dev \|", table)
    assert re.search(r"\| 94.12 \| - \| tatoeba300 \|", table)


@posix
def test_a_peer_that_cannot_be_installed_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "import sys; sys.exit('no network')"
    monkeypatch.setattr(peer, "_commands", lambda folder, python: [[sys.executable, "-c", script]])
    with peer.pyvi(tmp_path) as found:
        assert found == "pyvi cannot be had from PyPI (no network): only vndiacritic is measured"
