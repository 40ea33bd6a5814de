"""Every route asked for made-up things, outside and inside the door; many browsers that decide at once."""

from __future__ import annotations

import re

import httpx
import pytest
from conftest import MEMBERS
from serving import PLAIN, csrf, log_in, served

from omr.election import Folder
from omr.store import Store
from omr.web.asked import key_of
from scripts.made_up import make_election
from scripts.web_fuzz import FORMS, Known, bodies, inside, outside, schema_of, wordless
from scripts.web_load import enrol_all, found_in, rush

#: Made-up requests to each route here; `python -m scripts.web_fuzz` sends hundreds.
EXAMPLES = 2


@pytest.fixture
def known(desk):
    now = desk.count()
    pages = [each.page.id for each in now.box.pages]
    return Known.of("bch", pages, map(key_of, now.open_items), [name for name, _pin in MEMBERS])


@pytest.fixture
def browser(server):
    """Browsers with a member at each, not following where they are led."""

    def open_browser():
        with server.client() as client:
            log_in(client, "bch", *MEMBERS[0])
            return httpx.Client(base_url=server.url, cookies=dict(client.cookies), timeout=60, verify=PLAIN)

    return open_browser


def test_every_form_has_its_fields_described(server):
    """A form that is added without them would be asked for nothing but its emptiness."""
    paths = server.app.openapi()["paths"]
    assert {path for path, methods in paths.items() if "post" in methods} == set(FORMS)


def test_whoever_was_not_let_in_is_answered_nothing_else(server, known):
    """Every address there is, by every method: 403, 404, 405 or 421."""
    schema = schema_of(server.app.openapi(), known, inside=False)
    assert outside(schema, server.url, 1).total() >= len(schema["paths"])


def test_no_form_without_its_word_changes_anything(server, known, browser, counted):
    """Not one row of the ledger, not one file of the folder, whatever else the form says."""
    schema = schema_of(server.app.openapi(), known, inside=True)
    assert set(wordless(schema, browser, counted[0].database, 1)) == {403}


def test_whatever_a_member_sends_the_program_does_not_fail(server, known, browser):
    schema = schema_of(server.app.openapi(), known, inside=True)
    found = inside(schema, browser, csrf, EXAMPLES)
    assert found[200]
    assert found[404]


def test_bytes_that_are_no_form_are_refused(server, browser):
    forms = [path.replace("{name}", "bch") for path in FORMS]
    assert set(bodies(server.url, browser, forms, 40)) <= {400, 403, 413}


def test_many_browsers_at_once_lose_nothing_and_double_nothing(tmp_path):
    """Four browsers, sixty rows: two words of two members on each, late ones told so. The script: 5,000."""
    folder = Folder(tmp_path / "bch")
    keys = make_election(folder, people=20, ballots=3, doubtful=1.0)
    with Store(folder.database) as store:
        enrol_all(store, 4)
    with served(folder.root) as server:
        rushes = rush(f"{server.url}/e/bch/review", [server.door() for _each in range(4)], keys)
    statuses = [status for each in rushes for status in each.statuses]
    assert set(statuses) <= {200, 303, 409}
    found = found_in(folder, keys)
    assert (found.recorded, found.doubled, found.open) == (2 * len(keys), 0, 0)
    assert sum(status != 409 for status in statuses) == found.recorded
    assert len(statuses) > found.recorded


def test_a_word_where_an_address_has_a_number_leads_nowhere(server):
    with server.client() as client:
        answer = client.get("/e/bch/preview/x/y.png")
        assert answer.status_code == 404
        assert re.search("không có trang này", answer.text, re.IGNORECASE)
