"""Deciding a batch: every token by its own line alone, within what its marks allow, until nothing moves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vndiacritic.alphabet import completes, strip_diacritics
from vndiacritic.confidence import probabilities
from vndiacritic.decode import Batch, Choices, Decoder
from vndiacritic.errors import ModelError
from vndiacritic.features import BOUNDARY, REACH, Case, symbol_hash
from vndiacritic.modelfile import ModelFile, open_model, unpack_strings

LINES = ["con đường về nhà", "trời mưa", "", "tối nay đi ăn không", "hai ba bốn năm sáu bảy tám chín mười"]


class Trained:
    """The tiny model's decoder, with the strings that its numbers stand for."""

    def __init__(self, model: ModelFile) -> None:
        self.model = model
        self.decoder = Decoder(model.arrays, model.metadata["params"])
        self.syllables = unpack_strings(model.arrays["syllables"])[: len(model.arrays["salts"])]
        self.forms = unpack_strings(model.arrays["forms"])

    def candidates(self, bare: str) -> list[str]:
        starts = self.model.arrays["form_starts"]
        at = self.syllables.index(bare)
        return self.forms[starts[at] : starts[at + 1]]

    def batch(self, lines: list[list[str]], settled: bool = False) -> Batch:
        """Lines of words; with `settled`, what has marks is not to be decided."""
        edge = [""] * REACH
        words = edge + [word for line in lines for word in (*line, *edge)]
        bare = [strip_diacritics(word) for word in words]
        known = [b in self.syllables and not (settled and b != w) for w, b in zip(words, bare, strict=True)]
        return Batch(
            bare=hashes(bare),
            form=hashes(words if settled else bare),
            case=np.array([Case.NONE if word else Case.STOP for word in words], np.uint8),
            entry=np.array([self.syllables.index(b) if k else -1 for b, k in zip(bare, known, strict=True)], np.int32),
            allowed={},
        )

    def words(self, batch: Batch, choices: Choices) -> dict[int, str]:
        """The chosen form at each place."""
        starts = self.model.arrays["form_starts"][batch.entry[choices.at]]
        return dict(zip(choices.at.tolist(), [self.forms[i] for i in starts + choices.candidate], strict=True))


def hashes(symbols: list[str]) -> NDArray[np.uint64]:
    return np.array([symbol_hash(symbol or BOUNDARY) for symbol in symbols], np.uint64)


@pytest.fixture(scope="module")
def trained(tiny_model: Path) -> Trained:
    return Trained(open_model(tiny_model))


def test_only_what_has_an_expert_is_decided(trained: Trained) -> None:
    batch = trained.batch([line.split() for line in LINES])
    choices = trained.decoder.decide(batch)
    assert choices.at.tolist() == np.flatnonzero(batch.entry >= 0).tolist()
    assert len(choices.at) > 10
    assert (choices.scores.argmax(axis=1) == choices.candidate).all()


def test_lines_are_decided_by_themselves(trained: Trained) -> None:
    lines = [line.split() for line in LINES]
    together = trained.decoder.decide(trained.batch(lines))
    apart = [trained.decoder.decide(trained.batch([line])) for line in lines]
    assert np.concatenate([choices.candidate for choices in apart]).tolist() == together.candidate.tolist()
    scores = [row[row > -1000].tolist() for choices in apart for row in choices.scores]
    assert scores == [row[row > -1000].tolist() for row in together.scores]  # to the last bit


def test_nothing_to_decide(trained: Trained) -> None:
    nothing: list[list[list[str]]] = [[], [[]], [["xyzzy"]]]
    for lines in nothing:
        assert len(trained.decoder.decide(trained.batch(lines)).at) == 0


def test_what_a_word_rules_out_is_never_chosen(trained: Trained) -> None:
    line = "con duong ve nha".split()
    place = REACH + 1
    for partial in ("đuong", "duơng"):
        allowed = np.array([completes(partial, form) for form in trained.candidates("duong")])
        batch = trained.batch([line])._replace(allowed={place: allowed})
        assert completes(partial, trained.words(batch, trained.decoder.decide(batch))[place])
    for only in range(len(trained.candidates("duong"))):
        allowed = np.arange(len(trained.candidates("duong"))) == only
        batch = trained.batch([line])._replace(allowed={place: allowed})
        choices = trained.decoder.decide(batch)
        assert trained.words(batch, choices)[place] == trained.candidates("duong")[only]
        assert probabilities(choices.scores, 1.0)[choices.at == place].max() == 1


def test_deciding_again_changes_nothing(trained: Trained) -> None:
    """What got its marks is settled; what stayed bare must stay so, whatever its neighbours have become."""
    random = np.random.default_rng(0)
    bare_ones = [bare for bare in trained.syllables if bare in trained.candidates(bare)]
    for _ in range(40):
        lines = [random.choice(bare_ones, 10).tolist() for _ in range(100)]
        batch = trained.batch(lines)
        chosen = trained.words(batch, trained.decoder.decide(batch))
        places = iter(sorted(chosen))
        again = [[chosen[next(places)] for _ in line] for line in lines]
        second = trained.batch(again, settled=True)
        kept = trained.words(second, trained.decoder.decide(second))
        assert all(form == strip_diacritics(form) for form in kept.values())


def test_arrays_that_lack_something_are_refused(trained: Trained) -> None:
    with pytest.raises(ModelError, match="it has no array 'salts': fetch the model again"):
        Decoder({k: v for k, v in trained.model.arrays.items() if k != "salts"}, trained.model.metadata["params"])
    with pytest.raises(ModelError, match="it has no parameter 'scale'"):
        Decoder(trained.model.arrays, {})
