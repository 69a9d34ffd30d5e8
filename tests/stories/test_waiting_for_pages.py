"""How the stories wait for a page: for what a function of it gives, and never for an expression.

Playwright evaluates an expression anew at each look, and our Content-Security-Policy lets it do so at the first one alone:
a story that waits for an expression passes where it need not wait, and fails on a slow machine.
"""

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_every_page_is_waited_for_by_a_function() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(TESTS.rglob("*.py"))}
    calls = [
        (name, call.args[0].value)
        for name, text in texts.items()
        if ".wait_for_function(" in text
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(".wait_for_function")
        if isinstance(call.args[0], ast.Constant)
    ]

    assert len(calls) > 9
    assert [(name, words) for name, words in calls if "=>" not in str(words)] == []
