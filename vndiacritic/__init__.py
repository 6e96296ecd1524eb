"""Vietnamese text gets its diacritics back.

The public names, each imported from its module when it is first asked for: importing the package imports
neither numpy nor scikit-learn, so a command line answers at once and a program that only strips marks stays
small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vndiacritic.alphabet import strip_diacritics
    from vndiacritic.errors import CorpusError, DataWarning, EncodingError, ModelError, VndiacriticError
    from vndiacritic.estimator import DiacriticRestorer
    from vndiacritic.restorer import Choice, Restorer
    from vndiacritic.shipped import load_model, restore, restore_and_explain

__version__ = "0.1.0"

__all__ = [
    "Choice",
    "CorpusError",
    "DataWarning",
    "DiacriticRestorer",
    "EncodingError",
    "ModelError",
    "Restorer",
    "VndiacriticError",
    "__version__",
    "load_model",
    "restore",
    "restore_and_explain",
    "strip_diacritics",
]


def _home(name: str) -> str | None:
    """The module that a public name lives in."""
    match name:
        case "Choice" | "Restorer":
            return "restorer"
        case "DiacriticRestorer":
            return "estimator"
        case "load_model" | "restore" | "restore_and_explain":
            return "shipped"
        case "strip_diacritics":
            return "alphabet"
        case "CorpusError" | "DataWarning" | "EncodingError" | "ModelError" | "VndiacriticError":
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
