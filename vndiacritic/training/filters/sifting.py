"""A corpus sifted: each shard is judged by itself, on any worker, then copies are looked for from its first line on.

What is known of a line takes 13 bytes on disk, in a file for each shard, so nothing grows in memory with the corpus but
the table of `duplicates`, which has a largest size.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from joblib import delayed
from numpy.typing import NDArray

from vndiacritic.corpus import Corpus, Shard
from vndiacritic.training.filters.duplicates import Seen, line_hash
from vndiacritic.training.filters.rules import DUPLICATE, KEPT, Filters, Judge
from vndiacritic.training.filters.tally import Tally
from vndiacritic.training.storage import written_whole
from vndiacritic.training.tasks import Progress, run

__all__ = ["sift", "verdicts_of"]

_AT_ONCE = 512  # lines that are judged together
_READ = 1 << 20  # records that are looked at together
_RECORD = np.dtype([("hash", "<u8"), ("size", "<u4"), ("verdict", "u1")])


def sift(corpus: Corpus, filters: Filters, folder: Path, *, shard_size: int, n_jobs: int, progress: Progress) -> Tally:
    """Judge every line of a corpus, and write the verdicts to a folder, unless they are there.

    Parameters
    ----------
    corpus : Corpus
    filters : Filters
    folder : Path
        Where the verdicts go, 13 bytes for each line; workers must see it.
    shard_size : int
        Bytes of text that a worker reads at once.
    n_jobs : int
        Worker processes.
    progress : callable
        Told of the steps "filtering" and, once all lines are judged, "looking for copies".

    Raises
    ------
    CorpusError
        As `vndiacritic.corpus.Shard.lines`, or there is no line at all.
    """
    note = folder / "filters.json"
    if not note.exists():
        shards = [shard for shard in corpus.shards(shard_size) if shard.turn == 0]
        jobs = (delayed(_judge)(shard, filters, _file_of(folder, shard)) for shard in shards)
        run(jobs, [shard.work + 1 for shard in shards], "filtering", n_jobs, progress)
        tally = _tallied(shards, filters, folder, progress)
        if not tally.n_lines:
            raise corpus.empty()
        with written_whole(note) as temporary:
            temporary.write_text(json.dumps(tally.to_json()), encoding="utf-8", errors="surrogatepass")
    return Tally.from_json(json.loads(note.read_text(encoding="utf-8", errors="surrogatepass")))


def verdicts_of(shard: Shard, folder: Path) -> Iterator[int]:
    """What `sift` found of each line of a shard, in the order of its lines: a place in `REASONS`."""
    with _file_of(folder, shard).open("rb") as file:
        for records in _records(file):
            yield from records["verdict"].tolist()


def _file_of(folder: Path, shard: Shard) -> Path:
    """Where the verdicts of a shard are; those of all turns are the same."""
    place = f"{shard.source.path}\n{shard.start}".encode("utf-8", "surrogateescape")
    return folder / f"lines.{blake2b(place, digest_size=8).hexdigest()}"


def _judge(shard: Shard, filters: Filters, path: Path) -> None:
    """Judge the lines of a shard, copies aside."""
    if path.exists():
        return
    judge, lines = Judge(filters), shard.lines()
    with written_whole(path) as temporary, temporary.open("wb") as file:
        while batch := list(islice(lines, _AT_ONCE)):
            file.write(_as_records(batch, judge.verdicts(batch)).tobytes())


def _as_records(lines: Sequence[str], verdicts: Sequence[int]) -> NDArray[np.void]:
    records = np.zeros(len(lines), _RECORD)
    records["hash"] = [line_hash(line) for line in lines]
    records["size"] = [len(line) for line in lines]
    records["verdict"] = verdicts
    return records


def _records(file: Any) -> Iterator[NDArray[np.void]]:
    """The records in an open file, a bounded number at once."""
    while data := file.read(_READ * _RECORD.itemsize):
        yield np.frombuffer(bytearray(data), _RECORD)


def _tallied(shards: Sequence[Shard], filters: Filters, folder: Path, progress: Progress) -> Tally:
    """Look for copies, line by line in the order of the corpus, and count.

    A verdict that is changed is written where it was, so that an interrupted search can begin anew.
    """
    paths = [_file_of(folder, shard) for shard in shards]
    sizes = [path.stat().st_size // _RECORD.itemsize for path in paths]
    tally, seen, done = Tally(), Seen(sum(sizes) if filters.duplicates else 0), 0
    for shard, path, size in zip(shards, paths, sizes, strict=True):
        with path.open("r+b") as file:
            for records in _records(file):
                verdict = records["verdict"]
                if filters.duplicates:
                    known = np.flatnonzero((verdict == KEPT) | (verdict == DUPLICATE))
                    verdict[known] = np.where(seen.met(records["hash"][known]), DUPLICATE, KEPT)
                    file.seek(-records.nbytes, 1)
                    file.write(records.tobytes())
                tally.add(shard.source.name, verdict, records["size"])
        done += size
        progress("looking for copies", done, sum(sizes))
    return tally
