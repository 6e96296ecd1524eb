"""The figures of a speed benchmark as plain data, as JSON, as text and as a plot.

Knows rates, ratios and columns. Does not know how anything is measured: that is benchmarks.speed's part.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.tables import aligned
from vndiacritic.errors import VndiacriticError

__all__ = ["HELP", "OURS", "PYTHON", "Measurement", "Report", "Run", "plot", "require_matplotlib", "to_text"]

OURS = "vndiacritic"
PYTHON = "python -c pass"
HELP = "vndiacritic --help"


class Run(NamedTuple):
    """What one process took: seconds, CPU-seconds, megabytes."""

    wall: float
    cpu: float
    rss: float


@dataclass(frozen=True)
class Measurement:
    """The median of some runs of one program on one text."""

    section: str
    what: str
    syllables: int
    megabytes: float
    run: Run
    model: str = ""
    model_megabytes: float = 0.0
    workers: int = 1

    def rate(self, start_up: float) -> float | None:
        """Syllables per CPU-second beyond start-up; None if they were too few to tell."""
        beyond = self.run.cpu - start_up
        return self.syllables / beyond if beyond > 0.2 * start_up else None


@dataclass
class Report:
    """Everything that was measured."""

    machine: Mapping[str, str]
    peer: str
    measurements: list[Measurement] = field(default_factory=list)
    library: dict[str, float] = field(default_factory=dict)

    def section(self, name: str, what: str = "") -> list[Measurement]:
        """The measurements of a section, or those of one program in it."""
        return [m for m in self.measurements if m.section == name and what in ("", m.what)]

    def start_up(self, what: str) -> float:
        """CPU-seconds of a program that restores one word."""
        return self.section("start-up", what)[0].run.cpu

    def to_json(self) -> str:
        """The report as JSON; a run is [seconds, CPU-seconds, megabytes]."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n"


def to_text(report: Report) -> str:
    """The report for a terminal."""
    parts = ["\n".join(f"{name:8}  {value}" for name, value in report.machine.items())]
    parts += [report.peer, _processes(report), _library(report)]
    if len(report.section("start-up")) > 3:
        parts.append(_ratios(report))
    return "\n\n".join(parts) + "\n"


def _processes(report: Report) -> str:
    """A row for every measured process."""
    head = ("section", "program", "syllables", "MB", "wall s", "CPU s", "peak MB", "syllables per CPU-s")
    rows = [
        (
            m.section, m.what, f"{m.syllables:,}", f"{m.megabytes:.2f}", f"{m.run.wall:.3f}", f"{m.run.cpu:.3f}",
            f"{m.run.rss:.0f}", _rate(report, m),
        )
        for m in report.measurements
    ]  # fmt: skip
    return aligned(head, rows, left=(0, 1)) + "\n(the rate is beyond start-up; - where that is lost in noise)"


def _rate(report: Report, measurement: Measurement) -> str:
    """Rate of a measurement beyond its own program's start-up."""
    if measurement.syllables <= 1:
        return ""
    peers = {m.what for m in report.section("start-up")} - {OURS}
    rate = measurement.rate(report.start_up(measurement.what if measurement.what in peers else OURS))
    return "-" if rate is None else f"{rate:,.0f}"


def _library(report: Report) -> str:
    """What the library takes once a process runs."""
    names = {
        "load_cpu": "load a model, CPU s (imports included)",
        "predict_rate": "predict(list), syllables per CPU-s",
        "restore_lines_rate": "restore_lines(iterator), syllables per CPU-s",
        "single_line_ms": "restore(one line), ms, median",
        "single_line_ms_p95": "restore(one line), ms, 95th percentile",
        "peer_single_line_ms": "the same by the peer, ms, median",
    }
    rows = [
        (label, f"{report.library[key]:,.0f}" if "rate" in key else f"{report.library[key]:.3f}")
        for key, label in names.items()
        if key in report.library
    ]
    return aligned(("library", ""), rows)


def _ratios(report: Report) -> str:
    """Ours beside the peer's; a ratio above 1 says how many times better ours is."""
    peer = next(m.what for m in report.section("start-up") if m.what not in (OURS, PYTHON, HELP))
    pairs = {"start-up, CPU s": (report.start_up(OURS), report.start_up(peer))}
    ours, theirs = (report.section("side by side", name)[0] for name in (OURS, peer))
    pairs[f"{ours.syllables:,} syllables, CPU s"] = (ours.run.cpu, theirs.run.cpu)
    pairs["peak MB on these"] = (ours.run.rss, theirs.run.rss)
    costs = (_cost(report, OURS), _cost(report, peer))
    if all(costs):
        pairs["CPU-microseconds a syllable beyond start-up"] = costs
    if "peer_single_line_ms" in report.library:
        pairs["a single line, ms"] = (report.library["single_line_ms"], report.library["peer_single_line_ms"])
    rows = [(what, f"{a:.3g}", f"{b:.3g}", f"{b / a:.1f}") for what, (a, b) in pairs.items()]
    return aligned(("", OURS, peer, "times better"), rows)


def _cost(report: Report, what: str) -> float:
    """CPU-microseconds a syllable on the longest text that the program was given; 0 if that cannot be told."""
    found = report.section("length", what) + report.section("side by side", what)
    rate = max(found, key=lambda m: m.syllables).rate(report.start_up(what))
    return 0.0 if rate is None else 1e6 / rate


def require_matplotlib() -> None:
    """Raise VndiacriticError if plots cannot be drawn."""
    if find_spec("matplotlib") is None:
        raise VndiacriticError("--plot needs matplotlib: pip install 'vndiacritic[report]'")


def plot(report: Report, path: Path) -> None:
    """Draw cost against length, and against workers and model size where they were measured.

    Raises
    ------
    VndiacriticError
        If matplotlib is not installed.
    """
    require_matplotlib()
    import matplotlib

    matplotlib.use("svg" if path.suffix == ".svg" else "agg")
    # Letters as text, not as outlines: a fifth of the size; and the same figures give the same file.
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "vndiacritic"})
    from matplotlib import pyplot

    panels = [_draw_cpu, _draw_memory]
    panels += [_draw_workers] if report.section("workers") else []
    panels += [_draw_models] if report.section("model size") else []
    figure, axes = pyplot.subplots(1, len(panels), figsize=(4.2 * len(panels), 3.6), layout="constrained")
    for panel, axis in zip(panels, axes, strict=True):
        panel(report, axis)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _lengths(report: Report) -> dict[str, list[Measurement]]:
    """The curves over length: each program in lines, and ours in one line."""
    curves: dict[str, list[Measurement]] = {}
    for found in report.section("length") + report.section("side by side"):
        curves.setdefault(found.what, []).append(found)
    for found in report.section("one line"):
        curves.setdefault(f"{OURS}, one line", []).append(found)
    return {name: sorted(curve, key=lambda m: m.syllables) for name, curve in curves.items()}


def _draw_cpu(report: Report, axis: Any) -> None:
    for name, found in _lengths(report).items():
        axis.plot([m.syllables for m in found], [m.run.cpu for m in found], marker="o", label=name)
    axis.set(xscale="log", yscale="log", xlabel="syllables", ylabel="CPU-seconds", title="cost")
    _label_powers(axis.xaxis)
    _label_powers(axis.yaxis)
    axis.set_ylim(bottom=0.1)
    axis.legend()


def _label_powers(axis: Any) -> None:
    """Powers of ten as plain numbers, and nothing between them."""
    axis.set_major_formatter(lambda x, _: f"{x:,.0f}" if x >= 1 else f"{x:g}")
    axis.set_minor_formatter("")


def _draw_memory(report: Report, axis: Any) -> None:
    for name, found in _lengths(report).items():
        axis.plot([m.syllables for m in found], [m.run.rss for m in found], marker="o", label=name)
    axis.set(xscale="log", xlabel="syllables", ylabel="MB", title="peak memory")
    _label_powers(axis.xaxis)
    axis.set_ylim(bottom=0)


def _draw_workers(report: Report, axis: Any) -> None:
    found = report.section("workers")
    axis.plot([m.workers for m in found], [found[0].run.wall / m.run.wall for m in found], marker="o")
    axis.set(xlabel="processes (-j)", ylabel="times as fast as one", title="workers")
    axis.set_xticks([m.workers for m in found])
    axis.set_ylim(bottom=0)


def _draw_models(report: Report, axis: Any) -> None:
    found = sorted(report.section("model size"), key=lambda m: m.model_megabytes)
    for size in sorted({m.syllables for m in found}):
        curve = [m for m in found if m.syllables == size]
        label = "start-up" if size == 1 else f"{size:,} syllables"
        axis.plot([m.model_megabytes for m in curve], [m.run.cpu for m in curve], marker="o", label=label)
    axis.set(xlabel="model, MB", ylabel="CPU-seconds", title="model size")
    axis.set_ylim(bottom=0)
    axis.legend()
