"""Damaged and forged models: refused in bounded time and memory, before a wrong word is restored, and never run.

``tests/data/models`` has a small model of every version of the format, each made by the version of this package that
wrote it last. All of them must be readable for ever.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest
from commandline import ROOT, environment, posix

from fuzz.forging import ADAPTED, SOUND, altered, sealed
from fuzz.taken import Taken
from vndiacritic.alphabet import strip_diacritics
from vndiacritic.errors import ModelError
from vndiacritic.modelfile import open_model, write_model
from vndiacritic.restorer import Restorer

MODELS = ROOT / "tests" / "data" / "models"
MODEL = MODELS / "format1.safetensors"
TEXT = "hom nay toi di dau, Hom Nay, đi chuo, con đuong ve nha\n"
STRIDE = int(os.environ.get("VNDIACRITIC_STRIDE", "13"))  # 1 looks at every byte: a minute


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    path = tmp_path / "m"
    path.write_bytes(MODEL.read_bytes())
    return path


@pytest.fixture(params=sorted(MODELS.iterdir()), ids=lambda path: path.stem)
def any_copy(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Of a model of each format."""
    path = tmp_path / "m"
    path.write_bytes(request.param.read_bytes())
    return path


# ---- what older versions wrote


@pytest.mark.parametrize("path", sorted(MODELS.iterdir()), ids=lambda path: path.stem)
def test_models_of_every_format_are_read(path: Path) -> None:
    restorer = Restorer.load(path)
    assert restorer.info["format_version"] == int(path.stem.removeprefix("format"))
    assert restorer.restore("Toi nay di an khong?") == "Tối nay đi ăn không?"
    assert all(0.5 < choice.confidence <= 1 for choice in restorer.explain("Toi nay di an khong?"))


# ---- damage


def test_every_flipped_byte_is_found_before_anything_is_restored(any_copy: Path) -> None:
    """In the header, and in the arrays, of which any could turn a word into another."""
    sound, random = any_copy.read_bytes(), Random(0)
    with any_copy.open("r+b", buffering=0) as handle:
        for place in range(0, len(sound), STRIDE):
            handle.seek(place)
            handle.write(bytes([sound[place] ^ random.randint(1, 255)]))
            with pytest.raises(ModelError):
                Restorer.load(any_copy)
            handle.seek(place)
            handle.write(sound[place : place + 1])
    assert any_copy.read_bytes() == sound
    Restorer.load(any_copy)


def test_a_model_that_is_cut_anywhere_is_refused(any_copy: Path) -> None:
    for length in range(any_copy.stat().st_size - 1, -1, -STRIDE):
        os.truncate(any_copy, length)
        with pytest.raises(ModelError):
            Restorer.load(any_copy)


def test_what_stands_behind_a_model_is_refused(copy: Path) -> None:
    for more in (b"\0", b"\n", MODEL.read_bytes()):
        copy.write_bytes(MODEL.read_bytes() + more)
        with pytest.raises(ModelError, match="is too long"):
            Restorer.load(copy)


def test_two_models_are_not_mixed(copy: Path, tiny_model: Path) -> None:
    """The header of one on the arrays of another, as a download that was resumed makes it."""
    one, other = MODEL.read_bytes(), tiny_model.read_bytes()
    copy.write_bytes(one[:8000] + other[8000 : len(one)])
    with pytest.raises(ModelError, match=r"(does|do) not match"):
        Restorer.load(copy)


def test_a_digest_of_the_arrays_that_is_wrong(copy: Path) -> None:
    model = open_model(MODEL)
    table = {
        name: {"dtype": f"{a.dtype.kind.upper()}{8 * a.dtype.itemsize}", "shape": list(a.shape), "data_offsets": place}
        for (name, a), place in zip(model.arrays.items(), _places(model.arrays.values()), strict=True)
    }
    payload = b"".join(array.tobytes() for array in model.arrays.values())
    copy.write_bytes(sealed({"metadata": dict(model.metadata)}, table, payload))
    assert Restorer.load(copy).restore(TEXT) == Restorer.load(MODEL).restore(TEXT)
    for wrong in ("0" * 64, "", "x"):
        copy.write_bytes(sealed({"metadata": dict(model.metadata), "payload_sha256": wrong}, table, payload))
        with pytest.raises(ModelError, match="its arrays do not match their SHA-256"):
            Restorer.load(copy)


def _places(arrays: object) -> list[list[int]]:
    ends = np.cumsum([0, *(array.nbytes for array in arrays)]).tolist()  # type: ignore[attr-defined]
    return [list(pair) for pair in pairwise(ends)]


def test_a_file_that_is_replaced_while_it_is_used_stays_what_was_loaded(copy: Path, tiny_model: Path) -> None:
    restorer = Restorer.load(copy)
    before = restorer.restore(TEXT)
    model = open_model(tiny_model)
    write_model(copy, dict(model.arrays), model.metadata, format_version=model.format_version)
    assert restorer.restore(TEXT) == before


# ---- forgery: every digest fits


@pytest.mark.parametrize("seed", range(40))
def test_a_forged_model_is_refused_or_keeps_the_promises(copy: Path, seed: int) -> None:
    copy.write_bytes(altered(Taken(Random(seed).randbytes(4 + seed % 20)), ADAPTED if seed % 2 else SOUND))
    with np.errstate(all="ignore"):
        try:
            restorer = Restorer.load(copy)
        except ModelError:
            return
        restored = restorer.restore(TEXT)
    assert strip_diacritics(restored) == strip_diacritics(TEXT)


def test_differences_that_wrap_around_are_refused(copy: Path) -> None:
    """Places of 32 bits that go down by 2^32 - 2 seem to go up by 2: lists of 2^31 forms would follow."""
    model = open_model(MODEL)
    for name in ("form_starts", "starts"):
        array = np.array(model.arrays[name])
        middle = array.reshape(-1)[len(array.reshape(-1)) // 2 :][:3]
        middle[:] = [2**31 - 1, -(2**31) + 1, -1]
        write_model(copy, dict(model.arrays) | {name: array}, model.metadata)
        with pytest.raises(ModelError, match="point beyond each other"):
            Restorer.load(copy)


@pytest.mark.parametrize("calibration", [0, -1, 1e-9, 10**400, "1", None, [], 1e300])
def test_a_calibration_that_gives_every_form_a_chance_is_refused(copy: Path, calibration: object) -> None:
    model = open_model(MODEL)
    params = dict(model.metadata["params"]) | {"calibration": calibration}
    write_model(copy, dict(model.arrays), dict(model.metadata) | {"params": params})
    with pytest.raises(ModelError, match="'calibration' is no number"):
        Restorer.load(copy)


@posix
@pytest.mark.parametrize("kind", ["long list", "deep list", "long name", "many arrays", "claims terabytes"])
def test_a_header_that_wants_memory_is_refused_in_little_of_it(copy: Path, kind: str) -> None:
    """In a process that may have 600 MB of addresses more than it needs to start, and five seconds."""
    member = {
        "long list": '"a":[' + "{}," * 300_000 + "{}]",
        "deep list": '"a":' + "[" * 500_000 + "]" * 500_000,
        "long name": '"' + "a" * 1_000_000 + '":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}',
        "many arrays": ",".join(f'"{n}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}' for n in range(18_000)),
        "claims terabytes": '"a":{"dtype":"F64","shape":[1000000,1000000],"data_offsets":[0,8000000000000]}',
    }[kind]
    copy.write_bytes(sealed({"metadata": {}}, member, b""))
    code = (
        "import resource, sys\nfrom vndiacritic.restorer import Restorer\n"
        "from vndiacritic.errors import ModelError\n"
        "used = int(open('/proc/self/statm').read().split()[0]) * 4096 if sys.platform == 'linux' else 2**32\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + 600 * 2**20,) * 2)\n"
        "try:\n    Restorer.load(sys.argv[1])\nexcept ModelError as error:\n    print(len(str(error)) < 500)"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run(
        [sys.executable, "-c", code, copy], env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("True\n", "")
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 5


def test_damaged_models_run_no_code(tmp_path: Path) -> None:
    """Python tells an audit hook of every import, evaluation, unpickling, process and connection."""
    code = """
import sys
from pathlib import Path
from random import Random
import fuzz.model_reader as target
from fuzz.forging import SOUND
random, sound = Random(1), SOUND.read_bytes()
inputs = [bytes([2]) + random.randbytes(random.randint(0, 30)) for _ in range(60)]
for _ in range(60):
    damaged = bytearray(sound)
    for _ in range(random.randint(1, 5)):
        damaged[random.randrange(len(damaged))] = random.randrange(256)
    inputs.append(bytes([0]) + damaged[: random.choice([len(damaged), random.randrange(len(damaged))])])
for data in target.SEEDS:
    target.check(data)  # imports what it needs
events = set()
sys.addaudithook(lambda event, args: events.add(event))
for data in inputs:
    target.check(data)
banned = ("exec", "compile", "import", "pickle.", "marshal.", "ctypes.", "subprocess.", "os.system", "socket.")
print(*sorted(event for event in events if event.startswith(banned)), "open" in events)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment() | {"TMPDIR": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_a_cleaner_that_is_damaged_is_refused(tmp_path: Path) -> None:
    from vndiacritic.cleaning.pipeline import TextCleaner

    path = tmp_path / "cleaner"
    pages = [f"Trang chủ\nTin mới\nBài số {n} về một chuyện khác hẳn\nLiên hệ\n" for n in range(4)]
    TextCleaner().fit(pages).save(path)
    sound = path.read_bytes()
    TextCleaner.load(path)
    for place in range(0, len(sound), STRIDE):
        path.write_bytes(sound[:place] + bytes([sound[place] ^ 0x55]) + sound[place + 1 :])
        with pytest.raises(ModelError):
            TextCleaner.load(path)
