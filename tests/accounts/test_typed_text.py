"""What strangers type is text and nothing else."""

from wallet.accounts.holders import clean_name
from wallet.accounts.typed_text import clean_line, clean_text


def test_what_steers_a_page_or_a_terminal_is_taken_out():
    assert clean_line(" Yann\u202e\x1b[31m\r\n Le\u00a0Goff\u2066 ") == "Yann [31m Le Goff"
    assert clean_text("\n\r\n Bonjour.\u200f\r\n\r\n\r\n\tÀ mardi !\x07 \n\n") == "Bonjour.\n\nÀ mardi !"
    assert clean_text("شهادة") == "شهادة"
    assert clean_line("e\u0301") == "é"


def test_a_name_of_two_words_is_none_of_one():
    assert clean_name(" Jean\u00a0Paul\u202f") == "Jean Paul"
    assert clean_name("\u5c71\u7530\u3000\u592a\u90ce") == "\u5c71\u7530 \u592a\u90ce"


def test_the_joiners_of_languages_and_emoji_stay_where_they_join():
    for typed in (
        "Bravo \U0001f64b\u200d\u2640\ufe0f",
        "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627",
        "\u0dc1\u0dca\u200d\u0dbb\u0dd3",
    ):
        assert (clean_line(typed), clean_text(typed), clean_name(typed)) == (typed, typed, typed)
    for hidden in (
        "\u200d",
        "Na\u200ddia",
        "\u0639\u200c",
        "\u200c\u0639",
        "\u0639\u200c\u200c\u0639",
        "\u0639\u200d\u202e\u0639",
    ):
        assert not {"\u200c", "\u200d"} & set(clean_line(hidden) + clean_name(hidden)), ascii(hidden)
