"""rocketchat_API against `serve`: what its user gets."""

import json
import os
import unittest
from urllib.parse import quote

from rocketchat_API.APIExceptions.RocketExceptions import (
    RocketApiException,
    RocketBadStatusCodeException,
)
from rocketchat_API.APISections.base import paginated
from rocketchat_API.rocketchat import RocketChat

URL = os.environ["SERVE_URL"]
TOKEN = os.environ["SERVE_TOKEN"]
with open(os.environ["SERVE_UNITS"], encoding="utf-8") as file:
    ALL = [json.loads(line) for line in file]
ALL.sort(key=lambda unit: unit["name"].encode())


class Client(RocketChat):
    """The package has no method for units. This one is written as its own are."""

    @paginated("units")
    def livechat_units(self, **kwargs):
        return self.call_api_get("livechat/units", kwargs=kwargs)


def client(user="manager", token=TOKEN, url=URL):
    return Client(user_id=user, auth_token=token, server_url=url)


def page(**params):
    return client().call_api_get("livechat/units", **params)


def names(units):
    return [unit["name"] for unit in units]


class Units(unittest.TestCase):
    maxDiff = None

    def test_the_default_list_is_the_first_fifty_by_name(self):
        wanted = {
            "units": ALL[:50],
            "count": 50,
            "offset": 0,
            "total": len(ALL),
            "success": True,
        }
        self.assertEqual(page(), wanted)
        self.assertEqual(page(text=""), wanted)

    def test_a_text_is_found_in_any_case_beyond_ascii_too(self):
        for text, found in [
            ("UNIT", ["Sales Unit", "business unit test"]),
            ("straẞe", ["STRASSE & Straße"]),
            ("ελλάδα", ["ΕΛΛΆΔΑ"]),
            ("île-de", ["Île-de-France"]),
            ("本 🚀", ["日本 🚀"]),
            ("nowhere", []),
        ]:
            with self.subTest(text):
                answer = page(text=text)
                self.assertEqual(names(answer["units"]), found)
                self.assertEqual(answer["total"], len(found))

    def test_no_character_of_a_text_is_special(self):
        # The package puts a value into the URL as it is, so the caller escapes it.
        for text, found in [
            ("(a+b)* [50%] #1?", ["x=(a+b)* [50%] #1?"]),
            ("e & s", ["STRASSE & Straße"]),
            ("%", ["x=(a+b)* [50%] #1?"]),
            ("%20", []),
            (".*", []),
            ("\\", ['back\\slash "quoted"']),
            ('"quoted"', ['back\\slash "quoted"']),
        ]:
            with self.subTest(text):
                self.assertEqual(names(page(text=quote(text))["units"]), found)

    def test_what_is_not_escaped_is_what_the_url_says(self):
        self.assertEqual(names(page(text="[50%]")["units"]), ["x=(a+b)* [50%] #1?"])
        self.assertEqual(page(text="sales+unit")["total"], 1)
        self.assertEqual(page(text="a+b")["total"], 0)
        with self.assertRaises(RocketApiException) as caught:
            page(text="unit&count=few")
        self.assertEqual(
            caught.exception.error,
            'Invalid count parameter provided: "few" (expected decimal digits, '
            "at most 9007199254740991) [error-invalid-params]",
        )

    def test_a_sort(self):
        self.assertEqual(page(sort='{"name":-1}')["units"], ALL[:-51:-1])

        matches = [unit for unit in ALL if "e" in unit["name"].lower()]
        matches.sort(key=lambda unit: (-unit["numMonitors"], unit["name"].encode()))
        answer = page(text="e", sort='{"numMonitors": -1, "name": 1}', count=0)
        self.assertEqual(answer["units"], matches)

    def test_all_pages_are_all_units(self):
        self.assertEqual(list(client().livechat_units()), ALL)
        self.assertEqual(list(client().livechat_units(count=100)), ALL)
        teams = [unit for unit in ALL if unit["name"].startswith("Team ")]
        self.assertEqual(list(client().livechat_units(count=7, text="team")), teams)
        self.assertEqual(list(client().livechat_units(max_count=60)), ALL[:60])
        past = page(offset=len(ALL))
        self.assertEqual((past["units"], past["total"]), ([], len(ALL)))

    def test_401_without_valid_credentials(self):
        # It says `success` nowhere, so to the package it is no error of the API.
        for who in [client(None, None), client(token="wrong"), client("nobody")]:
            with self.assertRaises(RocketBadStatusCodeException) as caught:
                who.livechat_units(count=-1)
            self.assertEqual(caught.exception.status_code, 401)
            self.assertEqual(
                caught.exception.response_json,
                {"status": "error", "message": "You must be logged in to do this."},
            )

    def test_401_of_the_later_servers(self):
        # It says `success`, so to the package it is an error of the API.
        error = "You must be logged in to do this."
        for url, body in [
            (
                os.environ["SERVE_URL_8"],
                {"success": False, "error": error, "status": "error", "message": error},
            ),
            (os.environ["SERVE_URL_9"], {"success": False, "error": error}),
        ]:
            for who in [client(None, None, url), client(token="wrong", url=url)]:
                with self.subTest(url), self.assertRaises(RocketApiException) as caught:
                    who.livechat_units(count=-1)
                self.assertEqual(caught.exception.status_code, 401)
                self.assertEqual(caught.exception.error, error)
                self.assertEqual(caught.exception.response_json, body)
            self.assertEqual(list(client(url=url).livechat_units(count=100)), ALL)

    def test_403_without_the_permission(self):
        with self.assertRaises(RocketApiException) as caught:
            client("agent").livechat_units(count=-1)
        self.assertEqual(caught.exception.status_code, 403)
        self.assertEqual(
            caught.exception.error,
            "User does not have the permissions required for this action [error-unauthorized]",
        )
        self.assertIsNone(caught.exception.error_type)

    def test_400_for_a_wrong_parameter(self):
        for params, error, error_type, details in [
            (
                {"count": -1},
                'Invalid count parameter provided: "-1" (expected decimal digits, '
                "at most 9007199254740991) [error-invalid-params]",
                "error-invalid-params",
                None,
            ),
            (
                {"sort": '{"name":"up"}'},
                'Invalid sort parameter provided: "{"name":"up"}" [error-invalid-sort]',
                "error-invalid-sort",
                {"helperMethod": "parseJsonQuery"},
            ),
        ]:
            with self.subTest(params):
                with self.assertRaises(RocketApiException) as caught:
                    client().livechat_units(**params)
                self.assertEqual(caught.exception.status_code, 400)
                self.assertEqual(caught.exception.error, error)
                self.assertEqual(caught.exception.error_type, error_type)
                self.assertEqual(caught.exception.response_json.get("details"), details)
