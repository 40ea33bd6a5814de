"""`omr serve`: loopback, one address that works once; other machines only on purpose and over TLS."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from omr.cli import run
from omr.errors import OmrError, UsageError
from omr.web.serve import _hold_alone, _listen, serve

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


def test_other_machines_are_served_over_tls_that_a_browser_can_check(election, tmp_path):
    """The certificate given is the one shown; the cookie goes over TLS alone; plain HTTP gets nothing."""
    folder, _box = election
    certificate, key = certified(tmp_path)
    command = [
        *(sys.executable, "-m", "omr", "serve", str(folder.root), "--no-browser", "--port", "0"),
        *("--host", "localhost", "--yes-other-machines"),
        *("--certificate", str(certificate), "--private-key", str(key)),
    ]
    trusted = ssl.create_default_context(cafile=str(certificate))
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            address = [process.stdout.readline() for _line in range(2)][1].strip()
            assert re.fullmatch(r"https://localhost:\d+/open\?token=[\w-]{30,}", address)
            with pytest.raises(httpx.ConnectError, match=r"(?i)certificate"):
                httpx.get(address, timeout=30)
            with pytest.raises(httpx.HTTPError):
                httpx.get(address.replace("https:", "http:"), timeout=30)
            with httpx.Client(verify=trusted, timeout=30) as client:
                let_in = client.get(address)
                assert let_in.status_code == 303
                assert "Secure" in let_in.headers["set-cookie"]
                inside = client.get(address.partition("/open")[0], follow_redirects=True)
                assert inside.url.path == "/e/bch/scan"
        finally:
            process.terminate()


def certified(folder):
    """A certificate for localhost that nobody but this test trusts, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    paths = folder / "may-chu.pem", folder / "may-chu.key"
    for path, data in zip(paths, (certificate.public_bytes(Encoding.PEM), private), strict=True):
        path.write_bytes(data)
    return paths


def test_where_the_platform_can_the_port_is_held_alone(monkeypatch):
    """Windows lets two programs bind one port unless it is told not to; then another could take it over."""
    asked = []
    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", -5, raising=False)
    _hold_alone(SimpleNamespace(setsockopt=lambda *what: asked.append(what)))
    assert asked == [(socket.SOL_SOCKET, -5, 1)]


def test_the_next_free_port_is_taken():
    """A second server on one machine listens elsewhere, and never where the first does."""
    with closing(_listen("127.0.0.1", 0)) as first, pytest.raises(OmrError):
        _listen("127.0.0.1", first.getsockname()[1])


def test_no_answer_waits_for_its_own_head():
    """asyncio sends the parts of an answer at once only where the socket is named TCP; else after 40 ms."""
    with closing(_listen("127.0.0.1", 0)) as listening:
        assert listening.proto == socket.IPPROTO_TCP


def test_a_folder_that_is_not_there_is_said_in_words(tmp_path, capsys):
    with pytest.raises(OmrError):
        serve(tmp_path / "nowhere")
    assert run(["serve", str(tmp_path / "nowhere"), "--no-browser"]) == 1
    assert "nowhere" in capsys.readouterr().err
