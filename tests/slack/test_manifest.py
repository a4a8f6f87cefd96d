"""The manifest installs exactly what Interlock listens to and may do."""

from typing import Any

from ruamel.yaml import YAML

from api.slack.app import PATH
from api.slack.shortcuts import ALSO, PROMISE
from demo.slack.emulator import BOT_SCOPES
from tests.stack import ROOT

MANIFEST: dict[str, Any] = YAML(typ="safe").load(ROOT / "deploy/slack-manifest.yaml")


def test_the_app_asks_for_what_the_emulator_grants_and_no_more() -> None:
    """Every scenario runs against the emulator with these scopes enforced."""
    assert sorted(MANIFEST["oauth_config"]["scopes"]["bot"]) == sorted(BOT_SCOPES)


def test_commands_shortcuts_and_events_are_those_that_somebody_listens_to() -> None:
    features = MANIFEST["features"]
    assert [one["command"] for one in features["slash_commands"]] == ["/deal", "/change"]
    assert [one["callback_id"] for one in features["shortcuts"]] == [PROMISE, ALSO]
    assert MANIFEST["settings"]["event_subscriptions"]["bot_events"] == ["app_home_opened", "user_change"]


def test_everything_comes_to_the_one_address() -> None:
    settings = MANIFEST["settings"]
    urls = [one["url"] for one in MANIFEST["features"]["slash_commands"]]
    urls += [settings["event_subscriptions"]["request_url"], settings["interactivity"]["request_url"]]
    urls.append(settings["interactivity"]["message_menu_options_url"])
    assert {url.removeprefix("https://interlock.example.com") for url in urls} == {PATH}


def test_texts_keep_to_slacks_limits() -> None:
    about = MANIFEST["display_information"]
    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    assert 174 <= len(about["long_description"]) <= 4000
    assert all(len(one["name"]) <= 24 for one in MANIFEST["features"]["shortcuts"])
