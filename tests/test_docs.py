"""The documentation: every block of code in it is run, every link leads somewhere, and what is generated is up to date.

A page's blocks are run in their order, in a folder with the files of tests/data/docs. What stands in a block of text
right after one of code is what that prints. Lines that need the network, a screen or an hour are named in `NOT_RUN`.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import forking
import pytest
from commandline import environment

ROOT = Path(__file__).resolve().parent.parent
FILES = ROOT / "tests" / "data" / "docs"
PROGRAMS = {path.read_text(encoding="utf-8") for path in ROOT.glob("docs/examples/*.py")}  # test_examples.py
PAGES = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").glob("*.md")])

# A part of a line or of a block of Python, and why it is not run.
NOT_RUN = {
    "pip install": "needs the network",
    "python3 -m venv": "run by .ci/run",
    ".venv/bin/": "run by .ci/run",
    "curl ": "needs the network",
    "dask ": "needs a cluster: test_parallel.py has one",
    "docs/examples/restore_folder.py": "the same",
    "vndiacritic train": "takes seconds to hours: test_cli_train.py",
    ".fit(": "the same: test_estimator.py",
    "vndiacritic serve": "runs until it is stopped: test_serve.py",
    "vndiacritic review": "test_review.py",
    "tail -f": "never ends",
    "_VNDIACRITIC_COMPLETE": "test_cli_terminal.py",
    "export LANG": "test_language.py",
    "docs/examples/": "test_examples.py",
    "mount -": "needs to be root",
    "sha256sum ": "its files come of trainings",
    "crawl.jsonl.zst": "an example of a name",
    "crawl.gz": "the same",
}
# What the blocks of Python on a page begin with.
GIVEN = {
    "scaling.md": "from vndiacritic import load_model\nrestorer = load_model()\nlines = pieces = ['hom nay']",
    "confidence.md": "from vndiacritic import load_model\nrestorer = load_model()\ntext, lines = 'toi', ['toi']",
    "command-line.md": "import vndiacritic\nfrom vndiacritic import Restorer",
    "formats.md": "from pathlib import Path\n"
    "data, table = Path('letter.docx').read_bytes(), 'title,body\\nHom nay,troi nang\\n'",
}
# What files are called elsewhere, in README.vi.md for one.
ALIASES = {
    "letters.safetensors": "my.safetensors",
    "pages": "notes",
    "gold": "letters",
    "letters.txt": "gold.txt",
    "thu.txt": "letter.txt",
    "thu-co-dau.txt": "gold.txt",
    "ghi-chu": "notes",
    "phim.srt": "film.srt",
    "don.docx": "letter.docx",
    "ten-rieng.txt": "names.txt",
    "trang.txt": "page.txt",
}
SHELLS, PYTHONS, OUTPUTS = ("sh", "bash"), ("python",), ("text", "json", "diff")
OTHERS = {"", "pycon", "yaml", "toml", "ini", "html", "Dockerfile", "srt", *OUTPUTS}


class Block(NamedTuple):
    """A fenced block of a page; `output` is what it should print, if the page says so."""

    line: int
    language: str
    code: str
    output: str | None


def blocks_of(page: Path) -> Iterator[Block]:
    """The blocks of code on a page."""
    lines = page.read_text(encoding="utf-8").splitlines()
    fences = [number for number, line in enumerate(lines) if line.lstrip().startswith("```")]
    assert len(fences) % 2 == 0, f"a fence of {page.name} is not closed"
    end_of_page = (len(lines), len(lines))
    pairs = [*zip(fences[::2], fences[1::2], strict=True), end_of_page]
    for (start, end), (after, end_after) in pairwise(pairs):
        language = lines[start].strip().strip("`").strip()
        follows = not "".join(lines[end + 1 : after]).strip() and after < len(lines)
        output = "\n".join(lines[after + 1 : end_after]) + "\n" if follows else None
        if language not in OUTPUTS:
            told = output is not None and lines[after].strip("` ") in OUTPUTS
            yield Block(start + 1, language, "\n".join(lines[start + 1 : end]), output if told else None)


def without_what_is_not_run(code: str) -> str:
    return "\n".join(line for line in code.splitlines() if not any(part in line for part in reasons_not_to_run(line)))


def reasons_not_to_run(line: str) -> set[str]:
    """Those of `NOT_RUN` that may hold for a line: a training that is only looked at takes no time."""
    return NOT_RUN.keys() - ({"vndiacritic train"} if "--dry-run" in line else set())


# ---- a page in its folder


def word_document(path: Path) -> None:
    document = pytest.importorskip("docx").Document()
    document.add_paragraph("Hom nay troi dep.")
    document.save(path)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where commands are run without starting Python anew for each."""
    address = tmp_path_factory.mktemp("server") / "s"
    with subprocess.Popen([sys.executable, forking.__file__, address], env=environment()) as process:
        while not address.exists() and process.poll() is None:
            time.sleep(0.01)
        yield address
        process.terminate()


@pytest.fixture
def bench(server: Path, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that a page is run in, and its programs."""
    folder, programs = tmp_path / "here", tmp_path / "bin"
    shutil.copytree(FILES, folder)
    word_document(folder / "letter.docx")
    shutil.copy(tiny_model, folder / "my.safetensors")
    for name, same in ALIASES.items():
        (shutil.copytree if (folder / same).is_dir() else shutil.copy)(folder / same, folder / name)
    (folder / "old").mkdir()
    for old in ("old.txt", "old/one.txt"):
        (folder / old).write_bytes("tiÕng viÖt lµ mét ng«n ng÷ cã thanh ®iÖu\n".encode("cp1252"))
    programs.mkdir()
    (programs / "vndiacritic").write_text(forking.program(server))
    (programs / "vndiacritic").chmod(0o755)
    (programs / "python").symlink_to(sys.executable)
    (programs / "less").symlink_to("/bin/cat")
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(folder)
    return folder


def run_shell(code: str, *, may_fail: bool) -> str:
    """What a block prints."""
    code = "\n".join(line for line in code.splitlines() if shutil.which("jq") or " jq " not in line)
    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail\n{code}"], stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
        check=False,
    )  # fmt: skip
    printed = done.stdout + done.stderr
    assert done.returncode in ((0, 1) if may_fail else (0,)), printed
    return printed


def run_python(code: str, names: dict[str, Any]) -> str:
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(code, "block", "exec"), names)  # noqa: S102 (the blocks of our own documents)
    return printed.getvalue()


@pytest.mark.skipif(os.name != "posix" or not shutil.which("bash"), reason="the pages are for a Unix shell")
@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "commands.vi.md"], ids=lambda page: page.name)
@pytest.mark.usefixtures("bench", "shipped_model")
def test_what_a_page_shows_runs(page: Path) -> None:
    names: dict[str, Any] = {"__name__": "page"}
    run_python(GIVEN.get(page.name, ""), names)
    for block in blocks_of(page):
        where = f"{page.name}, line {block.line}"
        if block.language in PYTHONS:
            if f"{block.code}\n" in PROGRAMS or any(part in block.code for part in NOT_RUN):
                compile(block.code, where, "exec")
                continue
            printed = run_python(block.code, names)
        elif block.language in SHELLS:
            code = without_what_is_not_run(block.code)
            if code != block.code:
                block = block._replace(output=None)
            # --check ends with 1 where it finds changes, and a page may show an error
            printed = run_shell(code, may_fail="--check" in code or "vndiacritic: " in (block.output or ""))
        else:
            assert block.language in OTHERS, f"{where}: is {block.language} code that should be run?"
            continue
        assert block.output in (None, printed), where


def test_each_reason_not_to_run_is_needed() -> None:
    code = "\n".join(block.code for page in PAGES for block in blocks_of(page))
    assert [part for part in NOT_RUN if part not in code] == []


# ---- links


def anchors_of(page: Path) -> set[str]:
    """The anchors that GitHub makes from headings."""
    headings = re.findall(r"^#+ +(.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), f"{page.name} links to {link}"
        if anchor and target.suffix == ".md":
            assert anchor in anchors_of(target), f"{page.name} links to {link}"


def test_the_index_has_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert {page for page in pages if f"({page})" not in index} == set()


# ---- what is generated


def test_what_is_generated_is_up_to_date() -> None:
    made = pytest.importorskip("docs.make", reason="needs Babel").generated()
    stale = [path.relative_to(ROOT) for path, data in made.items() if not path.is_file() or path.read_bytes() != data]
    assert stale == [], "run python -m docs.make"
