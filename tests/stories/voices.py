"""A phone's voices, told instead of heard: the browser of the tests has none, and nobody would listen."""

from collections.abc import Sequence

from playwright.sync_api import Page


def speaks(page: Page, *languages: str, late: bool = False, far: bool = False) -> None:
    """*page* has a voice of each of *languages*; *late*: they come after it was read; *far*: they are not on the phone.

    `heard` is what was handed to them: triples of the language asked for, the words, the language of the voice; `broken`
    is how often they were told to be silent.
    """
    voices = ", ".join(f'{{lang: "{one}", localService: {str(not far).lower()}}}' for one in languages)
    page.add_init_script(f"""
        window.heard = []
        window.SpeechSynthesisUtterance = class {{ constructor(text) {{ this.text = text }} }}
        let voices = {"[]" if late else f"[{voices}]"}
        speechSynthesis.getVoices = () => voices
        window.broken = 0
        speechSynthesis.cancel = () => {{ window.broken++ }}
        speechSynthesis.speak = (one) => heard.push([one.lang, one.text, one.voice.lang]) && (window.last = one)
        window.voicesCome = () => {{ voices = [{voices}]; speechSynthesis.dispatchEvent(new Event("voiceschanged")) }}
    """)


def heard(page: Page) -> Sequence[Sequence[str]]:
    """What *page* handed to its voices up to now."""
    found: Sequence[Sequence[str]] = page.evaluate("heard")
    return found
