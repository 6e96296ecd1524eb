"""The whole way from a corpus to a model: index, learn both stages, cut to size, code, assemble, measure.

Each step leaves its results in a work folder, so an interrupted training goes on where it stopped, and the same
corpus, settings and seed give the same bytes with any number of workers.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from joblib import delayed
from numpy.typing import NDArray

from vndiacritic.alphabet import has_marks
from vndiacritic.corpus import Corpus, Entry
from vndiacritic.errors import CorpusError
from vndiacritic.modelfile import ModelFile, write_model
from vndiacritic.training.adapt import (
    HELD_SHARE,
    LEAST_STRENGTH,
    AdaptedWorkspace,
    join,
    layer_size,
    load_base,
    weigh_layer,
)
from vndiacritic.training.assemble import Model, assemble, fixed_size, size_by_strength, with_words
from vndiacritic.training.calibrate import HeldOut, weigh_network
from vndiacritic.training.card import Statement, card_of
from vndiacritic.training.claims import claim, entries_of, work_folder
from vndiacritic.training.experts import STAGES, compress, learn
from vndiacritic.training.filters import Filters, Tally, sift
from vndiacritic.training.index import Variation
from vndiacritic.training.indexing import SHARD_BYTES, Reading, build_index
from vndiacritic.training.network import fit_network, load_weights, n_forms_within, no_weights
from vndiacritic.training.tasks import Job, Progress, run
from vndiacritic.training.workspace import Workspace

__all__ = ["Made", "Settings", "train"]

MEGABYTE = 1_000_000
_NETWORK_SHARE = 1 / 16  # of the model's bytes
_WORK_OF_AN_EXPERT = 300  # what an expert costs beside its tokens, in tokens


@dataclass(frozen=True)
class Settings:
    """What a training depends on beside its corpus.

    Attributes
    ----------
    max_size_mb : float
        Largest model file, in millions of bytes; of a model that is adapted, what is added to it.
    seed : int
        The same seed gives the same model.
    held_share : float
        Part of the lines that is held out, to calibrate confidences; where a model is adapted at least 0.02.
    min_count : int or None
        Fewest occurrences of a form that may be restored; None takes 5, and less for a corpus under a million tokens.
    variation : Variation
        How lines are varied, so that the model meets what users write.
    filters : Filters or None
        Which lines are left out, since they would teach errors; None keeps all but those almost without marks.
    """

    max_size_mb: float = 64
    seed: int = 0
    held_share: float = 0.003
    min_count: int | None = None
    variation: Variation = field(default_factory=Variation)
    filters: Filters | None = None


class Made(NamedTuple):
    """A model that was trained.

    Attributes
    ----------
    path : path-like
    max_size_mb : float
        Largest size that was allowed, in millions of bytes.
    figures : dict
        What the model's card says: what was counted in training, and measured on the lines held out.
    """

    path: str | os.PathLike[str]
    max_size_mb: float
    figures: dict[str, Any]


def train(
    paths: Sequence[str | os.PathLike[str] | Entry],
    output: str | os.PathLike[str] | Mapping[float, str | os.PathLike[str]],
    *,
    settings: Settings | None = None,
    work: str | os.PathLike[str] | None = None,
    resume: bool = False,
    n_jobs: int = 1,
    progress: Progress | None = None,
    remark: Callable[[str], None] | None = None,
    init_model: str | os.PathLike[str] | None = None,
    words: Sequence[str] = (),
    statement: Statement | None = None,
) -> list[Made]:
    """Train a model on a corpus and write it to a file.

    Parameters
    ----------
    paths : sequence of path-like or Entry
        Files, folders and patterns, as `vndiacritic.corpus.Corpus` takes them; ``-`` is standard input.
    output : path-like, or mapping of float to path-like
        The model file, replaced in one step at the end; or one for each of several sizes, which then take the place of
        `Settings.max_size_mb`. What is learned is learned once for all of them.
    settings : Settings, optional
    work : path-like, optional
        Folder for intermediate results, some twelve times the corpus. A training that finds its own results there goes
        on from them. None takes a temporary folder beside `output`.
    resume : bool
        Whether `work` must hold such results.
    n_jobs : int
        Worker processes; inside ``joblib.parallel_config`` its backend runs the tasks, and must see the work folder.
    progress : callable, optional
        Told the step's name, how much of it is done, and how much there is, in units that take about the same time.
    remark : callable, optional
        Told, in a sentence, what the filters keep of the corpus.
    init_model : path-like, optional
        A model that is adapted to the corpus: see `vndiacritic.training.adapt`.
    words : sequence of str
        Phrases of a `vndiacritic.words.WordList`, which the model will write as they are listed.
    statement : Statement, optional
        What the model's card should say beside what is known here.

    Returns
    -------
    list of Made
        The models, in the order of `output`.

    Raises
    ------
    CorpusError
        The corpus is empty, unreadable, or holds no diacritics; its smallest model is larger than `max_size_mb`; or
        the work folder holds something else.
    ModelError
        The model cannot be written, or the other one cannot be adapted.
    TrainingStopped
        Memory, disk or workers were lacking; what was learned is in the work folder.
    """
    settings, told = settings or Settings(), progress or (lambda step, done, total: None)
    outputs = output if isinstance(output, Mapping) else {settings.max_size_mb: output}
    base, made = None if init_model is None else load_base(init_model), []
    if base is not None:
        settings = replace(settings, held_share=max(settings.held_share, HELD_SHARE))
    with work_folder(work, Path(next(iter(outputs.values()))), resume) as folder:
        corpus = Corpus(entries_of(paths, folder))
        claim(folder, _claimed(corpus, settings, base), free=["max_size_mb"])
        tally = _sifted(corpus, settings.filters, folder, n_jobs, told)
        if tally and remark:
            remark(tally.sentence())
        least = replace(settings, max_size_mb=min(outputs))
        home, lines = _prepared(corpus, folder, least, tally, base, n_jobs, told)
        for size, path in outputs.items():
            of_size = replace(settings, max_size_mb=size)
            model, figures = _fitted(home.of_size(size), of_size, n_jobs, told)
            made.append(Made(path, size, {"lines": lines, **figures}))
            card = card_of(corpus, asdict(of_size), made[-1].figures, statement or Statement(), base)
            _write(path, with_words(model, words), card)
    return made


def _claimed(corpus: Corpus, settings: Settings, base: ModelFile | None) -> dict[str, Any]:
    """What a work folder's results depend on."""
    from vndiacritic import __version__

    found = [(os.path.realpath(source.path), source) for source in corpus.sources]
    return {
        "version": __version__,
        "settings": asdict(settings),
        "sources": [[path, source.size] for path, source in found],
        "weights": {path: source.entry.weight for path, source in found if source.entry.weight != 1},
        "fields": {path: source.entry.fields for path, source in found if source.entry.fields},
        "base": None if base is None else base.payload_sha256,
    }


def _write(output: str | os.PathLike[str], model: Model, card: dict[str, Any]) -> None:
    """Write a model; one of no more than the first format has is readable by all versions."""
    newer = "words" in model.arrays or "layers" in model.params
    write_model(output, model.arrays, {"params": model.params} | card, format_version=2 if newer else 1)


def _sifted(corpus: Corpus, filters: Filters | None, folder: Path, n_jobs: int, progress: Progress) -> Tally | None:
    """Filter the corpus, if it is to be."""
    if filters is None:
        return None
    return sift(corpus, filters, folder, shard_size=SHARD_BYTES, n_jobs=n_jobs, progress=progress)


def _prepared(
    corpus: Corpus,
    folder: Path,
    settings: Settings,
    tally: Tally | None,
    base: ModelFile | None,
    n_jobs: int,
    progress: Progress,
) -> tuple[Workspace, dict[str, Any]]:
    """Index the corpus and group its tokens, unless it is done; gives the lines that were read and kept."""
    reading = Reading(settings.variation, settings.seed, settings.held_share, filtered=tally is not None)
    build_index(corpus, folder, reading, n_jobs=n_jobs, progress=progress)
    space = Workspace(folder)
    if base is not None:
        space = join(space, base, settings.min_count)
    if not space.ready:
        progress("grouping", 0, 1)
        space.prepare(settings.min_count)
        progress("grouping", 1, 1)
    marked = any(map(has_marks, space.seen()))
    if not marked or (base is None and not space.experts()):
        what = "no syllable with two forms" if marked else "no diacritics"
        kept = f"; {tally.sentence()}" if tally else ""
        reason = f"there is nothing to learn from ({what} in the corpus{kept})"
        raise CorpusError(f"{reason}: give more accented Vietnamese text")
    widths = [len(space.candidates(bare)) for bare in space.experts()]
    least = fixed_size(space, no_weights(space)) if base is None else layer_size(space)
    _weakest(np.zeros((len(STAGES), len(widths), 2, 1), np.int64), widths, least, settings)  # told before the work
    return space, _lines(folder, tally)


def _lines(folder: Path, tally: Tally | None) -> dict[str, Any]:
    """How many lines there were, how many were learned from, and why not the others."""
    counts = json.loads((folder / "index.json").read_text())
    left_out = dict(tally.left_out) if tally else {}
    if tally and (passed_over := tally.n_kept - counts["lines"]):
        left_out["weight"] = passed_over
    if counts["unaccented"]:
        left_out["unaccented"] = left_out.get("unaccented", 0) + counts["unaccented"]
    read = tally.n_lines if tally else counts["lines"]
    return {"read": read, "kept": counts["lines"] - counts["unaccented"], "left_out": left_out}


def _fitted(space: Workspace, settings: Settings, n_jobs: int, progress: Progress) -> tuple[Model, dict[str, Any]]:
    """A model, and the figures of its card."""
    if isinstance(space, AdaptedWorkspace):
        return _fit_layer(space, settings, n_jobs, progress)
    return _fit(space, settings, n_jobs, progress)


def _fit(space: Workspace, settings: Settings, n_jobs: int, progress: Progress) -> tuple[Model, dict[str, Any]]:
    """Learn, cut, code and assemble."""
    experts = space.experts()
    work = _work_of(space)
    histograms = _learn(space, settings, n_jobs, progress)
    widths = [len(space.candidates(bare)) for bare in experts]
    n_forms = n_forms_within(space, settings.max_size_mb * MEGABYTE * _NETWORK_SHARE)
    strength = _weakest(histograms, widths, fixed_size(space, no_weights(space, n_forms)), settings)
    # The network takes as long as a stage of all experts, so it begins first.
    run(
        chain([delayed(fit_network)(space, n_forms, settings.seed)], _codings(space, strength, settings.seed)),
        [sum(work), *np.repeat(work, len(STAGES)).tolist()],
        "coding",
        n_jobs,
        progress,
    )
    progress("assembling", 0, 1)
    model = assemble(space, load_weights(space))
    held = weigh_network(space, model.arrays, model.params)
    model.params["calibration"] = held.calibration
    progress("assembling", 1, 1)
    return model, _figures(space, held, int(histograms[..., strength:].sum()))


def _fit_layer(
    space: AdaptedWorkspace, settings: Settings, n_jobs: int, progress: Progress
) -> tuple[Model, dict[str, Any]]:
    """Learn, cut and code what is added to a model, and weigh it."""
    experts = space.experts()
    histograms = _learn(space, settings, n_jobs, progress)
    widths = [len(space.candidates(bare)) for bare in experts]
    strength = max(_weakest(histograms, widths, layer_size(space), settings), LEAST_STRENGTH)
    work = np.repeat(_work_of(space), len(STAGES)).tolist()
    run(_codings(space, strength, settings.seed), work, "coding", n_jobs, progress)
    progress("assembling", 0, 1)
    model, held, weight = weigh_layer(space)
    model.params["calibration"] = held.calibration
    progress("assembling", 1, 1)
    figures = _figures(space, held, int(histograms[..., strength:].sum()))
    return model, figures | {"layer_weight": weight}


def _work_of(space: Workspace) -> list[int]:
    """What each expert costs, in tokens."""
    return [space.n_tokens_of(bare) + _WORK_OF_AN_EXPERT for bare in space.experts()]


def _learn(space: Workspace, settings: Settings, n_jobs: int, progress: Progress) -> NDArray[np.int32]:
    """Learn both stages; gives the histograms of strength."""
    histograms = []
    for stage in STAGES:
        jobs = (delayed(learn)(space, bare, stage, settings.seed) for bare in space.experts())
        histograms.append(run(jobs, _work_of(space), f"learning stage {stage}", n_jobs, progress))
    return np.array(histograms)


def _codings(space: Workspace, strength: int, seed: int) -> Iterator[Job]:
    """The calls that cut each expert's rows to size and code them."""
    return (delayed(compress)(space, bare, stage, strength, seed) for bare in space.experts() for stage in STAGES)


def _figures(space: Workspace, held: HeldOut, n_rows: int) -> dict[str, Any]:
    """What a card says of a training."""
    return {
        "held_out_syllables": held.tokens,
        "held_out_right": held.right,
        "held_out_loss": held.loss,
        "rows": n_rows,
        "experts": len(space.experts()),
        "training_tokens": int(space.n_tokens),
    }


def _weakest(histograms: NDArray[np.integer[Any]], widths: Sequence[int], fixed: int, settings: Settings) -> int:
    """The least strength at which all rows together fit the model."""
    sizes = fixed + size_by_strength(histograms, widths)
    fits = sizes <= settings.max_size_mb * MEGABYTE
    if not fits.any():
        least = math.ceil(sizes.min() / MEGABYTE * 100) / 100
        raise CorpusError(
            f"the smallest model of this corpus takes {least} MB: allow that, where {settings.max_size_mb:g} MB are "
            "allowed now, or give less text"
        )
    return int(np.argmax(fits))
