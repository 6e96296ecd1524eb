"""Who may import whom: imports run one way, and what only restores text carries no scikit-learn.

The imports are read from the source, wherever they stand: on top of a module, inside a function, or for the
type checker only. What is imported by name at run time (the public names of the package) has a stand-in for
the type checker, which is read.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "vndiacritic"
TOP = "__init__"  # the package itself: its public names

# What each module may import, the lowest first. A sub-package has one row: its modules may import each other
# too. A new row, or a new name in one, is a decision: say in the change why the module has to know the other.
LAYERS = {
    "errors": "",
    "alphabet": "",
    "progress": "",
    "parallel": "errors",
    "reports": "",
    "files": "errors",
    "changes": "files",
    "folders": "errors files",
    "corpus": "errors files",
    "modelfile": "errors",
    "rowtable": "errors",
    "evaluation": "alphabet reports",
    "tokens": "alphabet",
    "lexicon": "alphabet errors",
    "features": "alphabet tokens",
    "network": "features",
    "bounds": "features network",
    "decode": "errors modelfile rowtable lexicon features network bounds",
    "confidence": "",
    "cutting": "tokens",
    "placement": "alphabet",
    "runs": "alphabet tokens cutting placement",
    "words": "errors alphabet files tokens features",
    "reading": "errors alphabet tokens features decode runs words",
    "writing": "alphabet features runs reading words",
    "rounds": "decode runs reading",
    "explain": "runs reading rounds writing",
    "restorer": "errors modelfile confidence decode cutting placement runs reading writing rounds explain words "
    "parallel",
    "calibration": "alphabet evaluation explain",
    "formats": "errors",
    "shipped": "errors placement modelfile explain words restorer",
    "modeldiff": "evaluation modelfile restorer",
    # cleaning: what tells misread and misplaced letters, for the filters
    "training": "errors alphabet parallel files corpus modelfile rowtable tokens lexicon features network decode "
    "bounds cleaning",
    "estimator": "errors placement evaluation modelfile restorer training shipped words",
    # shipped: only for syllables of slugs that the document leaves open
    "cleaning": "errors alphabet tokens modelfile restorer shipped",
    "web": "errors alphabet cutting placement explain formats restorer cleaning",
    "cli": "errors alphabet placement files changes folders corpus modelfile evaluation progress reports cutting "
    "explain words restorer formats shipped training cleaning bounds modeldiff web",
    TOP: "errors alphabet explain restorer shipped estimator cleaning",
    "__main__": "cli",
}

# Which modules may import what is not in the standard library.
THIRD_PARTY = {
    "click": "cli",
    "numpy": "modelfile rowtable evaluation calibration features network bounds decode confidence reading writing "
    "rounds explain restorer training estimator cleaning",
    "joblib": "parallel training estimator",
    "sklearn": "training estimator cleaning",  # cleaning: the tags of a transformer, when scikit-learn asks for them
    "distributed": "training",  # a cluster's client
    "ftfy": "cleaning",
    "lxml": "cleaning",
    "markdown_it": "formats",
    "starlette": "web",
    "trafilatura": "cleaning",
    "uvicorn": "web",
    "scipy": "training",  # with scikit-learn, which needs both
    "threadpoolctl": "training",
    "zstandard": "corpus",
}


def name_of(path: Path) -> str:
    """``training.index`` for vndiacritic/training/index.py, ``training`` for the package it is in."""
    name = ".".join(path.relative_to(ROOT / PACKAGE).with_suffix("").parts)
    return name.removesuffix(f".{TOP}")


MODULES = {name_of(path): path for path in sorted((ROOT / PACKAGE).rglob("*.py"))}


def row_of(module: str) -> str:
    """The row of the table a module belongs to: its own name or that of its sub-package."""
    return module.partition(".")[0]


def names_imported(source: str, module: str) -> Iterator[str]:
    """Absolute dotted names that a module's source imports; ``from a import b`` is ``a.b``."""
    is_package = module == TOP or MODULES.get(module, Path()).name == f"{TOP}.py"
    parts = [PACKAGE, *([] if module == TOP else module.split("."))]
    package = ".".join(parts if is_package else parts[:-1])
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = resolve_name("." * node.level + (node.module or ""), package)
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def module_of(name: str) -> str | None:
    """The module of this package that a dotted name comes from; None where it comes from elsewhere.

    The version is no module's business, so ``vndiacritic.__version__`` comes from nowhere.
    """
    package, _, inside = name.partition(".")
    if package != PACKAGE or inside == "__version__":
        return None
    while inside and inside not in MODULES and inside not in LAYERS:
        inside = inside.rpartition(".")[0]
    return inside or TOP


def imports_of(module: str) -> set[str]:
    """The modules of this package that a module imports."""
    names = names_imported(MODULES[module].read_text(encoding="utf-8"), module)
    return {found for name in names if (found := module_of(name))} - {module}


def third_parties_of(module: str) -> set[str]:
    """The packages outside the standard library that a module imports."""
    names = names_imported(MODULES[module].read_text(encoding="utf-8"), module)
    return {name.partition(".")[0] for name in names} - {PACKAGE} - sys.stdlib_module_names


def cycle_in(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """A cycle of imports, the first name repeated at its end; empty if there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def below(row: str) -> set[str]:
    """Every row that the table lets a row reach, over any number of imports."""
    reached: set[str] = set()
    ahead = LAYERS[row].split()
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead += LAYERS[name].split()
    return reached


@pytest.mark.parametrize(
    ("module", "source", "expected"),
    [
        ("cli", "import vndiacritic.files as f, click", {"vndiacritic.files", "click"}),
        ("cli", "def f():\n    from vndiacritic.corpus import Corpus", {"vndiacritic.corpus.Corpus"}),
        ("cli", "if TYPE_CHECKING:\n    from vndiacritic import reports", {"vndiacritic.reports"}),
        ("modelfile", "from .errors import ModelError", {"vndiacritic.errors.ModelError"}),
        ("training", "from . import index", {"vndiacritic.training.index"}),
        ("training.index", "from . import softmax", {"vndiacritic.training.softmax"}),
        ("training.index", "from ..tokens import Kind", {"vndiacritic.tokens.Kind"}),
        (TOP, "from .alphabet import compose", {"vndiacritic.alphabet.compose"}),
    ],
)
def test_imports_are_seen_wherever_they_stand(module: str, source: str, expected: set[str]) -> None:
    assert set(names_imported(source, module)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vndiacritic.files.read_lines", "files"),
        ("vndiacritic.training.index", "training.index"),
        ("vndiacritic.training.train", "training"),
        ("vndiacritic.Restorer", TOP),
        ("vndiacritic.__version__", None),
        ("numpy.typing.NDArray", None),
    ],
)
def test_names_are_traced_to_their_module(name: str, expected: str | None) -> None:
    assert module_of(name) == expected


@pytest.mark.parametrize("module", MODULES)
def test_every_module_is_in_the_table(module: str) -> None:
    row = row_of(module)
    assert row in LAYERS, f"{module} is new: add it to the table LAYERS with what it may import"


@pytest.mark.parametrize("module", MODULES)
def test_modules_import_what_the_table_lets_them(module: str) -> None:
    row = row_of(module)
    allowed = {row, *LAYERS.get(row, "").split()}
    beyond = {name for name in imports_of(module) if row_of(name) not in allowed}
    assert not beyond, f"{module} imports {sorted(beyond)}, which its row of the table LAYERS does not have"


def test_imports_run_one_way() -> None:
    assert cycle_in({row: allowed.split() for row, allowed in LAYERS.items()}) == []
    assert cycle_in({name: imports_of(name) for name in MODULES}) == []


@pytest.mark.parametrize("module", MODULES)
def test_third_parties_are_imported_by_those_who_may(module: str) -> None:
    beyond = {
        package for package in third_parties_of(module) if row_of(module) not in THIRD_PARTY.get(package, "").split()
    }
    assert not beyond, f"{module} imports {sorted(beyond)}: add it to the table THIRD_PARTY if it has to"


@pytest.mark.parametrize("row", ["shipped", "restorer", "evaluation", "modelfile"])
def test_restoring_reaches_no_scikit_learn(row: str) -> None:
    assert below(row).isdisjoint(THIRD_PARTY["sklearn"].split())


@pytest.mark.parametrize(
    "command",
    [["-c", "import vndiacritic"], ["-m", "vndiacritic", "--help"], ["-m", "vndiacritic", "--version"]],
    ids=["import", "--help", "--version"],
)
def test_what_answers_at_once_imports_nothing_heavy(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *command],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert PACKAGE in imported
    assert imported.isdisjoint({"numpy", "sklearn", "scipy", "joblib"})
