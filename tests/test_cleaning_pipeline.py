"""The cleaner: transformer conventions, corpus mode, bad input, and what is told of each line."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vndiacritic.cleaning.cleaned import Cleaned
from vndiacritic.cleaning.lines import Label
from vndiacritic.cleaning.pipeline import STEPS, TextCleaner
from vndiacritic.cleaning.repetition import LineCounts
from vndiacritic.errors import DataWarning, EncodingError, ModelError, VndiacriticError
from vndiacritic.modelfile import write_model

PAGES = Path(__file__).parent / "pages"


def page(name: str) -> str:
    rows = (PAGES / "labelled" / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return "".join(row.split("\t")[1] + "\n" for row in rows)


def by_lines(text: str) -> Cleaned:
    return TextCleaner(["lines", "captions", "paragraphs"]).explain(text)


# ---- what is told


def test_every_line_is_told_with_its_reason() -> None:
    cleaned = TextCleaner().explain(page("model_case"))
    assert [line.line for line in cleaned.lines] == list(range(1, len(cleaned.lines) + 1))
    assert all(line.reason for line in cleaned.lines)
    assert "".join(cleaned.pieces) == cleaned.text
    assert cleaned.counts["caption"] == {"keep": 2}
    assert cleaned.counts["slug"] == {"drop": 2}
    dropped = [line for line in cleaned.lines if line.action == "drop"]
    assert sum(cleaned.reasons.values()) == len(dropped)
    assert {line.output for line in dropped} == {""}


def test_lines_as_json_leave_out_what_says_nothing() -> None:
    first, *_ = TextCleaner().explain(page("model_case")).lines
    assert first.to_json() == {
        "line": 1,
        "text": "Thứ năm 14/03/2024 09:40 24h qua English RSS",
        "label": "boilerplate",
        "action": "drop",
        "output": "",
        "reason": "before the article: date with links",
    }


def test_credits_are_told_of_captions() -> None:
    captions = [line for line in TextCleaner().explain(page("model_case")).lines if line.label is Label.CAPTION]
    assert {line.credit for line in captions} == {"Thu Hà/Vietnam+"}


def test_broken_paragraphs_are_joined() -> None:
    text = TextCleaner().transform([page("broken_paragraphs")])[0]
    assert "theo lời một kỹ sư nông nghiệp đã ở đây mười năm.\n" in text
    assert "hái chè vào tháng Ba. Họ tin" in text
    parted = TextCleaner(["lines", "captions"]).transform([page("broken_paragraphs")])[0]
    assert "kỹ sư nông nghiệp\n" in parted


def test_hard_wraps_are_joined_in_pages_only() -> None:
    letter = (PAGES / "negative" / "wrapped_letter.txt").read_text(encoding="utf-8")
    assert TextCleaner().transform([letter]) == [letter]
    wrapped = "Trang chủ\nĐăng nhập\nLiên hệ\nLá thư gửi anh Ba ở xa\n" + letter + "Chia sẻ\nFacebook\nBình luận (2)\n"
    assert "nên chữ có hơi run, anh đừng cười." in TextCleaner().transform([wrapped])[0]


def test_times_names_and_credits_are_kept_if_asked() -> None:
    kept = TextCleaner(keep=["time", "byline", "credit"]).transform([page("agency")])[0]
    for text in ("15/02/2024 07:30 GMT+7", "Minh Anh (TTXVN)", "Ảnh: TTXVN"):
        assert f"{text}\n" in kept
        assert f"{text}\n" not in TextCleaner().transform([page("agency")])[0]


def test_steps_can_be_left_out() -> None:
    text = page("model_case")
    assert TextCleaner(["characters"]).transform([text]) == [text]
    captions = TextCleaner(["captions"]).explain(text)
    assert {str(line.label) for line in captions.lines if line.action == "drop"} <= {"slug", "credit", "blank"}
    lines = TextCleaner(["lines"]).explain(text)
    assert all(line.action == "keep" for line in lines.lines if line.label is Label.SLUG)


def test_line_ends_stay() -> None:
    text = page("newspaper")
    expected = TextCleaner().transform([text])[0]
    assert TextCleaner().transform([text.replace("\n", "\r\n")]) == [expected.replace("\n", "\r\n")]
    assert by_lines("Một dòng.\r\nHai dòng.").text == "Một dòng.\r\nHai dòng."


# ---- a scikit-learn transformer


def test_parameters_come_and_go_as_scikit_learn_wants_them() -> None:
    cleaner = TextCleaner(["lines"], keep_slugs=True)
    assert TextCleaner(**cleaner.get_params()).get_params() == cleaner.get_params()
    assert cleaner.set_params(keep_slugs=False).keep_slugs is False
    with pytest.raises(ValueError, match="no parameter 'colour'"):
        cleaner.set_params(colour="red")


def test_it_is_a_step_of_a_pipeline() -> None:
    from sklearn.base import clone
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    cleaner = TextCleaner()
    both = make_pipeline(cleaner, FunctionTransformer(lambda texts: [len(text) for text in texts]))
    assert both.fit_transform([page("agency")]) == [len(cleaner.transform([page("agency")])[0])]
    assert clone(cleaner).get_params() == cleaner.get_params()


def test_it_pickles_with_what_it_has_learned() -> None:
    cleaner = TextCleaner().fit([page("agency")] * 3)
    again = pickle.loads(pickle.dumps(cleaner))
    assert again.transform([page("agency")]) == cleaner.transform([page("agency")])


def test_importing_it_imports_no_scikit_learn() -> None:
    code = "import sys, vndiacritic; vndiacritic.TextCleaner; vndiacritic.clean; print('sklearn' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PAGES.parent.parent
    )
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": ["lines", "wash"]}, "there is no step 'wash'; .* captions, paragraphs"),
        ({"steps": []}, "steps is empty"),
        ({"keep": ["slug"]}, "keep has 'slug'"),
    ],
)
def test_wrong_parameters_are_named(options: dict[str, list[str]], message: str) -> None:
    with pytest.raises((ValueError, VndiacriticError), match=message):
        TextCleaner(**options).transform(["x"])  # type: ignore[arg-type]


# ---- corpus mode

MENU = "Quán Gió\nMón hôm nay\nChuyện quán\nGóc khách quen\n"
FOOT = "Ghé quán cuối tuần nhé bạn\nMở cửa từ sáng tới khuya\n"
BODIES = [
    """Cây bàng trước cửa
Cây bàng trước cửa năm nay thay lá muộn, đến giữa tháng hai mới đỏ. Khách ngồi dưới gốc cứ ngẩng lên hỏi.
Chúng tôi không biết trả lời sao, chỉ mời thêm ấm trà và kể rằng năm ngoái nó cũng vậy.
""",
    """Con mèo mun của quán
Con mèo mun đến quán từ một đêm mưa, ướt như chuột, và từ đó không đi đâu nữa. Nó chọn chiếc ghế cạnh bếp.
Ai lỡ ngồi vào ghế ấy, nó chỉ nhìn. Nhìn cho đến khi người ta tự đứng dậy xin lỗi.
""",
    """Ấm trà vỡ
Ấm trà vỡ từ tháng trước, nhưng không ai nỡ bỏ. Nó được gắn lại bằng keo và đặt trên kệ cao nhất.
Mỗi lần lau kệ, cô chủ lại bảo sẽ mua ấm mới, rồi lại thôi, vì ấm cũ đã biết hết chuyện của quán.
""",
]
SITE = [MENU + body + FOOT for body in BODIES]


def test_what_repeats_across_pages_goes() -> None:
    unlearned = TextCleaner().transform(SITE)
    assert all(MENU in text for text in unlearned)
    learned = TextCleaner().fit_transform(SITE)
    assert learned == BODIES


def test_learning_is_streaming_and_goes_on() -> None:
    cleaner = TextCleaner().fit(iter(SITE[:1])).partial_fit(iter(SITE[1:]))
    assert cleaner.counts_.pages == 3
    assert cleaner.transform(SITE) == BODIES
    assert cleaner.fit(SITE[:1]).counts_.pages == 1


def test_what_was_learned_is_saved_and_loaded(tmp_path: Path) -> None:
    cleaner = TextCleaner(keep=["time"]).fit(SITE)
    cleaner.save(tmp_path / "site.safetensors")
    again = TextCleaner.load(tmp_path / "site.safetensors")
    assert again.keep == ["time"]
    assert again.transform(SITE) == cleaner.transform(SITE)
    with pytest.raises(VndiacriticError, match="learned nothing"):
        TextCleaner().save(tmp_path / "none.safetensors")
    (tmp_path / "foreign.safetensors").write_bytes(b"no model")
    with pytest.raises(ModelError):
        TextCleaner.load(tmp_path / "foreign.safetensors")


def test_another_model_is_no_cleaner(tmp_path: Path) -> None:
    write_model(tmp_path / "other.safetensors", {"weights": np.zeros(3)}, {"kind": "other"})
    with pytest.raises(ModelError, match="is no cleaner"):
        TextCleaner.load(tmp_path / "other.safetensors")


def test_memory_is_bounded_and_frequent_lines_survive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vndiacritic.cleaning.repetition._CAPACITY", 100)
    counts = LineCounts()
    for number in range(200):
        counts.add(["Chuyện quán", *(f"dòng riêng {chr(97 + number % 26)} {n * 'a'}{number * 'b'}" for n in range(8))])
    assert len(counts._counts) <= 100
    assert counts.known("chuyện quán") is False  # keys are folded: see key_of
    from vndiacritic.cleaning.shape import key_of

    assert counts.known(key_of("Chuyện quán"))


# ---- bad input


def test_an_empty_document_is_warned_of() -> None:
    for text in ("", "\n", " \n\ufeff\n"):
        with pytest.warns(DataWarning, match="document 1: it is empty"):
            assert TextCleaner().transform([text])[0].strip("\ufeff \n") == ""


def test_nothing_left_is_warned_of() -> None:
    text = "Trang chủ\nĐăng nhập\nChia sẻ\nFacebook\n© 2024 Báo Ví Dụ\n"
    with pytest.warns(DataWarning, match="nothing is left: each of the 5 lines"):
        assert TextCleaner().transform([text]) == [""]


def test_binary_is_refused() -> None:
    with pytest.raises(EncodingError, match="document 2: it is no text: it has a NUL character at place 3"):
        TextCleaner().transform(["x", "abc\0"])
    with pytest.raises(TypeError, match="document 1: it is bytes"):
        TextCleaner().transform([b"x"])  # type: ignore[list-item]


def test_one_endless_line_is_a_line() -> None:
    text = "một hai ba bốn năm sáu bảy tám chín mười " * 100_000
    cleaned = by_lines(text)
    assert cleaned.text == text
    assert len(cleaned.lines) == 1


def test_repeated_lines_take_linear_time() -> None:
    text = "Trang chủ\nĐăng nhập\nChợ quê những ngày giáp Tết đông khách\ncho que\n" * 1_000
    cleaned = by_lines(text + "Một hai ba bốn năm sáu bảy tám chín mười và những người khác ở lại.\n" * 3)
    assert len(cleaned.lines) == 4_003
    assert "Đăng nhập" not in cleaned.text


@pytest.mark.parametrize(
    "text",
    [
        "<p>Chào các bạn</p>\n<br>\n",
        "Xin chào hello こんにちは مرحبا\n",
        "\r\r\r",
        "\u2028\u2029\x0b\x0c\n",
        "🙂\n" * 5,
        "\ufdd0\nđi\ufdd0về\n",
    ],
)
def test_odd_documents_stay(text: str) -> None:
    assert by_lines(text).text == text


@given(
    st.lists(
        st.sampled_from(
            ["Trang chủ", "Chia sẻ", "\n", " ", "ảnh", "cho noi", "©", ".", ":", "(Ảnh: A)", "|", "1", "\r"]
        ),
        max_size=40,
    )
)
def test_any_text_is_cleaned_without_an_error(parts: list[str]) -> None:
    cleaned = by_lines("".join(parts))
    assert "".join(cleaned.pieces) == cleaned.text
    assert bool(cleaned.warning) == (not cleaned.text.strip())
    assert {line.action for line in cleaned.lines} <= {"keep", "drop", "repair"}


def test_the_steps_are_those_of_the_command_line() -> None:
    assert STEPS == ("characters", "lines", "captions", "paragraphs")
