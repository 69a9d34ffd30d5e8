"""What an operator reads is there: each setting, metric, command and option of the manuals, and each of the wallet's in them.

Each kind of fault is made once at the end.
"""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest

from tests.architecture.test_deploy import unknown_settings
from wallet.cli.commands import main
from wallet.monitoring.metrics import MEASURED, Metrics
from wallet.settings import Operator

PROJECT = Path(__file__).parents[2]
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in [PROJECT / "README.md", *PROJECT.glob("docs/*.md")]}
READ = re.compile(r"\b(?:read|words|checked)\(\s*\"([A-Z_]+)\"")
"""How a setting is asked for in wallet/settings.py."""
ROW = re.compile(r"^\| (`(?:WALLET|wallet)_\w+`[^|]*)\|([^|]*)", re.MULTILINE)
METRIC = re.compile(r"\b(wallet_[a-z_]+)\b(?:\{(\w+)!?=)?")
CODE = re.compile(r"```\w*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
COMMENT = re.compile(r"#.*")
TYPED = re.compile(r"(?<![\w./@-])(?:(?:/opt/wallet/)?\.venv/bin/)?wallet (?P<words>[a-z][^\n#;&|`]*)")


def settings_of_code() -> set[str]:
    """Every setting that the wallet reads."""
    read = READ.findall((PROJECT / "wallet/settings.py").read_text(encoding="utf-8"))
    return {f"WALLET_{name}" for name in [*read, *(f"OPERATOR_{one.name.upper()}" for one in fields(Operator))]}


def first_cells(page: str) -> Iterator[tuple[list[str], str]]:
    """The names in the first cell of each row of a table in *page*, `_NAME` beside another one in full, and the second cell."""
    for cell, second in ROW.findall(page):
        names = re.findall(r"`(\w+)`", cell)
        begins = names[0].rpartition("_")[0]
        yield [name if name.lower().startswith("wallet") else begins + name for name in names], second


def metrics_of_code() -> dict[str, tuple[str, ...]]:
    """Every metric that the wallet counts, as Prometheus has its name, and its labels."""
    metrics = Metrics("0")
    metrics.note_measured(dict.fromkeys(MEASURED, 0.0))
    metrics.note_age(0.0)
    kinds = metrics.registry._collector_to_names
    return {
        f"{one._name}_total" if f"{one._name}_total" in names else one._name: tuple(one._labelnames)  # type: ignore[attr-defined]
        for one, names in kinds.items()
    }


def commands_of(group: click.Command, *before: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Each command below *group* by the words that are typed."""
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command
        yield (*before, name), command
        yield from commands_of(command, *before, name)


def options_of(command: click.Command) -> set[str]:
    return {"--help", *(name for one in command.params for name in one.opts if name.startswith("-"))}


COMMANDS = dict(commands_of(main))


def faults_of_commands(text: str) -> list[str]:
    """What is typed in *text*, a page, and no `wallet` takes: a sentence each."""
    faults = []
    for block, span in CODE.findall(text):
        for found in TYPED.finditer(COMMENT.sub("", block or span)):
            words = found["words"].replace("[", " ").replace("]", " ").split()
            known = tuple(words[:2]) if tuple(words[:2]) in COMMANDS else tuple(words[:1])
            if known not in COMMANDS:
                faults.append(f"there is no command {words[0]}")
                continue
            typed = {word.rstrip("…,.") for word in words if re.match(r"--?[a-z]", word)}
            faults += [f"{' '.join(known)} has no {one}" for one in sorted(typed - options_of(COMMANDS[known]))]
    return faults


def test_each_setting_has_its_row_and_each_row_its_setting() -> None:
    told = [name for names, _ in first_cells(PAGES["operating"]) for name in names if name.startswith("WALLET")]

    assert sorted(told) == sorted(settings_of_code())


@pytest.mark.parametrize("page", PAGES)
def test_each_setting_that_a_page_names_is_one(page: str) -> None:
    assert {name for name in unknown_settings(PAGES[page]) if not name.endswith("_")} == set()


def test_each_metric_has_its_row_with_its_labels_and_each_row_its_metric() -> None:
    told = {
        name: tuple(re.findall(r"\w+", labels)) for names, labels in first_cells(PAGES["monitoring"]) for name in names
    }

    assert told == metrics_of_code()


def test_each_alarm_asks_for_a_metric_that_there_is_by_a_label_that_it_has() -> None:
    metrics = metrics_of_code()
    found = METRIC.findall(PAGES["monitoring"])
    asked = [(name.removesuffix("_bucket"), label) for name, label in found]

    assert len(asked) > 40
    assert {name for name, _ in asked} - metrics.keys() == set()
    assert [(name, label) for name, label in asked if label and label not in metrics[name]] == []


@pytest.mark.parametrize("page", PAGES)
def test_each_command_that_a_page_types_is_taken(page: str) -> None:
    assert faults_of_commands(PAGES[page]) == []


def test_each_command_is_told_on_the_page_of_the_command_line() -> None:
    page = PAGES["command-line"]
    ends = [words for words, command in COMMANDS.items() if not isinstance(command, click.Group)]
    assert [words for words in ends if not re.search(rf"\b{words[-1]}\b", page)] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("```sh\n.venv/bin/wallet restor DIR   # brings it back\n```", "there is no command restor"),
        ("`wallet reports erase DIR`, and `wallet backup DIR --hours 3`", "backup has no --hours"),
        ("`wallet issuers add ID --named X`", "issuers add has no --named"),
    ],
)
def test_a_command_that_nobody_could_type_is_told(text: str, told: str) -> None:
    assert faults_of_commands(text) == [told]


def test_a_row_of_before_is_found() -> None:
    page = "| `WALLET_COLOUR` | x |\n| `WALLET_OPERATOR_NAME` `_SIZE` | who |\n| `wallet_gone_total` | what | x |\n"

    assert list(first_cells(page)) == [
        (["WALLET_COLOUR"], " x "),
        (["WALLET_OPERATOR_NAME", "WALLET_OPERATOR_SIZE"], " who "),
        (["wallet_gone_total"], " what "),
    ]
