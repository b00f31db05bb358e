"""Where the page listens, and how a whole process of it begins and ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from vladva.app import remote
from vladva.app.server import answers_loopback, listen
from vladva.errors import ConfigError


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.168.1.2", "example.org"])
def test_the_page_listens_on_the_loopback_only(host: str) -> None:
    with pytest.raises(ConfigError, match=r"127\.0\.0\.1 only"):
        listen(host, 7860)


def test_a_port_that_is_taken_gives_the_next_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with listen("localhost", port) as bound:
            assert bound.getsockname() > ("127.0.0.1", port)


def test_the_end_of_all_ports_is_an_error_in_words() -> None:
    with socket.socket() as taken:
        try:
            taken.bind(("127.0.0.1", 65535))
            taken.listen()
        except OSError:
            pytest.skip("somebody else has the last port")
        with pytest.raises(ConfigError, match="No free port"):
            listen("127.0.0.1", 65535)


def test_a_page_starts_tells_its_address_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    library = tmp_path / "library"
    environment = {**os.environ, "HF_HOME": str(tmp_path / "no models")}
    call = [sys.executable, "-m", "vladva.app", "--library", str(library), "ui", "--no-browser"]
    with subprocess.Popen(
        call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as page:
        note = _note(library)
        address = f"http://127.0.0.1:{note.port}"
        assert "VladVA" in httpx.get(address, timeout=60).text
        state = httpx.get(f"{address}/api/status", timeout=60).json()
        assert (state["photos"], state["library"]) == (0, str(library))
        page.send_signal(signal.SIGINT)
        data, said = page.communicate(timeout=60)
    assert page.returncode == 0
    assert data == ""
    assert address in said
    assert "Traceback" not in said
    assert remote.read(library) is None


def test_a_page_for_other_machines_warns_and_asks_everybody_but_its_own_terminal(
    tmp_path: Path,
) -> None:
    library, secret = tmp_path / "library", tmp_path / "password"
    secret.write_text("correct horse\n", encoding="utf-8")
    call = [sys.executable, "-m", "vladva.app", "--library", str(library), "ui", "--no-browser"]
    call += ["--host", "0.0.0.0", "--password-file", str(secret)]
    environment = {**os.environ, "HF_HOME": str(tmp_path / "no models")}
    with subprocess.Popen(
        call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as page:
        note = _note(library)
        with httpx.Client(base_url=f"http://127.0.0.1:{note.port}", timeout=60) as browser:
            assert browser.get("/api/status").status_code == 401
            token = {remote.TOKEN_HEADER: note.token}
            assert browser.get("/api/status", headers=token).status_code == 200
            browser.post("/session", data={"password": "correct horse"})
            assert browser.get("/api/status").status_code == 200
        page.send_signal(signal.SIGINT)
        _, said = page.communicate(timeout=60)
    assert page.returncode == 0
    assert "WARNING: other machines reach this page" in said
    assert "plain HTTP" in said
    assert "correct horse" not in said
    assert note.token not in said


def test_a_page_that_is_not_reached_at_the_loopback_leaves_no_note_there() -> None:
    assert answers_loopback("127.0.0.1")
    assert answers_loopback("0.0.0.0")
    assert not answers_loopback("192.168.1.2")


@pytest.mark.parametrize("host", ["192.0.2.1", "name.invalid"])
def test_an_address_of_another_machine_is_an_error_in_words(host: str) -> None:
    with pytest.raises(ConfigError, match="no address of this machine"):
        listen(host, 7860, has_password=True)


def _note(library: Path) -> remote.Note:
    for _ in range(1200):
        note = remote.read(library)
        if note is not None:
            return note
        time.sleep(0.1)
    raise AssertionError("the page does not come up")
