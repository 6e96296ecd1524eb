"""One expert a bare syllable: its rows are learned, cut, and replaced by codes.

A *row* is the weights of one feature for all candidates of a syllable. A first pass over all features gives the
rows and, on the way, what each stage says of text it has not learned yet, which is what the next stage must be
trained on. Once the size of the model is known, the strongest rows are trained on without the others, then
replaced by codes of small codebooks, and the codebooks are trained on in their place.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # a dependency of scikit-learn

from vndiacritic.features import TEMPLATES, WIDE, Hashes, expert_salt
from vndiacritic.training.codebooks import cluster, information
from vndiacritic.training.softmax import Columns, Floats, Schedule, fit, fit_from_both_ends
from vndiacritic.training.storage import written_whole
from vndiacritic.training.workspace import Tokens, Workspace

STAGES = (1, 2)
TEMPERATURE = 0.85  # stage 2 trusts stage 1 less than stage 1 does itself
SCALE = 16  # steps of a code's weights to the unit: int8 reaches to +-8

_LEARN = {1: Schedule(0.3, 0.05), 2: Schedule(0.2, 0.1)}
_LEARN_ON = Schedule(0.3, 1.0)
_LEARN_CODES = Schedule(0.03, 1.0)
_PASSES_LEARNED_ON = 2
# How far ahead stage 1 may be for stage 2. Its own rows are as sure as 26 of "tháng" in a date, its codes as 5; stage 2
# would take away what is no longer there, for the sake of a few misprints.
_SUREST = 6
_ROWS_PER_TOKEN, _ROWS_AT_LEAST = 0.3, 1000  # rows that a first pass keeps: several times what any model holds
_TOKENS_LEARNED_ON = 1_000_000  # more tokens of one syllable hardly move its rows any more


class Rows(NamedTuple):
    """Rows of one stage: keys, templates and weights."""

    keys: Hashes  # shape (n_rows,), with the expert's salt
    template: NDArray[np.uint8]  # place in `vndiacritic.features.WIDE`
    weights: NDArray[np.float16]  # shape (n_rows, n_candidates)

    def strength(self) -> Floats:
        """The largest weight of each row."""
        strength: Floats = np.abs(self.weights.astype(np.float32)).max(axis=1, initial=0)
        return strength


class Codes(NamedTuple):
    """A stage as it is shipped: one code a row, two where the template is wide, and three codebooks."""

    keys: Hashes
    wide: NDArray[np.bool_]
    first: NDArray[np.uint8]
    second: NDArray[np.uint8]  # of wide rows only; else 0
    narrow_book: NDArray[np.int8]  # shape (n_codes, n_candidates), as are the others
    wide_book: NDArray[np.int8]
    wide_book2: NDArray[np.int8]


def log_prior(labels: NDArray[np.intp], n_classes: int) -> Floats:
    """Log-frequency of each candidate, the most frequent at 0; shape (1, n_classes)."""
    prior = np.log(np.bincount(labels, minlength=n_classes) + 0.5)
    centred: Floats = (prior - prior.max()).astype(np.float32)[None]
    return centred


def learn(space: Workspace, bare: str, stage: int, seed: int) -> NDArray[np.int32]:
    """Learn an expert's rows of one stage and write them down.

    Returns
    -------
    array of int32, shape (2, STRENGTH_BINS)
        How many narrow and wide rows there are of each strength.
    """
    path = space.file(f"rows{stage}", bare)
    if not (path.exists() and space.file(f"scores{stage}", bare).exists()):
        _learn(space, bare, stage, seed)
    with np.load(path) as saved:
        return strength_histogram(Rows(**{name: saved[name] for name in Rows._fields}))


def _learn(space: Workspace, bare: str, stage: int, seed: int) -> None:
    tokens, candidates = space.tokens(bare), space.candidates(bare)
    offset = _offset(space, bare, stage, tokens)
    keys = space.context(stage, tokens.positions) + np.uint64(expert_salt(bare))
    columns, keys, template = number_columns(keys)
    template += np.uint8(TEMPLATES[stage].start)
    weights = np.zeros((len(keys) + 1, len(candidates)), np.float32)
    rng = np.random.default_rng((seed, stage, int(candidates[0])))
    learn_rows = fit_from_both_ends if stage == 1 else fit  # stage 2 gains too little by it (docs/design.md)
    before = learn_rows(columns, tokens.labels, offset, weights, _LEARN[stage], rng.permutation(len(columns)))
    with written_whole(space.file(f"scores{stage}", bare)) as temporary:
        np.savez(temporary, scores=before.astype(np.float16))
    if stage == 1:
        space.predicted[tokens.positions] = candidates[before.argmax(axis=1)]
    rows = _strongest(Rows(keys, template, weights[1:].astype(np.float16)), len(tokens.labels))
    with written_whole(space.file(f"rows{stage}", bare)) as temporary:
        np.savez(temporary, **rows._asdict())


def _offset(
    space: Workspace, bare: str, stage: int, tokens: Tokens, chosen: slice | NDArray[np.intp] = slice(None)
) -> NDArray[np.floating]:
    """The scores that a stage's weights add to: what the stage before says, and an older model if there is one."""
    given = space.given(stage, bare, tokens.positions[chosen])
    if stage == 1:
        return log_prior(tokens.labels, len(space.candidates(bare))) if given is None else given
    scores = _stage1_scores(space, bare)[chosen]
    return scores if given is None else scores + given


def _stage1_scores(space: Workspace, bare: str) -> NDArray[np.float16]:
    with np.load(space.file("scores1", bare)) as saved:
        scores: NDArray[np.float16] = saved["scores"]
    capped: NDArray[np.float16] = np.maximum(scores * np.float16(TEMPERATURE), np.float16(-_SUREST))
    return capped


def number_columns(keys: Hashes) -> tuple[Columns, Hashes, NDArray[np.uint8]]:
    """Give the distinct keys of each template consecutive columns.

    Parameters
    ----------
    keys : array of uint64, shape (n_templates, n_tokens)

    Returns
    -------
    columns : array of int32, shape (n_tokens, n_templates)
        Counted from 1.
    distinct : array of uint64, shape (n_columns,)
    template : array of uint8, shape (n_columns,)
    """
    n_templates, n_tokens = keys.shape
    columns = np.empty((n_tokens, n_templates), np.int32)
    distinct, template, used = [], [], 1
    # One sort of plain integers a template: the token's number takes the place of the hash's low bits.
    low = np.uint64((1 << max(1, (n_tokens - 1).bit_length())) - 1)
    for t in range(n_templates):
        packed = keys[t] & ~low | np.arange(n_tokens, dtype=np.uint64)
        packed.sort()
        token, packed = (packed & low).astype(np.intp), packed & ~low
        new = np.ones(n_tokens, bool)
        np.not_equal(packed[1:], packed[:-1], out=new[1:])
        columns[token, t] = used - 1 + np.cumsum(new)
        distinct.append(keys[t, token[new]])
        template.append(np.full(len(distinct[-1]), t, np.uint8))
        used += len(distinct[-1])
    return columns, np.concatenate(distinct), np.concatenate(template)


def find_columns(keys: Hashes, rows: Rows, first_template: int) -> Columns:
    """Give each token's keys the columns of the rows they have, 0 where there is none."""
    columns = np.zeros((keys.shape[1], len(keys)), np.int32)
    for t in range(len(keys)):
        of_template = np.flatnonzero(rows.template == first_template + t)
        if not len(of_template):
            continue
        order = of_template[np.argsort(rows.keys[of_template])]
        known = rows.keys[order]
        at = np.minimum(np.searchsorted(known, keys[t]), len(known) - 1)
        columns[:, t] = np.where(known[at] == keys[t], order[at] + 1, 0)
    return columns


def _strongest(rows: Rows, n_tokens: int) -> Rows:
    """The rows that could find a place in a model."""
    n_kept = int(_ROWS_PER_TOKEN * n_tokens) + _ROWS_AT_LEAST
    strength = rows.strength()
    if len(strength) <= n_kept:
        return rows
    floor = np.partition(strength, -n_kept)[-n_kept]
    return take(rows, strength > floor)


def take(rows: Rows, mask: NDArray[np.bool_]) -> Rows:
    """Some of the rows."""
    return Rows(rows.keys[mask], rows.template[mask], rows.weights[mask])


# ---- cutting to size

BINS_PER_UNIT = 1024  # finer than rows are many: a bin of the default model holds 0.2% of them
STRENGTH_BINS = 4 * BINS_PER_UNIT  # strengths of 4 and more share the last bin


def strength_histogram(rows: Rows) -> NDArray[np.int32]:
    """How many narrow and wide rows there are of each strength."""
    binned = np.minimum((rows.strength() * BINS_PER_UNIT).astype(np.int64), STRENGTH_BINS - 1)
    wide = WIDE[rows.template]
    counts = [np.bincount(binned[wide == kind], minlength=STRENGTH_BINS) for kind in (False, True)]
    return np.stack(counts).astype(np.int32)


def compress(space: Workspace, bare: str, stage: int, strength_bin: int, seed: int) -> None:
    """Cut an expert's rows of one stage to the strong ones, train on, and write their codes down."""
    path = space.file(f"codes{stage}", bare)
    if path.exists():
        return
    with np.load(space.file(f"rows{stage}", bare)) as saved:
        rows = Rows(**{name: saved[name] for name in Rows._fields})
    rows = take(rows, rows.strength() * BINS_PER_UNIT >= strength_bin)
    rng = np.random.default_rng((seed, stage + 2, int(space.candidates(bare)[0])))
    codes = _code(*_learn_on(space, bare, stage, rows, rng), rows, rng)
    with written_whole(path) as temporary:
        np.savez(temporary, **codes._asdict())


class _Problem(NamedTuple):
    """What rows or codes are fitted to."""

    columns: Columns
    labels: NDArray[np.intp]
    offset: NDArray[np.floating]


def _learn_on(space: Workspace, bare: str, stage: int, rows: Rows, rng: np.random.Generator) -> tuple[_Problem, Floats]:
    """Train the rows that are left on without the others; gives their weights, row 0 of which is none."""
    tokens, candidates = space.tokens(bare), space.candidates(bare)
    chosen: slice | NDArray[np.intp] = slice(None)
    if len(tokens.labels) > _TOKENS_LEARNED_ON:
        chosen = np.sort(rng.choice(len(tokens.labels), _TOKENS_LEARNED_ON, replace=False))
    offset = _offset(space, bare, stage, tokens, chosen)
    keys = space.context(stage, tokens.positions[chosen]) + np.uint64(expert_salt(bare))
    problem = _Problem(find_columns(keys, rows, TEMPLATES[stage].start), tokens.labels[chosen], offset)
    weights = np.zeros((len(rows.keys) + 1, len(candidates)), np.float32)
    weights[1:] = rows.weights
    for _ in range(_PASSES_LEARNED_ON):
        fit(*problem, weights, _LEARN_ON, rng.permutation(len(problem.labels)))
    return problem, weights


def _code(problem: _Problem, weights: Floats, rows: Rows, rng: np.random.Generator) -> Codes:
    """Replace rows by codes, and train the codebooks on in the place of the rows."""
    with threadpool_limits(1):  # threads would change the sums' last bits
        books, first, second = _clustered(problem, weights, WIDE[rows.template], rng)
    wide = WIDE[rows.template]
    starts = np.cumsum([1, *map(len, books)])
    stacked = np.concatenate([np.zeros((1, weights.shape[1]), np.float32), *books])
    column1 = np.concatenate([[0], np.where(wide, starts[1], starts[0]) + first]).astype(np.int32)
    column2 = np.concatenate([[0], np.where(wide, starts[2] + second, 0)]).astype(np.int32)
    columns = [column1[problem.columns]]
    if wide.any():
        columns.append(column2[problem.columns])
    order = rng.permutation(len(problem.labels))
    fit(np.concatenate(columns, axis=1), problem.labels, problem.offset, stacked, _LEARN_CODES, order)
    steps = np.clip(np.rint(stacked * SCALE), -127, 127).astype(np.int8)
    return Codes(rows.keys, wide, first, second, *np.split(steps[1:], starts[1:3] - 1))


def _clustered(
    problem: _Problem, weights: Floats, wide: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[list[Floats], NDArray[np.uint8], NDArray[np.uint8]]:
    """The codebooks of narrow rows, wide rows, and what the latter leave; and the codes of all rows."""
    matters = information(problem.columns, problem.offset, weights)[1:]
    weights = weights[1:] - weights[1:].mean(axis=1, keepdims=True)  # softmax does not see a common shift
    first, second = np.zeros(len(wide), np.uint8), np.zeros(len(wide), np.uint8)
    narrow_book, first[~wide] = cluster(weights[~wide], matters[~wide], rng)
    wide_book, first[wide] = cluster(weights[wide], matters[wide], rng)
    rest = weights[wide] - wide_book[first[wide]]
    wide_book2, second[wide] = cluster(rest, matters[wide], rng)
    return [narrow_book, wide_book, wide_book2], first, second
