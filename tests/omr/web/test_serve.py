"""`omr serve`: loopback, one address that works once; other machines only on purpose and over TLS."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from omr.cli import run
from omr.errors import OmrError, UsageError
from omr.web.serve import serve

ROOT = Path(__file__).resolve().parents[3]


def test_the_command_shows_an_address_that_lets_one_browser_in(election):
    folder, _box = election
    command = [sys.executable, "-m", "omr", "serve", str(folder.root), "--no-browser", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            told = [process.stdout.readline() for _line in range(2)]
            address = told[1].strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/open\?token=[\w-]{30,}", address)
            with httpx.Client(follow_redirects=True, timeout=30) as client:
                assert client.get(address).url.path == "/e/bch/scan"
            assert httpx.get(address, timeout=30).status_code == 403
        finally:
            process.terminate()
    assert process.returncode is not None


@pytest.mark.parametrize(
    "how",
    [
        {"host": "may-chu"},
        {"other_machines": True},
        {"host": "may-chu", "other_machines": True},
        {"host": "may-chu", "other_machines": True, "certificate": Path("nowhere.pem"), "key": Path("k.pem")},
    ],
)
def test_other_machines_need_two_words_and_tls(election, how):
    """Nothing listens before all three are there."""
    folder, _box = election
    told = []
    with pytest.raises(UsageError):
        serve(folder.root, ready=told.append, **how)
    assert told == []


def test_a_folder_that_is_not_there_is_said_in_words(tmp_path, capsys):
    with pytest.raises(OmrError):
        serve(tmp_path / "nowhere")
    assert run(["serve", str(tmp_path / "nowhere"), "--no-browser"]) == 1
    assert "nowhere" in capsys.readouterr().err
