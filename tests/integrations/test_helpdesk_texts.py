from __future__ import annotations

import html

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.helpdesks.texts import (
    MAX_TEXT,
    parsed_text,
    text_of_comment,
    text_of_html,
    tidy,
)

plain = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=30
)
tags = st.sampled_from([
    "<p>", "</p>", "<br>", "<br />", "<b>", "</b>", "<div>", "</div>",
    '<div class="zd-comment" dir="auto">', '<a href="https://harbourpine.example/x">', "</a>",
    "<H2>", "</h2>", "<strong>", "</strong>", "<pre>", "<blockquote>",
])  # fmt: skip


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("One<br>Two<br/>Three", "One\nTwo\nThree"),
        ("<b>a</b> &lt;b&gt; &amp; c", "a <b> & c"),
        ("<ul><li>tent</li><li>stove</li></ul>", "- tent\n- stove"),
        ("<table><tr><td>1</td><td>2</td></tr></table>", "1 2"),
        ('<img src="https://track.example/p.gif" alt="A boot"> left', "A boot left"),
        ("<style>p{}</style>seen<script>alert(1)</script>", "seen"),
        ("<p>unclosed <b>words", "unclosed words"),
        ("1 < 2 and <b>3 > 2", "1 < 2 and 3 > 2"),
        ("<!-- hidden -->shown", "shown"),
        ("שלום<br>مرحبا 👋", "שלום\nمرحبا 👋"),
        ("", ""),
    ],
)
def test_markup_to_words(markup, text):
    assert text_of_html(markup) == text


@settings(max_examples=200, deadline=None)
@given(st.lists(tags | plain.map(lambda text: html.escape(text, quote=False)), max_size=12))
def test_the_short_way_reads_what_the_parser_reads(parts):
    markup = "".join(parts)
    assert text_of_html(markup) == parsed_text(markup)


@settings(max_examples=100, deadline=None)
@given(plain)
def test_escaped_text_comes_back(text):
    assert text_of_html(f"<div>{html.escape(text)}</div>") == tidy(" ".join(text.split(" ")))


@settings(max_examples=100, deadline=None)
@given(st.text("<>/!-=\"' abp&;#x0", max_size=60))
def test_no_markup_makes_it_fail(markup):
    assert isinstance(text_of_html(markup), str)


@pytest.mark.parametrize("ending", ["<script>", "<", "<p ", '<p a="', "<p a b>"])
def test_long_markup_is_read_in_one_go(ending):
    """A pattern that tried its matches another way would not come back in a lifetime."""
    long = ('word &amp; <b dir="auto">word</b> ' * 3_000).strip()
    assert text_of_html(long + ending).startswith("word & word word & word")


def test_the_plain_form_stands_in_for_missing_and_for_endless_markup():
    assert text_of_comment("plain", None, "body") == "plain"
    assert text_of_comment(None, "<div></div>", "body") == "body"
    assert text_of_comment("plain", "<b>" * 5_000_000, "body") == "plain"
    assert text_of_comment(None, None, None) == ""


def test_a_message_of_ten_megabytes_arrives_and_one_beyond_all_measure_is_cut():
    assert len(text_of_comment("a" * 10_000_000, None, None)) == 10_000_000
    assert len(text_of_comment("a" * 20_000_000, None, None)) == MAX_TEXT
