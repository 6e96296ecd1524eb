"""The commands that look into model files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from commandline import run

from vndiacritic.modelfile import write_model


@pytest.fixture
def model(here: Path) -> Path:
    path = here / "my.safetensors"
    write_model(path, {"weights": np.zeros((3, 2), np.int8)}, {"licence": "của tôi", "corpora": [{"lines": 3}]})
    return path


def test_info_tells_what_is_in_a_model(model: Path) -> None:
    text = run("model", "info", str(model)).stdout
    assert "licence: của tôi\n" in text
    assert "shape: [3, 2]\n" in text
    described = json.loads(run("model", "info", str(model), "--format", "json").stdout)
    assert described["metadata"]["corpora"] == [{"lines": 3}]


def test_verify_finds_damage(model: Path) -> None:
    result = run("model", "verify", str(model))
    assert (result.exit_code, result.stderr) == (0, "")
    assert "sound" in result.stdout
    data = bytearray(model.read_bytes())
    data[-1] ^= 1
    model.write_bytes(data)
    result = run("model", "verify", str(model))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"vndiacritic: {model} is damaged")


@pytest.mark.parametrize("args", [["info"], ["verify"]])
def test_a_missing_model_is_named(here: Path, args: list[str]) -> None:
    result = run("model", *args, "absent.safetensors")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no model 'absent.safetensors'" in result.stderr
