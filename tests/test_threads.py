"""Threads and processes that share a restorer, a cleaner, or what modules remember: the same results as one alone."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from commandline import ROOT, environment, posix

from vndiacritic.alphabet import compose, strip_diacritics
from vndiacritic.cleaning.characters import repair
from vndiacritic.cleaning.pipeline import TextCleaner
from vndiacritic.restorer import Restorer
from vndiacritic.words import word_list

MODEL = ROOT / "tests" / "data" / "models" / "format1.safetensors"
THREADS = 32


def at_once(work: Callable[[str], object], texts: list[str]) -> list[object]:
    """Do the same work in 32 threads that all begin together, each in another order; give what the first one has."""
    barrier = threading.Barrier(THREADS)

    def in_thread(number: int) -> list[object]:
        barrier.wait()
        first = number % len(texts)
        turned = [*texts[first:], *texts[:first]]
        done = [work(text) for text in turned]
        at = len(texts) - first
        return [*done[at:], *done[:at]]

    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(in_thread, range(THREADS)))
    assert all(result == results[0] for result in results)
    return results[0]


@pytest.fixture
def texts(sample: list[str]) -> list[str]:
    """Bare texts of one to three lines, half-marked ones, and decomposed ones."""
    bare = [strip_diacritics(line) for line in sample[:60]]
    return ["\n".join(bare[at : at + 1 + at % 3]) for at in range(8)] + sample[:2]


@pytest.mark.parametrize("sure", [0.0, 0.8])
def test_threads_share_a_restorer(texts: list[str], sure: float) -> None:
    """A restorer that nobody used before: what it remembers of words is filled in by all threads at once."""
    expected = [Restorer.load(MODEL).restore(text, min_confidence=sure) for text in texts]
    fresh = Restorer.load(MODEL)
    assert at_once(lambda text: fresh.restore(text, min_confidence=sure), texts) == expected


def test_threads_share_a_restorer_that_explains(texts: list[str]) -> None:
    expected = [Restorer.load(MODEL).explain(text) for text in texts]
    fresh = Restorer.load(MODEL)
    assert at_once(fresh.explain, texts) == expected


def test_threads_share_a_restorer_with_words(texts: list[str]) -> None:
    listed = word_list(["Hà Nội", "con đường", "đi"])
    expected = [Restorer.load(MODEL, words=listed).restore(text) for text in texts]
    fresh = Restorer.load(MODEL, words=word_list(["Hà Nội", "con đường", "đi"]))
    assert at_once(fresh.restore, texts) == expected


def test_threads_stream_from_one_restorer(texts: list[str]) -> None:
    expected = [Restorer.load(MODEL).predict(text.split("\n")) for text in texts]
    fresh = Restorer.load(MODEL)
    assert at_once(lambda text: list(fresh.restore_lines(text.split("\n"))), texts) == expected


def test_threads_load_the_default_model(shipped_model: Restorer) -> None:
    """Loading it twice is allowed, half of it is not."""
    code = (
        "import threading, vndiacritic\n"
        "barrier, said = threading.Barrier(8), []\n"
        "def work():\n    barrier.wait()\n    said.append(vndiacritic.restore('hom nay troi dep'))\n"
        "threads = [threading.Thread(target=work) for _ in range(8)]\n"
        "[thread.start() for thread in threads]\n[thread.join() for thread in threads]\n"
        "print(len(said), set(said))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout == f"8 {{{shipped_model.restore('hom nay troi dep')!r}}}\n"


def test_threads_repair_and_clean(sample: list[str]) -> None:
    damaged = ["Tiáº¿ng Viá»‡t", "Mời Qúy khách", "tie6ng1 Vie6t5 cu3a to6i", "Ðà Lạt\u200b", "a&aacute;"]
    texts = [f"{line}\n{damage}\n" for line in sample[:8] for damage in damaged]
    expected: list[object] = list(map(repair, texts))
    assert at_once(repair, texts) == expected
    cleaner = TextCleaner(restorer=Restorer.load(MODEL)).fit(texts[:10])
    whole: list[object] = [cleaner.explain(text) for text in texts]
    assert at_once(cleaner.explain, texts) == whole


def test_threads_share_what_the_alphabet_remembers(sample: list[str]) -> None:
    assert at_once(lambda text: compose(strip_diacritics(text)), sample[:40]) == [
        compose(strip_diacritics(text)) for text in sample[:40]
    ]


@posix
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_of_every_kind_restore_alike(method: str, tmp_path: Path, texts: list[str]) -> None:
    """The restorer goes to them by its path; forked ones also have the parent's own, which it has used."""
    program = tmp_path / "program.py"
    program.write_text(
        "import json, multiprocessing, sys\n"
        "from vndiacritic.restorer import Restorer\n\n"
        "def work(given):\n    restorer, text = given\n    return restorer.restore(text)\n\n"
        "def inherited(text):\n    return restorer.restore(text)\n\n"
        "if __name__ == '__main__':\n"
        "    method, model = sys.argv[1:]\n"
        "    texts = json.load(sys.stdin)\n"
        "    restorer = Restorer.load(model)\n"
        "    expected = [restorer.restore(text) for text in texts]\n"
        "    with multiprocessing.get_context(method).Pool(2) as pool:\n"
        "        assert pool.map(work, [(restorer, text) for text in texts]) == expected\n"
        "        if method == 'fork':\n"
        "            assert pool.map(inherited, texts) == expected\n"
        "    print('alike')\n"
    )
    done = subprocess.run(
        [sys.executable, program, method, MODEL], input=json.dumps(texts), env=environment(),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("alike\n", "")
