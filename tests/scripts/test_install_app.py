"""The browser's own sheet to install the wallet (install-app.js)."""

import pytest

from tests.fixtures.page_alone import Alone, Answer, asks_later

pytestmark = pytest.mark.browser
OFFERS = """() => {
  const sheet = new Event("beforeinstallprompt", { cancelable: true })
  window.shown = 0
  sheet.prompt = () => { window.shown++ }
  dispatchEvent(sheet)
  return sheet.defaultPrevented
}"""
STATE = """() => {
  const one = document.querySelector("install-app"), how = one.nextElementSibling
  return [one.hidden, how.hidden, one.closest("section, main").hidden]
}"""


def test_the_button_is_there_once_the_browser_has_a_sheet_in_the_place_of_the_way_and_goes_once_it_is_installed(
    alone: Alone,
) -> None:
    alone.answers["POST /install/later"] = Answer(303, headers={"Location": "/badges"})
    page = alone.opens("one badge, the home screen offered")
    assert page.evaluate(STATE) == [True, False, False]
    assert page.evaluate(OFFERS) is True, "no bar of the browser's besides"
    assert page.evaluate(STATE) == [False, True, False]
    page.evaluate("() => document.querySelector('install-app button').click()")
    assert page.evaluate("shown") == 1
    page.evaluate("() => dispatchEvent(new Event('appinstalled'))")
    assert page.evaluate(STATE) == [True, True, True]
    alone.wire.asked_for("POST /install/later")

    alone.opens("install, android")
    page.evaluate(OFFERS)
    assert page.evaluate(STATE) == [False, False, False], "the way is drawn on this page"
    page.evaluate("() => dispatchEvent(new Event('appinstalled'))")
    assert page.evaluate(STATE) == [True, False, False]
    asks_later(page)
    assert len(alone.wire.asked_for("POST /install/later")) == 1
    assert "/badges" not in [one.path for one in alone.wire.asked]
