"""What a form, the query of an address or a JSON body may say."""

import pytest
from starlette.datastructures import FormData, Headers, QueryParams, UploadFile
from starlette.exceptions import HTTPException

from wallet.web.forms import Fields, holds_file, read_json_object, typed_in


@pytest.mark.parametrize(
    ("typed", "read"),
    [("  Maria ", "Maria"), ("a\x00b", "ab"), ("a\ud800b", "ab"), ("🎓", "🎓"), ("a\nb", "a\nb"), ("x" * 9000, "x" * 5000), ("", "")],
)  # fmt: skip
def test_a_field_is_text_that_any_database_takes(typed: str, read: str):
    assert Fields(FormData([("name", typed)])).text("name") == read


@pytest.mark.parametrize("typed", ["\u200b", " \u200b \u200d\n\ufeff", "\u202e\x07", "\u00a0"], ids=ascii)
def test_what_nobody_sees_counts_as_empty(typed: str):
    """It would stand between quotation marks, as a word that says nothing."""
    assert Fields(FormData([("word", typed)])).text("word") == ""


@pytest.mark.parametrize("typed", ["👩\u200d🎓", "می\u200cخواهم", "a\u200bb"], ids=ascii)
def test_joiners_within_words_stay(typed: str):
    assert Fields(FormData([("word", typed)])).text("word") == typed


def test_a_file_where_a_text_belongs_is_no_text():
    form = FormData([("name", UploadFile(None))])  # type: ignore[arg-type]  # nothing in it

    assert Fields(form).text("name") == ""
    assert Fields(form).numbers("name") == []
    assert Fields(FormData()).text("name") == ""


def test_a_text_where_a_file_belongs_is_no_file_and_an_untouched_field_neither():
    untouched = UploadFile(None, filename="", size=0, headers=Headers())  # type: ignore[arg-type]
    form = FormData([("documents", "text"), ("documents", untouched)])

    assert Fields(form).files("documents") == []
    assert (holds_file(form), typed_in(form)) == (False, [("documents", "text")])
    assert holds_file(FormData([("documents", UploadFile(None, filename="a.png")), ("documents", untouched)]))  # type: ignore[arg-type]


def test_numbers_are_whole_and_not_endless():
    form = FormData([("badge", word) for word in ("7", "-1", "1.5", "x", "", "²", "9" * 10, "9" * 5000, "999999999")])

    assert Fields(form).numbers("badge") == [7, 999999999]


@pytest.mark.parametrize(
    ("query", "number"), [("id=7", 7), ("id=-7", 0), ("id=x", 0), ("", 0), ("id=" + "9" * 5000, 0), ("id=%D9%A1", 0)]
)
def test_a_number_of_the_address_is_one_or_none(query: str, number: int):
    assert Fields(QueryParams(query)).number("id") == number


@pytest.mark.parametrize("body", [
    b"", b"[]", b"1", b"null", b"{", b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":Infinity}', b"\xff", b"[" * 60_000, b'{"a":' * 10_000,
    b'{"a":' * 25 + b"1" + b"}" * 25, b'{"a":' + b"9" * 5000 + b"}",
])  # fmt: skip
def test_json_that_two_readers_might_read_differently_is_refused(body: bytes):
    with pytest.raises(HTTPException) as refused:
        read_json_object(body)

    assert refused.value.status_code == 400


def test_plain_json_is_read():
    assert read_json_object(b'{"a": [{"b": 1}]}') == {"a": [{"b": 1}]}
