"""Adapting: a model learns a new corpus, keeps what it knows, and stays a model like any other."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vndiacritic.alphabet import strip_diacritics
from vndiacritic.bounds import MOST_LAYERS, layer_arrays, misfits, padding_misfits
from vndiacritic.decode import Decoder
from vndiacritic.errors import CorpusError, ModelError
from vndiacritic.evaluation import compare, strip_gold, summarise
from vndiacritic.modelfile import ModelFile, open_model, write_model
from vndiacritic.restorer import Restorer
from vndiacritic.training import recipe
from vndiacritic.training.card import Statement
from vndiacritic.training.recipe import Settings, train
from vndiacritic.training.widen import experts_of, joined, lexicon_of, widened

NAMES = ["Lại Thị Mỵ", "Đoàn Văn Cẩn", "Ngô Bá Tước", "Hứa Kim Sến", "Tạ Quang Bửu Lộc"]
DOINGS = [
    "bị ho khan ba ngày nay, họng đỏ, phổi không ran",
    "đã mổ ruột thừa, vết mổ khô, bụng mềm",
    "được truyền dịch, mạch đều, huyết áp ổn",
    "kêu nhức đầu, mờ mắt, cần đo lại nhãn áp",
    "xin ra viện, hẹn tái khám sau hai tuần",
    "dị ứng với cá biển, nổi mẩn ở cổ và lưng",
]
LETTERS = [f"Bệnh nhân {name}, giường {bed}, {doing}." for bed, name in enumerate(NAMES * 3, 1) for doing in DOINGS]
UNSEEN = [f"Chị {name} {doing}, người nhà đã ký giấy." for name, doing in zip(NAMES, DOINGS, strict=False)]


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file of letters."""
    folder = tmp_path_factory.mktemp("letters")
    (folder / "letters.txt").write_text("\n".join(LETTERS), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def adapted_file(tiny_model: Path, letters: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model, adapted to them; beside it the work folder."""
    folder = tmp_path_factory.mktemp("adapted")
    train([letters], folder / "model", init_model=tiny_model, work=folder / "work")
    return folder / "model"


@pytest.fixture(scope="module")
def adapted(adapted_file: Path) -> Restorer:
    return Restorer.load(adapted_file)


def right(restorer: Restorer, lines: list[str]) -> float:
    """Percentage of words that come back."""
    return summarise(compare(lines, restorer.predict(list(map(strip_gold, lines)))), resamples=0).syllable


# ---- what it is for


def test_it_learns_the_new_and_keeps_the_old(tiny: Restorer, adapted: Restorer, sample: list[str]) -> None:
    assert right(adapted, LETTERS) > 99 > 80 > right(tiny, LETTERS)
    assert right(adapted, UNSEEN) > right(tiny, UNSEEN) + 10
    assert right(adapted, sample) > right(tiny, sample) - 2


def test_it_learns_forms_that_the_model_lacks(tiny: Restorer, adapted: Restorer) -> None:
    """New forms of a syllable that it knows, and new syllables."""
    assert tiny.restore("Benh nhan Hua Kim Sen") != "Bệnh nhân Hứa Kim Sến"
    assert adapted.restore("Benh nhan Hua Kim Sen") == "Bệnh nhân Hứa Kim Sến"
    assert "nhãn áp" not in tiny.restore("do lai nhan ap")
    assert "nhãn áp" in adapted.restore("do lai nhan ap")


def test_what_is_restored_stays_so(adapted: Restorer, sample: list[str]) -> None:
    for line in [*LETTERS[:20], *sample[::5]]:
        once = adapted.restore(strip_diacritics(line))
        assert strip_diacritics(once) == strip_diacritics(line)
        assert adapted.restore(once) == once


def test_an_adapted_model_can_be_adapted(adapted_file: Path, adapted: Restorer, tmp_path: Path) -> None:
    (tmp_path / "boats.txt").write_text("Thuyền thúng ra khơi, lưới rách, cá chuồn nhảy.\n" * 8, encoding="utf-8")
    train([tmp_path / "boats.txt"], tmp_path / "twice", init_model=adapted_file)
    twice = Restorer.load(tmp_path / "twice")
    assert len(twice.info["metadata"]["params"]["layers"]) == 2
    assert "cá chuồn nhảy" in twice.restore("luoi rach, ca chuon nhay")
    assert right(twice, LETTERS) > right(adapted, LETTERS) - 2
    assert twice.info["metadata"]["parent"]["parent"]["payload_sha256"] != adapted.info["payload_sha256"]


# ---- the same from the same


def again(letters: Path, tiny_model: Path, folder: Path, **options: Any) -> bytes:
    train([letters], folder / "again", init_model=tiny_model, **options)
    return (folder / "again").read_bytes()


def test_the_same_gives_the_same_bytes(letters: Path, tiny_model: Path, adapted_file: Path, tmp_path: Path) -> None:
    assert again(letters, tiny_model, tmp_path, n_jobs=2) == adapted_file.read_bytes()
    assert again(letters, tiny_model, tmp_path, settings=Settings(seed=1)) != adapted_file.read_bytes()


@pytest.mark.parametrize("step", ["reading", "grouping", "learning stage 1", "coding", "assembling"])
def test_an_interrupted_adaptation_goes_on(
    letters: Path, tiny_model: Path, adapted_file: Path, tmp_path: Path, step: str
) -> None:
    def interrupt(at: str, done: int, total: int) -> None:
        if at == step and 2 * done >= total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        again(letters, tiny_model, tmp_path, work=tmp_path / "work", progress=interrupt)
    assert again(letters, tiny_model, tmp_path, work=tmp_path / "work") == adapted_file.read_bytes()


def test_a_folder_for_another_base_is_refused(letters: Path, adapted_file: Path, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="holds another training's results"):
        train([letters], tmp_path / "m", init_model=adapted_file, work=adapted_file.parent / "work")


def test_what_is_added_fits_what_is_allowed(
    letters: Path, tiny_model: Path, adapted_file: Path, tmp_path: Path
) -> None:
    least = re.search(r"takes ([\d.]+) MB", refusal(letters, tiny_model, tmp_path, 1e-6))
    assert least is not None
    allowed = float(least[1]) + 0.01
    small = len(again(letters, tiny_model, tmp_path, settings=Settings(max_size_mb=allowed)))
    assert small < len(adapted_file.read_bytes())
    assert small < tiny_model.stat().st_size + allowed * 1e6 + 30_000  # for forms, and for the header


def refusal(letters: Path, tiny_model: Path, tmp_path: Path, megabytes: float) -> str:
    with pytest.raises(CorpusError) as caught:
        again(letters, tiny_model, tmp_path, settings=Settings(max_size_mb=megabytes))
    return str(caught.value)


# ---- what cannot be adapted


@pytest.mark.parametrize(
    ("text", "reason"),
    [("hom nay troi dep\n" * 9, "no diacritics"), ("", "no diacritics")],
)
def test_a_corpus_that_teaches_nothing_is_refused(tiny_model: Path, tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError, match=reason):
        train([tmp_path / "a.txt"], tmp_path / "m", init_model=tiny_model)
    assert not (tmp_path / "m").exists()


def test_new_syllables_alone_are_learned(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("xyzzỵ plũgh\n" * 5, encoding="utf-8")
    train([tmp_path / "a.txt"], tmp_path / "m", init_model=tiny_model)
    assert Restorer.load(tmp_path / "m").restore("Xyzzy plugh.") == "Xyzzỵ plũgh."


def test_what_is_no_model_is_refused_before_the_work(letters: Path, tmp_path: Path) -> None:
    write_model(tmp_path / "foreign", {"weights": np.zeros(3, np.int8)}, {})
    (tmp_path / "text").write_text("không phải mô hình")
    for name, reason in (("foreign", "is not a model that restores"), ("text", "is not a vndiacritic model")):
        with pytest.raises(ModelError, match=f"{name} {reason}"):
            train([letters], tmp_path / "m", init_model=tmp_path / name)


def changed(path: Path, model: ModelFile, **params: Any) -> Path:
    write_model(path, model.arrays, {"params": dict(model.metadata["params"]) | params}, format_version=2)
    return path


def test_a_model_of_another_scale_is_refused(letters: Path, tiny_model: Path, tmp_path: Path) -> None:
    other = changed(tmp_path / "other", open_model(tiny_model), temperature=0.5)
    with pytest.raises(ModelError, match="has weights of another scale"):
        train([letters], tmp_path / "m", init_model=other)


def test_a_model_has_so_many_layers_and_no_more(letters: Path, adapted_file: Path, tmp_path: Path) -> None:
    model = open_model(adapted_file)
    arrays, layers = dict(model.arrays), model.metadata["params"]["layers"] * (MOST_LAYERS - 1)
    for layer in range(1, MOST_LAYERS):
        arrays |= {name: model.arrays[first] for name, first in zip(
            layer_arrays(layer).values(), layer_arrays(1).values(), strict=True)}  # fmt: skip
    full = tmp_path / "full"
    write_model(full, arrays, {"params": dict(model.metadata["params"]) | {"layers": layers}}, format_version=2)
    assert Restorer.load(full).restore("Benh nhan")
    with pytest.raises(ModelError, match="was adapted 7 times already: adapt an earlier model"):
        train([letters], tmp_path / "m", init_model=full)


# ---- the widened model


def test_a_model_that_is_widened_restores_as_before(tiny: Restorer, tiny_model: Path, tmp_path: Path) -> None:
    model = open_model(tiny_model)
    forms = {"xyquẫng": 7, "xyquáng": 5, "hòm": 9}
    assert not any(form in forms for of_bare in lexicon_of(model.arrays).forms.values() for form in of_bare)
    lexicon = joined(lexicon_of(model.arrays), forms, 5)
    wider = widened(model, lexicon, forms)
    assert list(misfits(wider.arrays, wider.params)) == []
    write_model(tmp_path / "wider", wider.arrays, {"params": wider.params})
    after = Restorer.load(tmp_path / "wider")
    for line in LETTERS[:10]:
        bare = " ".join(word for word in strip_diacritics(line).split() if word != "hom")
        assert after.restore(bare) == tiny.restore(bare)
    assert after.restore("xyquang") == "xyquẫng"
    assert set(experts_of(wider.arrays)[-2:]) == {"xyquang", "hom"}


def test_forms_that_are_added_are_frequent_and_whole() -> None:
    base = lexicon_of(
        {
            "syllables": packed("nguoi", "hai"),
            "forms": packed("người", "nguôi", "hải"),
            "form_starts": np.array([0, 2, 3], np.int32),
        }
    )
    counts = {"nguời": 9, "nguội": 6, "ngươi": 4, "hai": 30, "hái": 5, "web": 50}
    forms = joined(base, counts, 5).forms
    assert forms["nguoi"] == ("người", "nguôi", "nguội")  # "nguời" is half of "người", "ngươi" is rare
    assert forms["hai"] == ("hải", "hai", "hái")
    assert "web" not in forms  # its only form is itself


def packed(*strings: str) -> NDArray[np.uint8]:
    return np.frombuffer("".join(f"{string}\n" for string in strings).encode(), np.uint8)


# ---- files that were tampered with


def beyond(array: NDArray[Any]) -> NDArray[Any]:
    moved = array.copy()
    moved[-1, -1] += 1
    return moved


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("starts_layer1", beyond, "point beyond each other"),
        ("starts_layer1", lambda array: array[:, :6].copy(), "shapes that do not fit"),
        ("starts_layer1", lambda array: array[:-1], "shapes that do not fit"),
        ("starts_layer1", lambda array: array.astype(np.int64), "is of int64, not int32"),
        ("starts_layer1", lambda array: array[:, ::-1].copy(), "point beyond each other"),
        ("narrow_layer1", lambda array: array[:-1], "the row table has uint16"),
        ("wide_extra_layer1", lambda array: array[:-1], "the row table has uint8"),
        ("wide_layer1", None, "it has no array 'wide_layer1'"),
    ],
)
def test_arrays_of_a_layer_must_fit(
    adapted_file: Path, name: str, change: Callable[[NDArray[Any]], NDArray[Any]] | None, reason: str
) -> None:
    model = open_model(adapted_file)
    arrays = dict(model.arrays)
    if change is None:
        del arrays[name]
    else:
        arrays[name] = change(arrays[name])
    with pytest.raises(ModelError, match=reason):
        Decoder(arrays, model.metadata["params"])


@pytest.mark.parametrize(
    "layers",
    [None, {}, "ab", [[]], [{}], [{"narrow": {}, "wide": 3}], [{"narrow": {}}] * 3],
    ids=repr,
)
def test_layers_must_be_described(adapted_file: Path, layers: Any) -> None:
    model = open_model(adapted_file)
    with pytest.raises(ModelError, match="'layers' does not describe up to 7 layers"):
        Decoder(model.arrays, dict(model.metadata["params"]) | {"layers": layers})
    with pytest.raises(ModelError, match="the row table needs"):
        Decoder(model.arrays, dict(model.metadata["params"]) | {"layers": [{"narrow": {}, "wide": {}}]})


def test_scores_must_tell_candidates_from_others(adapted_file: Path) -> None:
    model = open_model(adapted_file)
    arrays, params = dict(model.arrays), dict(model.metadata["params"])
    for change in ({"scale": 0.1}, {"temperature": 1e6}):
        assert any("grow beyond" in wrong for wrong in misfits(arrays, params | change))
    for value in (np.nan, np.inf, 0.5):
        priors = arrays["priors4"].copy()
        priors[:, -1] = value
        assert any("grow beyond" in wrong for wrong in misfits(arrays | {"priors4": priors}, params))


def test_weights_beyond_the_candidates_are_found(adapted_file: Path, tiny_model: Path) -> None:
    for path in (adapted_file, tiny_model):
        model = open_model(path)
        assert list(padding_misfits(model.arrays, model.metadata["params"])) == []
        for name in filter(re.compile("starts(_layer1)?").fullmatch, model.arrays):
            counts = np.diff(model.arrays["form_starts"])[: len(model.arrays["salts"])]
            narrow = (model.arrays["width"] == 4) & (counts < 4) & (np.ptp(model.arrays[name], axis=1) > 0)
            books = model.arrays["books4"].copy()
            books[model.arrays[name][narrow][0, 0], 3] = 1
            found = padding_misfits(dict(model.arrays) | {"books4": books}, model.metadata["params"])
            assert list(found) == ["its array 'books4' has weights beyond the candidates"]


# ---- its card


def test_the_card_names_the_parent_and_the_data(
    letters: Path, tiny: Restorer, tiny_model: Path, tmp_path: Path
) -> None:
    said = Statement("CC BY 4.0", ("thư của một phòng khám tưởng tượng",))
    again(letters, tiny_model, tmp_path, statement=said, words=("phòng khám xyzzỵ",))
    model = open_model(tmp_path / "again")
    card = model.metadata
    assert (card["licence"], card["notes"]) == (said.licence, list(said.notes))
    assert card["parent"]["payload_sha256"] == tiny.info["payload_sha256"]
    assert card["parent"]["corpus"]["sha256"] == tiny.info["metadata"]["corpus"]["sha256"]
    assert "sources" not in card["parent"]["corpus"]
    (source,) = card["corpus"]["sources"]
    assert (source["name"], source["bytes"]) == ("letters.txt", (letters / "letters.txt").stat().st_size)
    assert set(card["versions"]) == {"python", "numpy", "scipy", "scikit-learn", "joblib"}
    assert card["figures"]["signature"].startswith("vndiacritic-held|share:")
    assert str(letters) not in str(card)


def test_newer_arrays_need_a_newer_reader(adapted_file: Path, tiny_model: Path) -> None:
    assert open_model(adapted_file).format_version == 2
    assert open_model(tiny_model).format_version == 1


# ---- words


def test_a_model_brings_its_words(sample: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("\n".join(sample[:20]), encoding="utf-8")
    train([tmp_path / "a.txt"], tmp_path / "m", words=("kẹo dừa tràm chim",))
    model = Restorer.load(tmp_path / "m")
    assert open_model(tmp_path / "m").format_version == 2
    assert model.restore("Keo dua Tram Chim") == "Kẹo dừa Tràm Chim"
    own = Restorer.load(tmp_path / "m", words=["kẻo đưa tràm chịm"])
    assert own.restore("keo dua tram chim") == "kẻo đưa tràm chịm"


@pytest.mark.parametrize("phrase", ["Kẹo dừa", "kẹo  dừa", "kẹo 7", "", "ke\u0323o"])
def test_words_of_a_model_must_be_words(tiny_model: Path, tmp_path: Path, phrase: str) -> None:
    model = open_model(tiny_model)
    arrays = dict(model.arrays) | {"words": packed("mứt gừng", phrase)}
    write_model(tmp_path / "m", arrays, dict(model.metadata), format_version=2)
    with pytest.raises(ModelError, match=r"its list of words cannot be used \(phrase 2"):
        Restorer.load(tmp_path / "m")


def test_recipe_says_what_it_adds(letters: Path, tiny_model: Path, tmp_path: Path) -> None:
    steps = []
    train([letters], tmp_path / "m", init_model=tiny_model, progress=lambda step, done, total: steps.append(step))
    assert list(dict.fromkeys(steps)) == [
        "reading", "grouping", "learning stage 1", "learning stage 2", "coding", "assembling",
    ]  # fmt: skip
    assert recipe.__all__ == ["Made", "Settings", "train"]
