"""The whole way from a corpus to a model: index, learn both stages, cut to size, code, assemble, measure.

Each step leaves its results in a work folder, so an interrupted training goes on where it stopped, and the same
corpus, settings and seed give the same bytes with any number of workers.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from joblib.externals.loky import process_executor
from numpy.typing import NDArray

from vndiacritic.alphabet import has_marks
from vndiacritic.corpus import Corpus
from vndiacritic.errors import CorpusError, VndiacriticError
from vndiacritic.modelfile import write_model
from vndiacritic.training.assemble import Model, assemble, fixed_size, size_by_strength
from vndiacritic.training.calibrate import weigh_network
from vndiacritic.training.experts import STAGES, compress, learn
from vndiacritic.training.index import Progress, Variation, build_index
from vndiacritic.training.network import fit_network, load_weights, n_forms_within, no_weights
from vndiacritic.training.workspace import Workspace

__all__ = ["Settings", "train"]

MEGABYTE = 1_000_000
_NETWORK_SHARE = 1 / 24  # of the model's bytes
_WORK_OF_AN_EXPERT = 300  # what an expert costs beside its tokens, in tokens


@dataclass(frozen=True)
class Settings:
    """What a training depends on beside its corpus.

    Attributes
    ----------
    max_size_mb : float
        Largest model file, in millions of bytes.
    seed : int
        The same seed gives the same model.
    held_share : float
        Part of the lines that is held out, to calibrate confidences.
    min_count : int or None
        Fewest occurrences of a form that may be restored; None takes 5, and less for a corpus under a million tokens.
    variation : Variation
        How lines are varied, so that the model meets what users write.
    """

    max_size_mb: float = 64
    seed: int = 0
    held_share: float = 0.003
    min_count: int | None = None
    variation: Variation = field(default_factory=Variation)


def train(
    paths: Sequence[str | os.PathLike[str]],
    output: str | os.PathLike[str],
    *,
    settings: Settings | None = None,
    work: str | os.PathLike[str] | None = None,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> None:
    """Train a model on a corpus and write it to a file.

    Parameters
    ----------
    paths : sequence of path-like
        Files and folders, as `vndiacritic.corpus.Corpus` takes them.
    output : path-like
        The model file; replaced in one step at the end.
    settings : Settings, optional
    work : path-like, optional
        Folder for intermediate results, some six times the corpus. A training that finds its own results there goes
        on from them. None takes a temporary folder beside `output`.
    n_jobs : int
        Worker processes.
    progress : callable, optional
        Told the step's name, how much of it is done, and how much there is, in units that take about the same time.

    Raises
    ------
    CorpusError
        The corpus is empty, unreadable, or holds no diacritics; its smallest model is larger than `max_size_mb`; or
        the work folder holds something else.
    ModelError
        The model cannot be written.
    """
    corpus, settings = Corpus(paths), settings or Settings()
    told = progress or (lambda step, done, total: None)
    with _work_folder(work, Path(output)) as folder:
        _claim(folder, corpus, settings)
        space = _prepared(corpus, folder, settings, n_jobs, told)
        model, figures = _fit(space, settings, n_jobs, told)
        write_model(output, model.arrays, {"params": model.params} | _card(corpus, settings, figures))


def _prepared(corpus: Corpus, folder: Path, settings: Settings, n_jobs: int, progress: Progress) -> Workspace:
    """Index the corpus and group its tokens, unless it is done."""
    space = Workspace(folder)
    if not (folder / "symbols.txt").exists():
        build_index(
            corpus, folder, settings.variation, seed=settings.seed, held_share=settings.held_share, n_jobs=n_jobs,
            progress=progress,
        )  # fmt: skip
    if not space.ready:
        progress("grouping", 0, 1)
        space.prepare(settings.min_count)
        progress("grouping", 1, 1)
    if not space.experts():
        what = "no syllable with two forms" if any(map(has_marks, space.stream.symbols)) else "no diacritics"
        raise CorpusError(f"there is nothing to learn from ({what} in the corpus): give more accented Vietnamese text")
    widths = [len(space.candidates(bare)) for bare in space.experts()]
    least = fixed_size(space, no_weights(space))
    _weakest(np.zeros((len(STAGES), len(widths), 2, 1), np.int64), widths, least, settings)  # told before the work
    return space


def _fit(space: Workspace, settings: Settings, n_jobs: int, progress: Progress) -> tuple[Model, dict[str, Any]]:
    """Learn, cut, code and assemble."""
    experts = space.experts()
    work = [space.n_tokens_of(bare) + _WORK_OF_AN_EXPERT for bare in experts]
    histograms = []
    for stage in STAGES:
        jobs = (delayed(learn)(space, bare, stage, settings.seed) for bare in experts)
        histograms.append(_run(jobs, work, f"learning stage {stage}", n_jobs, progress))
    widths = [len(space.candidates(bare)) for bare in experts]
    n_forms = n_forms_within(space, settings.max_size_mb * MEGABYTE * _NETWORK_SHARE)
    strength = _weakest(np.array(histograms), widths, fixed_size(space, no_weights(space, n_forms)), settings)
    pairs = [(bare, stage) for bare in experts for stage in STAGES]
    codings = (delayed(compress)(space, bare, stage, strength, settings.seed) for bare, stage in pairs)
    # The network takes as long as a stage of all experts, so it begins first.
    _run(
        chain([delayed(fit_network)(space, n_forms, settings.seed)], codings),
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
    figures = {
        "held_out_syllables": held.tokens,
        "held_out_right": held.right,
        "rows": int(np.array(histograms)[..., strength:].sum()),
        "experts": len(experts),
        "training_tokens": int(space.n_tokens),
    }
    return model, figures


def _weakest(histograms: NDArray[np.int64], widths: Sequence[int], fixed: int, settings: Settings) -> int:
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


def _run(jobs: Iterable[Any], work: Sequence[int], step: str, n_jobs: int, progress: Progress) -> list[Any]:
    """Run jobs in worker processes, telling how much of the work is done; gives their results in order."""
    results: list[Any] = [None] * len(work)
    done, total = 0, sum(work)
    progress(step, done, total)
    numbered = (delayed(_numbered)(number, job) for number, job in enumerate(jobs))
    try:
        for number, result in Parallel(n_jobs=n_jobs, return_as="generator_unordered")(numbered):
            results[number] = result
            done += work[number]
            progress(step, done, total)
    except BrokenProcessPool as error:
        reason = "a worker process was killed, most likely for lack of memory: use fewer processes"
        raise VndiacriticError(reason) from error
    return results


def _numbered(number: int, job: tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]) -> tuple[int, Any]:
    # joblib takes the pages of the corpus that a worker has mapped for a leak, and would start it anew every few tasks;
    # that made coding ten times as slow where psutil is installed.
    process_executor._MAX_MEMORY_LEAK_SIZE = sys.maxsize
    function, arguments, options = job
    return number, function(*arguments, **options)


@contextmanager
def _work_folder(work: str | os.PathLike[str] | None, output: Path) -> Iterator[Path]:
    """The folder for intermediate results: the given one, which stays, or a temporary one."""
    if work is not None:
        Path(work).mkdir(parents=True, exist_ok=True)
        yield Path(work).absolute()
        return
    parent = output.absolute().parent
    where = parent if parent.is_dir() else None
    # Workers may still write when a training is interrupted; what they leave is not worth another error.
    with TemporaryDirectory(prefix=f".{output.name}.", dir=where, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _claim(folder: Path, corpus: Corpus, settings: Settings) -> None:
    """Write down whose results a work folder holds, or refuse one that holds another training's."""
    from vndiacritic import __version__

    mine = {
        "version": __version__,
        "settings": asdict(settings),
        "sources": [[os.path.realpath(source.path), source.size] for source in corpus.sources],
    }
    note = folder / "training.json"
    text = json.dumps(mine, indent=1)
    if not note.exists() and any(folder.iterdir()):
        raise CorpusError(f"{folder} holds files that no training left there: name a new or an empty folder")
    if note.exists() and note.read_text(encoding="utf-8") != text:
        raise CorpusError(f"{folder} holds another training's results: empty it, or name another folder")
    note.write_text(text, encoding="utf-8")
    for kind in (f"{kind}{stage}" for kind in ("scores", "rows", "codes") for stage in STAGES):
        (folder / kind).mkdir(exist_ok=True)


def _card(corpus: Corpus, settings: Settings, figures: dict[str, Any]) -> dict[str, Any]:
    """What the model file says of itself."""
    from vndiacritic import __version__

    return {
        "version": __version__,
        "normalisation": "NFC, lower case, tone in its older place",
        "settings": asdict(settings),
        "corpus": {
            "files": len(corpus.sources),
            "bytes": corpus.size,
            "sha256": _digest([source.path for source in corpus.sources]),
        },
        "figures": figures,
    }


def _digest(paths: Iterable[str]) -> str:
    """One SHA-256 over the contents of all files, in order."""
    digest = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
