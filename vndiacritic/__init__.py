"""Vietnamese text gets its diacritics back.

The public names, each imported from its module when it is first asked for: importing the package imports
neither numpy nor scikit-learn, so a command line answers at once and a program that only strips marks stays
small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vndiacritic.alphabet import strip_diacritics
    from vndiacritic.cleaning.characters import repair, repair_and_explain
    from vndiacritic.cleaning.pipeline import TextCleaner, clean
    from vndiacritic.errors import (
        CorpusError,
        DataWarning,
        EncodingError,
        ModelError,
        VndiacriticError,
        WordListError,
    )
    from vndiacritic.estimator import DiacriticRestorer
    from vndiacritic.explain import Choice, Explained
    from vndiacritic.restorer import Restorer
    from vndiacritic.shipped import load_model, restore, restore_and_explain

__version__ = "0.1.0"

__all__ = [
    "Choice",
    "CorpusError",
    "DataWarning",
    "DiacriticRestorer",
    "EncodingError",
    "Explained",
    "ModelError",
    "Restorer",
    "TextCleaner",
    "VndiacriticError",
    "WordListError",
    "__version__",
    "clean",
    "load_model",
    "repair",
    "repair_and_explain",
    "restore",
    "restore_and_explain",
    "strip_diacritics",
]


def _home(name: str) -> str | None:
    """The module that a public name lives in."""
    match name:
        case "Choice" | "Explained":
            return "explain"
        case "Restorer":
            return "restorer"
        case "DiacriticRestorer":
            return "estimator"
        case "load_model" | "restore" | "restore_and_explain":
            return "shipped"
        case "repair" | "repair_and_explain":
            return "cleaning.characters"
        case "TextCleaner" | "clean":
            return "cleaning.pipeline"
        case "strip_diacritics":
            return "alphabet"
        case "CorpusError" | "DataWarning" | "EncodingError" | "ModelError" | "VndiacriticError" | "WordListError":
            return "errors"
    return None


def __getattr__(name: str) -> object:
    """Import a public name on first use (PEP 562)."""
    if (module := _home(name)) is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{module}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
