"""The scikit-learn face, by the book."""

from __future__ import annotations

import copy
import gc
import inspect
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks as checks
from sklearn.utils.estimator_checks import check_estimator

from vndiacritic import estimator as estimator_module
from vndiacritic.alphabet import strip_diacritics
from vndiacritic.errors import CorpusError, ModelError, WordListError
from vndiacritic.estimator import DiacriticRestorer
from vndiacritic.restorer import Restorer
from vndiacritic.training.recipe import train

# Two hours of the day and two meals: enough to learn from, and quick.
LINES = [
    "sáng nay tôi ăn phở ở nhà",
    "tối nay tôi ăn cơm ở nhà",
    "sáng mai tôi đi học ở trường",
    "tối mai tôi đi chơi ở nhà bạn",
    "sáng này trời mưa to quá",
    "tối này trời nắng đẹp quá",
    "bạn tôi đi sang nhà tôi",
    "bàn nhà tôi to và đẹp",
    "trưa nay bạn tôi ăn bún ở trường",
    "trưa mai bạn tôi đi bơi ở hồ",
]
BARE = [strip_diacritics(line) for line in LINES]


@pytest.fixture(scope="module")
def fitted() -> DiacriticRestorer:
    return DiacriticRestorer(random_state=3).fit(LINES)


def test_what_was_learned_comes_back(fitted: DiacriticRestorer) -> None:
    assert fitted.predict(["sang nay toi an pho o nha"]) == ["sáng nay tôi ăn phở ở nhà"]
    assert fitted.score(LINES) > 0.9
    assert fitted.score(BARE, LINES) == fitted.score(LINES)
    assert fitted.score(LINES, BARE) < 0.5


def test_fit_gives_the_estimator_and_leaves_its_parameters_alone() -> None:
    estimator = DiacriticRestorer(max_size_mb=3, min_count=2)
    before = estimator.get_params()
    assert estimator.fit(LINES) is estimator
    assert estimator.get_params() == before


def test_parameters_are_stored_as_given_and_cloned() -> None:
    values: dict[str, Any] = {
        "max_size_mb": np.float64(7), "min_count": 4, "held_share": 0, "tone_style": "new", "random_state": 5,
        "n_jobs": 2, "init_model": "default", "words": ("a",),
    }  # fmt: skip
    estimator = DiacriticRestorer(**values)
    assert estimator.get_params() == values
    assert set(values) == set(inspect.signature(DiacriticRestorer).parameters)
    copied = clone(estimator)
    assert copied is not estimator
    assert copied.get_params() == values
    assert estimator.set_params(min_count=9).min_count == 9
    with pytest.raises(ValueError, match="Invalid parameter 'colour'"):
        estimator.set_params(colour="red")
    assert repr(DiacriticRestorer(min_count=3)) == "DiacriticRestorer(min_count=3)"


def test_a_clone_is_not_fitted(fitted: DiacriticRestorer) -> None:
    with pytest.raises(NotFittedError):
        clone(fitted).predict(BARE)


@pytest.mark.parametrize("use", ["predict", "transform", "score", "save", "to_restorer"])
def test_an_estimator_that_was_not_fitted_says_so(use: str, tmp_path: Path) -> None:
    arguments = {"save": [tmp_path / "model"], "to_restorer": []}.get(use, [LINES])
    with pytest.raises(NotFittedError, match="This DiacriticRestorer instance is not fitted yet"):
        getattr(DiacriticRestorer(), use)(*arguments)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_size_mb", 0),
        ("max_size_mb", "64"),
        ("max_size_mb", float("nan")),
        ("min_count", 0),
        ("min_count", 2.5),
        ("held_share", 1),
        ("held_share", -0.1),
        ("held_share", None),
        ("tone_style", "modern"),
        ("random_state", -1),
        ("random_state", None),
        ("n_jobs", 0),
        ("n_jobs", "all"),
    ],
)
def test_bad_parameters_are_told_when_fitting(name: str, value: object) -> None:
    estimator = DiacriticRestorer().set_params(**{name: value})  # which says nothing, by the book
    with pytest.raises(ValueError, match=f"^{name} must be .*, not ") as raised:
        estimator.fit(LINES)
    assert repr(value) in str(raised.value)
    assert not hasattr(estimator, "restorer_")


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "there is no line"),
        ([""], "there is no line"),
        (["  "], "no diacritics"),
        (["hom nay troi dep"] * 5, "no diacritics"),
        (["nhà tôi"], "no syllable with two forms"),
    ],
)
def test_lines_that_teach_nothing_are_refused(lines: list[str], reason: str) -> None:
    with pytest.raises(CorpusError, match=reason):
        DiacriticRestorer().fit(lines)


@pytest.mark.parametrize("use", ["fit", "predict", "transform", "score", "fit_transform"])
def test_one_string_is_no_list_of_lines(fitted: DiacriticRestorer, use: str) -> None:
    estimator = clone(fitted) if use.startswith("fit") else fitted
    with pytest.raises(ValueError, match=r"not one string: give \[text\] or text.splitlines\(\)"):
        getattr(estimator, use)("tôi đi học")


@pytest.mark.parametrize("use", ["fit", "predict"])
def test_lines_are_strings(fitted: DiacriticRestorer, use: str) -> None:
    with pytest.raises(ValueError, match=r"every line must be a string, not NoneType"):
        getattr(clone(fitted) if use == "fit" else fitted, use)([*LINES, None])


def test_answers_must_be_as_many_as_lines(fitted: DiacriticRestorer) -> None:
    with pytest.raises(ValueError, match="X has 10 lines and y 9"):
        fitted.score(BARE, LINES[1:])


def test_iterables_and_arrays_are_lines(fitted: DiacriticRestorer) -> None:
    expected = fitted.predict(BARE)
    assert fitted.predict(np.array(BARE)) == expected  # type: ignore[arg-type]
    assert fitted.predict(line for line in BARE) == expected  # type: ignore[arg-type]
    assert clone(fitted).fit(line for line in LINES).predict(BARE) == expected
    assert clone(fitted).fit(np.array(LINES)).predict(BARE) == expected
    assert clone(fitted).fit(BARE, LINES).predict(BARE) == expected
    assert fitted.predict([]) == []


def test_half_surrogates_and_line_ends_in_lines_are_no_harm(fitted: DiacriticRestorer) -> None:
    lines = [*LINES, "tôi \ud800 đi", "trời mưa\r\ntrời nắng\n"]
    assert clone(fitted).fit(lines).predict(["pho \ud800 pho\n"]) == ["phở \ud800 phở\n"]


def test_the_same_seed_gives_the_same_model(fitted: DiacriticRestorer, tmp_path: Path) -> None:
    for name, estimator in (("a", fitted), ("b", clone(fitted).fit(LINES)), ("c", DiacriticRestorer().fit(LINES))):
        estimator.save(tmp_path / name)
    same, again, other = ((tmp_path / name).read_bytes() for name in "abc")
    assert same == again
    assert same != other


# ---- in batches


def test_batches_are_learned_together(fitted: DiacriticRestorer, tmp_path: Path) -> None:
    batches = clone(fitted)
    assert batches.partial_fit(LINES[:4]) is batches
    batches.partial_fit(iter(LINES[4:7])).partial_fit(BARE[7:], LINES[7:]).partial_fit([])
    assert batches.predict(BARE) == fitted.predict(BARE)
    for name, estimator in (("a", fitted), ("b", batches)):
        estimator.save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_model_is_trained_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    trainings: list[object] = []

    def counted(*args: Any, **options: Any) -> None:
        trainings.append(args)
        train(*args, **options)

    monkeypatch.setattr(estimator_module, "train", counted)
    batches = DiacriticRestorer().partial_fit(LINES[:5])
    batches.partial_fit(LINES[5:])
    assert len(trainings) == 0
    batches.predict(BARE)
    batches.score(LINES)
    assert len(trainings) == 1
    batches.partial_fit(["trưa nay trời mưa"]).predict(BARE)
    assert len(trainings) == 2


def test_a_batch_that_is_refused_leaves_the_others() -> None:
    batches = DiacriticRestorer(random_state=3).partial_fit(LINES)
    for wrong in ([*BARE, None], "tôi đi học"):
        with pytest.raises(ValueError, match="must be a"):
            batches.partial_fit(wrong)  # type: ignore[arg-type]
    assert batches.score(LINES) > 0.9
    with pytest.raises(CorpusError, match="there is no line"):
        DiacriticRestorer().partial_fit([]).predict(BARE)


def test_batches_after_a_fit_adapt_its_model(fitted: DiacriticRestorer) -> None:
    grown = copy.copy(fitted).partial_fit(["cá chuồn nhảy lên thuyền"] * 9)
    assert grown.predict(["ca chuon nhay len thuyen"]) == ["cá chuồn nhảy lên thuyền"]
    assert grown.score(LINES) > 0.9
    parent = grown.restorer_.info["metadata"]["parent"]
    assert parent["payload_sha256"] == fitted.restorer_.info["payload_sha256"]
    twin = pickle.loads(pickle.dumps(grown.partial_fit(["lưới rách"])))
    assert twin.restorer_.info["metadata"]["parent"]["payload_sha256"] == parent["payload_sha256"]
    assert grown.fit(LINES).restorer_.info["payload_sha256"] == fitted.restorer_.info["payload_sha256"]


def test_batches_pickle_before_they_are_learned(fitted: DiacriticRestorer) -> None:
    waiting = clone(fitted).partial_fit(LINES[:6])
    twin = pickle.loads(pickle.dumps(waiting)).partial_fit(LINES[6:])
    assert twin.predict(BARE) == fitted.predict(BARE)


def test_texts_of_several_lines_are_learned_line_by_line(fitted: DiacriticRestorer) -> None:
    whole = clone(fitted).fit(["\r\n".join(LINES[:5]), "\n".join(LINES[5:])])
    assert whole.restorer_.info["payload_sha256"] == fitted.restorer_.info["payload_sha256"]


# ---- from a model, and with words


def test_it_adapts_a_model(fitted: DiacriticRestorer, tmp_path: Path) -> None:
    fitted.save(tmp_path / "base")
    adapted = DiacriticRestorer(init_model=tmp_path / "base").fit(["cá chuồn nhảy lên thuyền"] * 9)
    assert adapted.predict(["ca chuon nhay", BARE[0]]) == ["cá chuồn nhảy", LINES[0]]
    with pytest.raises(ModelError, match="there is no model"):
        DiacriticRestorer(init_model=str(tmp_path / "absent")).fit(LINES)


def test_it_gives_its_model_words() -> None:
    model = DiacriticRestorer(words=["bún Ốc Hến"]).fit(LINES)
    assert model.predict(["an bun oc hen"]) == ["ăn bún ốc hến"]
    with pytest.raises(WordListError):
        DiacriticRestorer(words=["1 2 3"]).fit(LINES)


# ---- among others


def test_scikit_learns_own_checks() -> None:
    """It takes lines of text and says so, so scikit-learn leaves out what feeds arrays of numbers."""
    with pytest.warns(SkipTestWarning, match="requires input +of type .*string=True"):
        results = check_estimator(DiacriticRestorer())
    assert [result["status"] for result in results] == ["passed"]


@pytest.mark.parametrize(
    "check",
    [
        checks.check_do_not_raise_errors_in_init_or_set_params,
        checks.check_estimator_repr,
        checks.check_estimator_tags_renamed,
        checks.check_get_params_invariance,
        checks.check_mixin_order,
        checks.check_no_attributes_set_in_init,
        checks.check_parameters_default_constructible,
        checks.check_set_params,
        checks.check_valid_tag_types,
    ],
)
def test_scikit_learns_checks_that_feed_nothing(check: Callable[[str, object], None]) -> None:
    check("DiacriticRestorer", DiacriticRestorer())


def test_it_ends_a_pipeline_and_stands_in_one(fitted: DiacriticRestorer) -> None:
    squeeze = FunctionTransformer(lambda lines: [" ".join(line.split()) for line in lines])
    shout = FunctionTransformer(lambda lines: [line.upper() for line in lines])
    ending = Pipeline([("squeeze", squeeze), ("restore", DiacriticRestorer())]).fit(LINES)
    assert ending.predict(["sang  nay toi an  pho"]) == ["sáng nay tôi ăn phở"]
    assert ending.score(BARE, LINES) > 0.9
    standing = Pipeline([("restore", DiacriticRestorer()), ("shout", shout)])
    assert standing.fit_transform(LINES)[0] == LINES[0].upper()
    assert standing.transform(["sang nay toi an pho"]) == ["SÁNG NAY TÔI ĂN PHỞ"]


def test_cross_validation_scores_it() -> None:
    scores = cross_val_score(DiacriticRestorer(), LINES, cv=2)
    assert scores.shape == (2,)
    assert ((scores > 0.2) & (scores < 1)).all()
    with_answers = cross_val_score(DiacriticRestorer(), BARE, LINES, cv=2)
    assert with_answers.tolist() == scores.tolist()


def test_a_grid_search_chooses_its_parameters() -> None:
    search = GridSearchCV(DiacriticRestorer(), {"min_count": [1, 2], "max_size_mb": [2]}, cv=2).fit(LINES * 2)
    assert search.best_params_ == {"min_count": 1, "max_size_mb": 2}
    assert search.predict(["sang nay toi an pho"]) == ["sáng nay tôi ăn phở"]


# ---- keeping it


def test_it_pickles_and_copies_with_its_model(fitted: DiacriticRestorer) -> None:
    expected = fitted.predict(BARE)
    for twin in (pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted), copy.copy(fitted)):
        assert twin.predict(BARE) == expected
        assert twin.get_params() == fitted.get_params()
    assert pickle.loads(pickle.dumps(DiacriticRestorer(min_count=2))).min_count == 2


def test_another_process_unpickles_it(fitted: DiacriticRestorer, tmp_path: Path) -> None:
    (tmp_path / "model.pickle").write_bytes(pickle.dumps(fitted))
    code = (
        "import pathlib, pickle, sys\n"
        "model = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())\n"
        "print(ascii(model.predict(['toi di hoc o truong'])))"
    )
    root = str(Path(__file__).resolve().parent.parent)
    command = [sys.executable, "-W", "error", "-c", code, str(tmp_path / "model.pickle")]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ascii(fitted.predict(["toi di hoc o truong"]))
    assert done.stderr == ""


def test_a_saved_model_is_the_runtimes(fitted: DiacriticRestorer, tmp_path: Path) -> None:
    path = tmp_path / "my.safetensors"
    path.write_bytes(b"old")
    fitted.save(path)
    assert Restorer.load(path).predict(BARE) == fitted.predict(BARE)
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(OSError, match="absent"):
        fitted.save(tmp_path / "absent" / "my.safetensors")


def test_a_runtime_outlives_its_estimator() -> None:
    estimator = DiacriticRestorer().fit(LINES)
    restorer = estimator.to_restorer()
    expected = estimator.predict(BARE)
    folder = restorer.path.parent
    assert isinstance(restorer, Restorer)
    estimator.fit(LINES[:6])
    del estimator
    gc.collect()
    assert restorer.predict(BARE) == expected
    assert pickle.loads(pickle.dumps(restorer)).predict(BARE) == expected
    del restorer
    gc.collect()
    assert not folder.exists()


def test_a_fit_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(CorpusError):
        DiacriticRestorer().fit(["a"])
    assert list(tmp_path.iterdir()) == []


def test_the_style_of_tones_is_the_users() -> None:
    lines = ["hòa bình và hoa", "hoa đẹp và hòa bình", "thúy kiều", "thủy chung"]
    assert DiacriticRestorer(tone_style="new").fit(lines).predict(["hoa binh"]) == ["hoà bình"]
    assert DiacriticRestorer(tone_style="old").fit(lines).predict(["hoa binh"]) == ["hòa bình"]
