"""The whole way from a corpus to a model: index, learn both stages, cut to size, code, assemble, measure.

Each step leaves its results in a work folder, so an interrupted training goes on where it stopped, and the same
corpus, settings and seed give the same bytes with any number of workers.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from vndiacritic.corpus import Corpus
from vndiacritic.decode import Decoder
from vndiacritic.errors import CorpusError
from vndiacritic.modelfile import write_model
from vndiacritic.training.assemble import Model, assemble, fixed_size, size_by_strength
from vndiacritic.training.calibrate import measure
from vndiacritic.training.dense import fit_dense
from vndiacritic.training.experts import STAGES, compress, learn
from vndiacritic.training.index import Progress, Variation, build_index
from vndiacritic.training.workspace import Workspace

__all__ = ["Settings", "train"]

MEGABYTE = 1_000_000
_DENSE_SHARE = 1 / 40  # of the model's bytes: vectors of the forms around a syllable


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
        Told the step's name, how much of it is done, and how much there is.

    Raises
    ------
    CorpusError
        The corpus is empty, unreadable, or holds no diacritics; or the work folder belongs to another training.
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
        space.prepare(settings.min_count)
    if not space.experts():
        raise CorpusError("the corpus has no diacritics to learn from: give accented Vietnamese text")
    return space


def _fit(space: Workspace, settings: Settings, n_jobs: int, progress: Progress) -> tuple[Model, dict[str, Any]]:
    """Learn, cut, code and assemble."""
    experts = space.experts()
    histograms = []
    for stage in STAGES:
        jobs = (delayed(learn)(space, bare, stage, settings.seed) for bare in experts)
        histograms.append(_run(jobs, len(experts), f"learning stage {stage}", n_jobs, progress))
    widths = [len(space.candidates(bare)) for bare in experts]
    size = settings.max_size_mb * MEGABYTE
    dense = fit_dense(space, settings.seed, size * _DENSE_SHARE, progress)
    strength = _weakest(np.array(histograms), widths, size - fixed_size(space, dense))
    pairs = [(bare, stage) for bare in experts for stage in STAGES]
    jobs = (delayed(compress)(space, bare, stage, strength, settings.seed) for bare, stage in pairs)
    _run(jobs, len(pairs), "coding", n_jobs, progress)
    model = assemble(space, dense)
    held = measure(space, Decoder(model.arrays, model.params))
    model.params["calibration"] = held.calibration
    figures = {
        "held_out_syllables": held.tokens,
        "held_out_right": held.right,
        "rows": int(np.array(histograms)[..., strength:].sum()),
        "experts": len(experts),
        "training_tokens": int(space.n_tokens),
    }
    return model, figures


def _weakest(histograms: NDArray[np.int64], widths: Sequence[int], budget: float) -> int:
    """The least strength at which all rows together fit the budget."""
    return int(np.argmax(size_by_strength(histograms, widths) <= budget))


def _run(jobs: Iterable[Any], total: int, step: str, n_jobs: int, progress: Progress) -> list[Any]:
    """Run jobs in worker processes, in order, telling how far they are."""
    results = []
    for result in Parallel(n_jobs=n_jobs, return_as="generator")(jobs):
        results.append(result)
        progress(step, len(results), total)
    return results


@contextmanager
def _work_folder(work: str | os.PathLike[str] | None, output: Path) -> Iterator[Path]:
    """The folder for intermediate results: the given one, which stays, or a temporary one."""
    if work is not None:
        Path(work).mkdir(parents=True, exist_ok=True)
        yield Path(work).absolute()
        return
    parent = output.absolute().parent
    with TemporaryDirectory(prefix=f".{output.name}.", dir=parent if parent.is_dir() else None) as folder:
        yield Path(folder)


def _claim(folder: Path, corpus: Corpus, settings: Settings) -> None:
    """Write down whose results a work folder holds, or refuse one that holds another training's."""
    mine = {
        "settings": asdict(settings),
        "sources": [[os.path.realpath(source.path), source.size] for source in corpus.sources],
    }
    note = folder / "training.json"
    text = json.dumps(mine, indent=1)
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
