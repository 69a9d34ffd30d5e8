"""What strangers type is text and nothing else."""

from wallet.accounts.typed_text import clean_line, clean_text


def test_what_steers_a_page_or_a_terminal_is_taken_out():
    assert clean_line(" Yann\u202e\x1b[31m\r\n Le\u00a0Goff\u2066 ") == "Yann [31m Le Goff"
    assert clean_text("\n\r\n Bonjour.\u200f\r\n\r\n\r\n\tÀ mardi !\x07 \n\n") == "Bonjour.\n\nÀ mardi !"
    assert clean_text("شهادة") == "شهادة"
    assert clean_line("e\u0301") == "é"
