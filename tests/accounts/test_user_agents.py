"""What a browser says of itself: robots that fetch links before any human, and people in the browsers of their apps."""

import pytest

from wallet.accounts.user_agents import (
    PREVIEW_ROBOTS,
    device_kind,
    install_kind,
    is_in_app_browser,
    is_phone,
    is_robot,
    may_have_viewer,
)

SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0"
ROBOTS = {
    "WhatsApp": "WhatsApp/2.23.20.0 A",
    "WhatsApp on an iPhone": "WhatsApp/2.20.52 i",
    "Signal": "WhatsApp/2",
    "Slack": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Slack, pictures": "Slack-ImgProxy 0.19 (+https://api.slack.com/robots)",
    "LinkedIn": "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Teams and Skype": "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "Outlook": "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
    "Outlook, of old": (
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.1; WOW64; Trident/7.0; SLCC2; .NET CLR 2.0.50727; "
        ".NET CLR 3.5.30729; .NET CLR 3.0.30729; Media Center PC 6.0; Microsoft Outlook 14.0.7162; ms-office; MSOffice 14)"
    ),
    "Office": "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.12026; Pro)",
    "Bing": "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b",
    "Telegram": "TelegramBot (like TwitterBot)",
    "Facebook": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Facebook, another": "facebookcatalog/1.0",
    "Meta": "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
    "Messages of Apple": (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) "
        "Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0"
    ),
    "X": "Twitterbot/1.0",
    "Discord": "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "Snapchat": "Mozilla/5.0 (compatible; Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots)",
    "Viber": "Viber/5.5.0.3531 CFNetwork/758.5.3 Darwin/15.6.0",
    "Mastodon": "http.rb/5.1.1 (Mastodon/4.2.1; +https://mastodon.social/)",
    "Pinterest": "Pinterest/0.2 (+https://www.pinterest.com/bot.html)",
    "Google on a phone": (
        f"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) {CHROME} Mobile Safari/537.36 "
        "(compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    ),
    "Google, looking for harm": f"Mozilla/5.0 (X11; Linux x86_64) {CHROME} Safari/537.36 Google-Safety",
    "Google, others": "GoogleOther",
    "Gmail, pictures": "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "Mimecast": "Mimecast Ltd",
    "Barracuda": "Mozilla/5.0 (compatible; Barracuda Link Protect)",
}
PEOPLE = {
    "LinkedIn on an iPhone": (f"{SAFARI} Mobile/15E148 [LinkedInApp]/9.30.2144", True),
    "LinkedIn on Android": (
        f"Mozilla/5.0 (Linux; Android 16; SM-A176U Build/BP2A.250605.031; wv) {CHROME} Mobile Safari/537.36 "
        "[LinkedInApp]/2.312.70",
        True,
    ),
    "Facebook on an iPhone": (
        f"{SAFARI} Mobile/15E148 [FBAN/FBIOS;FBAV/466.0.0.44.106;FBBV/607000000;FBDV/iPhone15,2;FBMD/iPhone]",
        True,
    ),
    "Facebook on Android": (
        f"Mozilla/5.0 (Linux; Android 13; Pixel 7; wv) {CHROME} Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/440.0.0.27.107;]",
        True,
    ),
    "Instagram": (f"{SAFARI} Mobile/15E148 Instagram 300.0.0.18.110 (iPhone15,2; iOS 17_5; fr_FR)", True),
    "Instagram on a Pixel": (
        f"Mozilla/5.0 (Linux; Android 13; Pixel 7; wv) {CHROME} Mobile Safari/537.36 "
        "Instagram 300.0.0.29.110 Android (33/13; 420dpi; 1080x2400; Google/google; Pixel 7; panther; fr_FR)",
        True,
    ),
    "WhatsApp's own browser": (f"{SAFARI} Version/17.5 Mobile/15E148 Safari/604.1 WhatsApp/2.24.10", True),
    "Snapchat": (f"{SAFARI} Mobile/15E148 Snapchat/12.40.0.40 (like Safari/8615.2.9.0.3, panda)", True),
    "the app of Google": (f"{SAFARI} GSA/310.0.629000000 Mobile/15E148 Safari/604.1", True),
    "Outlook on Android": (f"Mozilla/5.0 (Linux; Android 13) {CHROME} Mobile Safari/537.36 Outlook-Android/2.0", True),
    "Teams": (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 Teams/24.1 Edg/124.0", False),
    "Slack": (
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {CHROME} Electron/29 Safari/537.36 Slack_SSB/4.38",
        False,
    ),
    "a Cubot, which is a phone": (f"Mozilla/5.0 (Linux; Android 11; CUBOT X50) {CHROME} Mobile Safari/537.36", True),
    "Firefox": ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", False),
    "Safari on an iPhone": (f"{SAFARI} Version/17.5 Mobile/15E148 Safari/604.1", True),
    "who says nothing": ("", False),
}


@pytest.mark.parametrize("name", ROBOTS)
def test_a_robot_is_known_by_its_name(name: str) -> None:
    assert is_robot(ROBOTS[name])
    assert not may_have_viewer(ROBOTS[name])


def test_whoever_robots_txt_lets_in_to_draw_is_a_robot_and_is_shown_no_share() -> None:
    assert [name for name in PREVIEW_ROBOTS if not is_robot(f"{name}/1.0")] == []


@pytest.mark.parametrize("name", PEOPLE)
def test_a_person_in_the_browser_of_an_app_is_none(name: str) -> None:
    told, on_a_phone = PEOPLE[name]

    assert not is_robot(told)
    assert may_have_viewer(told)
    assert is_phone(told) == on_a_phone


def test_a_browser_without_a_window_is_shown_the_page_and_does_not_count() -> None:
    alone = (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/124.0.0.0 Safari/537.36"
    )

    assert not is_robot(alone)
    assert not may_have_viewer(alone)


@pytest.mark.parametrize("name", PEOPLE)
def test_the_browser_of_an_app_is_told_from_one_of_its_own(name: str) -> None:
    own = {"a Cubot, which is a phone", "Firefox", "Safari on an iPhone", "who says nothing"}

    assert is_in_app_browser(PEOPLE[name][0]) == (name not in own)


def test_what_an_iphone_has_on_its_home_screen_is_told_apart_by_a_style_alone() -> None:
    assert is_in_app_browser(f"{SAFARI} Mobile/15E148")
    assert not is_in_app_browser(f"{SAFARI} CriOS/124.0.6367.71 Mobile/15E148 Safari/604.1")
    assert not is_in_app_browser(f"{SAFARI} Version/15.0 Mobile/15E148 Safari/604.1")


def test_the_way_to_the_home_screen_is_that_of_the_browser() -> None:
    android = f"Mozilla/5.0 (Linux; Android 11; moto e7) {CHROME} Mobile Safari/537.36"

    assert install_kind(android) == "android"
    assert install_kind(android.replace("Chrome", "SamsungBrowser/26.0 Chrome")) == "samsung"
    assert install_kind(f"{SAFARI} Version/15.0 Mobile/15E148 Safari/604.1") == "iphone"
    assert install_kind(PEOPLE["Firefox"][0]) == install_kind("") == "computer"


def test_the_kind_is_one_plain_word() -> None:
    assert device_kind("Mozilla/5.0 (Linux; Android 13; Pixel 7)") == "android"
    assert device_kind("x" * 10_000 + "android") == ""
