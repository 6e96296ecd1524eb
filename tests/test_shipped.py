"""The public names of the package, and the models in the box."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from commandline import ROOT, environment

import vndiacritic
from vndiacritic import shipped
from vndiacritic.errors import ModelError

pytestmark = pytest.mark.usefixtures("loaded")


@pytest.mark.parametrize("name", ["ModelError", "strip_diacritics", "load_model", "restore", "__version__"])
def test_public_names_come_when_asked_for(name: str) -> None:
    assert name in vndiacritic.__all__
    assert name in dir(vndiacritic)
    assert getattr(vndiacritic, name) is not None


def test_other_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'guess'"):
        _ = vndiacritic.guess


def test_the_package_imports_nothing_heavy() -> None:
    code = "import vndiacritic, sys; dir(vndiacritic); print('numpy' in sys.modules, 'click' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, check=True)
    assert done.stdout == b"False False\n"


def test_restoring_uses_the_default_model(loaded: list[tuple[object, ...]]) -> None:
    assert vndiacritic.restore("Troi dep\r\n") == "Trời đẹp\r\n"
    assert loaded == [(None, "old")]


@pytest.fixture
def shelf(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of two shipped models."""
    folder = here / "shelf"
    folder.mkdir()
    for name in ("default.safetensors", "small.safetensors", "default.md"):
        (folder / name).write_bytes(b"model")
    monkeypatch.setattr(shipped, "models_folder", lambda: folder)
    return folder


def test_models_are_found_by_name_and_path(shelf: Path) -> None:
    Path("small").write_bytes(b"a file of that name")
    Path("mine.safetensors").write_bytes(b"mine")
    assert shipped.find_model() == shelf / "default.safetensors"
    assert shipped.find_model("small") == shelf / "small.safetensors"
    assert shipped.find_model("./small") == Path("small")
    assert shipped.find_model(Path("mine.safetensors")) == Path("mine.safetensors")
    with pytest.raises(ModelError, match=r"no model 'big': .*: default, small\)"):
        shipped.find_model("big")


def test_the_models_of_a_checkout_lie_beside_the_package() -> None:
    if (ROOT / "pyproject.toml").is_file():
        assert shipped.models_folder() == ROOT / "models"
