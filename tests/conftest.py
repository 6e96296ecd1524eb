"""Models that several tests share: a tiny one, trained once on the sample corpus, and the shipped one."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from commandline import FakeRestorer

from vndiacritic import load_model, shipped
from vndiacritic.errors import ModelError
from vndiacritic.restorer import Restorer

# Who develops may read Vietnamese; the tests read English, but for those of the language.
os.environ["LANGUAGE"] = "C"

# Started in the background of a script, a process ignores Ctrl-C, and so would those that the tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def sample() -> list[str]:
    """The lines of the sample corpus."""
    files = sorted((ROOT / "corpus" / "sample").glob("*.txt"))
    return [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a model trained on the sample corpus: it knows that text, and little else."""
    from vndiacritic.training.recipe import train

    path = tmp_path_factory.mktemp("models") / "tiny.safetensors"
    train([ROOT / "corpus" / "sample"], path, work=path.parent / "work")
    return path


@pytest.fixture(scope="session")
def tiny_work(tiny_model: Path) -> Path:
    """The work folder of its training."""
    return tiny_model.parent / "work"


@pytest.fixture(scope="session")
def tiny(tiny_model: Path) -> Restorer:
    """The tiny model, loaded."""
    return Restorer.load(tiny_model)


@pytest.fixture(scope="session")
def shipped_model() -> Restorer:
    """The model in the box."""
    try:
        return load_model()
    except ModelError as error:
        pytest.skip(f"no default model here: {error}")


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """Hand out the fake restorer for any model; the list tells which were asked for."""
    asked: list[tuple[object, ...]] = []

    def load_model(name: object = None, *, tone_style: str = "old", words: object = None) -> FakeRestorer:
        asked.append((name, tone_style) if words is None else (name, tone_style, words))
        return FakeRestorer()

    monkeypatch.setattr(shipped, "load_model", load_model)
    return asked


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
