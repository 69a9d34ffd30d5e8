"""The pages: one Jinja environment for each language, with its words, its dates and links to what goes with them.

A page knows nothing but what it is given, and a name it was not given is a fault (StrictUndefined). Texts of
issuers are strangers' texts: everything is escaped, and there is no way around that in a template.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_decimal
from babel.support import Translations
from babel.units import format_unit
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.bccache import Bucket
from jinja2.ext import Extension
from jinja2.runtime import Context
from markupsafe import Markup

from ..settings import Settings
from . import markdown
from .assets import Assets
from .languages import LANGUAGES, LOCALES, catalogue_of, elided, with_one_stop

FOLDER = Path(__file__).parents[1]
ZONE = ZoneInfo("Europe/Paris")
"""The clock on the wall of those who read the pages."""
DAYS = {"fr": "d MMMM y", "en": "d MMMM y"}
FIRST_DAYS = {"fr": "d'er' MMMM y", "en": "d MMMM y"}
"""French writes 1er for the first of a month (Imprimerie nationale); CLDR does not."""
INDENT = re.compile(r"^ +(?=[<{ ])", re.MULTILINE)
"""All of it before an element or an expression, all but one space before what else a line begins with, as an attribute."""
TIMES = {"fr": "'à' H'\u00a0h\u00a0'mm", "en": "'at' H:mm"}


class Compiled(BytecodeCache):
    """Templates as they were compiled, for all the languages: they differ in nothing but the words that are put in."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill *bucket* if its template was compiled before."""
        if code := self._kept.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what *bucket* holds."""
        self._kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


COMPILED = Compiled()


class Indents(Extension):
    """Pages are written with indents, which show what stands within what; no phone is sent them."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """*source* without them; in the text of a letter they count."""
        return INDENT.sub("", source) if name is not None and name.endswith(".html") else source


def without_tags(drawn: str) -> str:
    """The text of a piece of a page that was *drawn*: as Jinja's striptags, which would take a no-break space for a plain one."""
    html = str(drawn)  # of a page it is Markup, in which an entity that is put in is escaped
    return Markup(html.replace("\u00a0", "&#160;").replace("\u202f", "&#8239;")).striptags()  # noqa: S704  # it takes all apart


class Pages:
    """All the pages, in all the languages."""

    def __init__(self, settings: Settings, path: Callable[..., str]) -> None:
        """*path* gives the address of a route by its name and parts."""
        self.assets = Assets(FOLDER / "static")
        self._path = path
        self._settings = settings
        self._environments = {language: self._environment(language) for language in LANGUAGES}

    def render(self, template: str, language: str, /, **what: Any) -> str:
        """The page of *template* in *language*, with what it is given; `holder` is None, and nothing is told, unless it is."""
        usual = {
            "holder": None,
            "is_shared": False,
            "address": "/",
            "notices": (),
            "unread": 0,
            "text_size": "",
            "is_within": False,
        }
        return self._environments[language].get_template(template).render(usual | what)

    def pieces(self, template: str, language: str, /, **what: Any) -> Iterator[str]:
        """As `render`, piece by piece: what is long is asked for, and forgotten, as the page goes on."""
        page = self._environments[language].get_template(template).stream(what)
        page.enable_buffering(200)  # bits of the template that make a piece
        yield from page

    def letter(self, kind: str, language: str, /, **what: Any) -> tuple[str, str]:
        """The subject and the text of a letter: the first line of its template, and what follows the empty one."""
        words = self._environments[language].get_template(f"letters/{kind}.txt").render(what)
        subject, _, text = words.partition("\n\n")
        return subject.strip(), text

    def static(self, name: str) -> str:
        """The lasting address of a file of `static/`, as `css/wallet.css`."""
        return self._path("static", path=self.assets.address_of(name))

    def script(self, name: str) -> Markup:
        """The element that loads the module *name*, and asks for all that it imports without waiting for it (HTML, `modulepreload`).

        So a phone that keeps the page keeps these modules, too: the service worker finds their addresses in it.
        """
        preload, load = (
            Markup('<link rel="modulepreload" href="{}">'),
            Markup('<script type="module" src="{}"></script>'),
        )
        imports = (preload.format(self.static(imported)) for imported in self.assets.imports_of(name))
        return Markup("").join([*imports, load.format(self.static(name))])

    def _environment(self, language: str) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            extensions=["jinja2.ext.i18n", Indents],
            autoescape=select_autoescape(disabled_extensions=("txt",), default=True),  # a letter is no HTML
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            bytecode_cache=COMPILED,
            auto_reload=False,  # a release comes with a start: else each part of each page is looked for on the disk
        )
        environment.policies["ext.i18n.trimmed"] = True
        install = environment.install_gettext_translations  # type: ignore[attr-defined]  # put there by the extension
        install(catalogue := catalogue_of(language), newstyle=True)
        environment.filters |= {"markdown": markdown.to_html, "without_tags": without_tags}
        environment.globals |= {
            "gettext": _saying(catalogue),
            "language": language,
            "url_for": self._path,
            "static": self.static,
            "script": self.script,
            "sheet": lambda: Markup(self.assets.sheet.content.decode()),  # noqa: S704  # our own file
            "operator": self._settings.operator,
            "origin": self._settings.origin,
            "works_offline": self._settings.offline,
            "time_seen": Markup("<span data-when></span>"),
            "by_mail": self._settings.mail is not None,
            "day": lambda value: format_day(value, language),
            "month": lambda value: format_date(value, "MMMM y", locale=LOCALES[language]),
            "moment": lambda value: format_moment(value, language),
            # As people write a date in a form, in both languages.
            "figures": lambda value: format_date(value, "dd/MM/y", locale=LOCALES[language]),
            "numeral": lambda value: format_decimal(value, locale=LOCALES[language]),
            "megabytes": lambda value: format_unit(value, "digital-megabyte", "short", locale=LOCALES[language]),
        }
        return environment


def _saying(catalogue: Translations) -> Callable[..., str]:
    """As Jinja's own gettext of the new style; a name that a sentence is told of may change what stands beside it."""

    @pass_context
    def gettext(context: Context, sentence: str, /, **told: Any) -> str:
        said = catalogue.gettext(sentence)
        if "name" in told:
            said = with_one_stop(elided(said, str(told["name"])), str(told["name"]))
        return (Markup(said) if context.eval_ctx.autoescape else said) % told  # noqa: S704  # our own sentence

    return gettext


def format_day(value: date | datetime, language: str) -> str:
    """A date in words: « 1er décembre 2026 », "1 December 2026"."""
    local = on_the_wall(value).date() if isinstance(value, datetime) else value
    pattern = (FIRST_DAYS if local.day == 1 else DAYS)[language]
    return format_date(local, pattern, locale=LOCALES[language])


def format_moment(value: datetime, language: str) -> str:
    """A date and the time on the wall: « 24 novembre 2026 à 10 h 12 », "24 November 2026 at 10:12"."""
    time = format_time(on_the_wall(value).time(), TIMES[language], locale=LOCALES[language])
    return f"{format_day(value, language)} {time}"


def on_the_wall(value: datetime) -> datetime:
    """*value* in ZONE; the last hour of the year 9999, by which issuers mean "never", has no other clock than its own."""
    try:
        return value.astimezone(ZONE)
    except OverflowError:
        return value
