"""The programs of docs/examples, run as a user would, where the libraries that they are for are installed."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from commandline import environment

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "docs" / "examples"

# What each needs, and prints; restore_folder.py is run by test_parallel.py.
PRINTED = {
    "pandas_column": ("pandas", "id,restored\n1,Hôm nay trời đẹp\n2,"),
    "datasets_map": ("datasets", "['hôm nay trời đẹp', 'cảm ơn bạn rất nhiều']\n"),
    "spacy_component": (
        "spacy",
        "['Hôm nay trời đẹp.', 'Cảm ơn bạn rất nhiều.']\n['Hôm', 'nay', 'trời', 'đẹp'] troi\n",
    ),
    "sklearn_pipeline": ("sklearn", "['delivery', 'food']\n['food']\n"),
}


@pytest.mark.usefixtures("shipped_model")
@pytest.mark.parametrize("name", PRINTED)
def test_an_example_runs(name: str, tmp_path: Path) -> None:
    library, expected = PRINTED[name]
    if find_spec(library) is None:
        pytest.skip(f"{library} is not installed: pip install {library}")
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py"], env=environment() | offline, cwd=tmp_path, capture_output=True,
        encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(expected)


@pytest.mark.parametrize("name", PRINTED)
def test_the_page_shows_the_example(name: str) -> None:
    page = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
    assert f"```python\n{(EXAMPLES / f'{name}.py').read_text(encoding='utf-8')}```\n" in page


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_restores(tiny_model: Path) -> None:
    """As servers do, and PyTorch's loaders: the model is loaded, and used, before the fork."""
    code = """
import os, sys
from vndiacritic.restorer import Restorer

restorer = Restorer.load(sys.argv[1])
lines = ["toi thay nguoi ta khoe va hoa nha", "hom nay troi dep"] * 50
expected = restorer.predict(lines)
children = []
for _ in range(3):
    child = os.fork()
    if child == 0:
        os._exit(0 if restorer.predict(lines) == expected else 1)
    children.append(child)
assert restorer.predict(lines) == expected
print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, tiny_model], env=environment() | {"OMP_NUM_THREADS": "1"},
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "[0, 0, 0]\n"), done.stderr
