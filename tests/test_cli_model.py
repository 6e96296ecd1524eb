"""The commands that look into model files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commandline import run

from vndiacritic.modelfile import open_model, write_model


@pytest.fixture
def model(here: Path) -> Path:
    """A file with a card, and with nothing that restores."""
    path = here / "my.safetensors"
    write_model(path, {"weights": np.zeros((3, 2), np.int8)}, {"licence": "của tôi", "corpora": [{"lines": 3}]})
    return path


@pytest.fixture
def sound(here: Path, tiny_model: Path) -> Path:
    """A model that restores."""
    return Path(shutil.copy(tiny_model, here / "tiny.safetensors"))


def rewritten(model: Path, name: str, arrays: dict[str, Any] | None = None, **metadata: Any) -> Path:
    """A copy with other arrays or other words on its card."""
    before, path = open_model(model), model.with_name(name)
    write_model(path, {**before.arrays, **(arrays or {})}, {**before.metadata, **metadata}, format_version=2)
    return path


# ---- info


def test_info_tells_what_is_in_a_model(model: Path) -> None:
    text = run("model", "info", str(model)).stdout
    assert "licence: của tôi\n" in text
    assert "shape: [3, 2]\n" in text
    described = json.loads(run("model", "info", str(model), "--format", "json").stdout)
    assert described["metadata"]["corpora"] == [{"lines": 3}]


def test_info_tells_the_card_before_the_arrays(sound: Path) -> None:
    lines = run("model", "info", str(sound)).stdout.splitlines()
    assert lines.index("metadata:") < lines.index("arrays:")
    text = "\n".join(lines)
    for told in ("scikit-learn: ", "signature: vndiacritic-held|", "name: chat.txt", "held_share: 0.003"):
        assert told in text


# ---- verify


def test_verify_finds_damage(sound: Path) -> None:
    result = run("model", "verify", str(sound))
    assert (result.exit_code, result.stderr) == (0, "")
    assert "sound" in result.stdout
    data = bytearray(sound.read_bytes())
    data[-1] ^= 1
    sound.write_bytes(data)
    result = run("model", "verify", str(sound))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"vndiacritic: {sound} is damaged")


def test_verify_looks_at_bounds(sound: Path, model: Path) -> None:
    """The digests of these are right: who changed them wrote them anew."""
    books = open_model(sound).arrays["books4"].copy()
    books[1:, 3] = 1
    for path, reason in (
        (model, "is not a model that restores (it has no array 'syllables'"),
        (rewritten(sound, "wide", {"books4": books}), "has weights beyond the candidates"),
        (rewritten(sound, "scale", params={"scale": 0}), "is not a model that restores"),
        (rewritten(sound, "params", params=[]), "is not a model that restores"),
    ):
        result = run("model", "verify", str(path))
        assert (result.exit_code, result.stdout) == (1, "")
        assert reason in result.stderr
        assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("args", [["info"], ["verify"], ["diff", "absent.safetensors"]])
def test_a_missing_model_is_named(here: Path, args: list[str]) -> None:
    result = run("model", *args, "absent.safetensors")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no model 'absent.safetensors'" in result.stderr


# ---- diff


def told(*args: str | Path) -> dict[str, Any]:
    result = run("model", "diff", *map(str, args), "--format", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_model_does_not_differ_from_itself(sound: Path) -> None:
    Path("a.txt").write_text("troi mua to qua\n")
    found = told(sound, sound, "a.txt")
    assert set(found) == {"forms", "restored"}
    assert (found["forms"]["gained"], found["forms"]["lost"]) == (0, 0)
    assert (found["restored"]["syllables"], found["restored"]["differing"]) == (4, 0)


def test_diff_tells_settings_data_sizes_and_figures(sound: Path) -> None:
    card = open_model(sound).metadata
    (first, *others) = card["corpus"]["sources"]
    other = rewritten(
        sound, "other", {"more": np.zeros(5, np.int8)},
        settings=card["settings"] | {"seed": 7},
        corpus=card["corpus"] | {"sources": [first | {"sha256": "0"}, *others]},
        evaluations=[{"set": "gold.txt", "syllable": 97.5}],
    )  # fmt: skip
    found = told(sound, other)
    assert found["settings"] == {"settings.seed": [0, 7]}
    assert found["data"] == {f"corpus.sources.{first['name']}": [first["sha256"], "0"]}
    assert found["figures"] == {"evaluations.gold.txt": [None, 97.5]}
    assert found["sizes"]["more"] == [None, 5]
    assert found["sizes"]["file"] == [sound.stat().st_size, other.stat().st_size]
    text = run("model", "diff", str(sound), str(other)).stdout
    assert "settings.seed: [0, 7]\n" in text


def test_diff_tells_forms_and_what_is_restored_differently(sound: Path) -> None:
    forms = bytes(open_model(sound).arrays["forms"]).decode()
    assert "\ntrời\n" in forms
    changed = np.frombuffer(forms.replace("\ntrời\n", "\ntrợi\n").encode(), np.uint8)
    other = rewritten(sound, "other", {"forms": changed})
    Path("a.txt").write_text("Trời mưa.\nHom nay troi mua.\n")
    found = told(sound, other, "a.txt")
    assert found["forms"]["known"][0] == found["forms"]["known"][1] == len(set(forms.split()))
    assert (found["forms"]["some_gained"], found["forms"]["some_lost"]) == (["trợi"], ["trời"])
    assert (found["restored"]["syllables"], found["restored"]["differing"]) == (6, 2)
    assert [row[:3] for row in found["restored"]["most_frequent"]] == [["Trời", "Trợi", 1], ["trời", "trợi", 1]]
    result = run("model", "diff", str(sound), str(other), "absent.txt")
    assert result.exit_code == 1
    assert "cannot read absent.txt" in result.stderr
