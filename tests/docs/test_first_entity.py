"""docs/how-to-first-entity.md, performed word for word: its files, its commands, a real server, both languages."""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pyotp
import pytest

from tests.conftest import DATABASES, FULL, new_database
from tests.docs.page import ROOT, blocks, table

PAGE = ROOT / "docs" / "how-to-first-entity.md"
PORT = "8000"
"""The port that the page says; a test takes a free one."""
BLOCKS = blocks(PAGE)
STARTS_WITHIN = 120.0
"""Seconds an empty database may take to be filled and served."""


@pytest.fixture(scope="module", params=DATABASES if FULL else DATABASES[:1])
def empty_url(request, tmp_path_factory):
    """The database that the page takes by itself, and in full runs the other one too."""
    with new_database(request.param, tmp_path_factory.mktemp("module"), request) as made:
        yield made


@pytest.fixture(scope="module")
def desk(tmp_path_factory, empty_url):
    """A working copy as the reader has it: the shipped YAML, `.venv`, an empty database."""
    folder = tmp_path_factory.mktemp("reader")
    for name in ("metadata", "forms", "translations", "seed"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("QURASTYR_")}
    environment |= {"QURASTYR_DATABASE": empty_url, "LANG": "en_US.UTF-8", "LC_ALL": "en_US.UTF-8"}
    if shutil.which("curl") is None:
        (folder / "bin").mkdir()
        stand_in = folder / "bin" / "curl"
        stand_in.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).with_name("curl.py")}" "$@"\n')
        stand_in.chmod(0o755)
        environment["PATH"] = f"{folder / 'bin'}{os.pathsep}{environment['PATH']}"
    return SimpleNamespace(folder=folder, port=port, environment=environment, address=f"http://127.0.0.1:{port}")


@pytest.fixture(scope="module")
def server(desk):
    """The server of step 1, started by the page's own command; gives what it printed."""
    (command,) = [b.text.strip() for b in BLOCKS if b.mark == "server"]
    said = desk.folder / "server.log"
    with said.open("wb") as log:
        process = subprocess.Popen(["sh", "-c", f"exec {command.replace(PORT, str(desk.port))}"], cwd=desk.folder,
                                   env=desk.environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait(desk, process, said)
        yield said.read_text("utf-8")
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(desk, process, said: Path) -> None:
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end:
        assert process.poll() is None, said.read_text("utf-8")
        try:
            with build_opener().open(f"{desk.address}/health", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"the server did not answer in {STARTS_WITHIN} s:\n{said.read_text('utf-8')}")


@pytest.fixture(scope="module")
def performed(desk, server):
    """All commands of the page run in one shell, in order: a block and what it printed."""
    (file,) = [b for b in BLOCKS if b.mark.startswith("file=")]
    (desk.folder / file.mark.removeprefix("file=")).write_text(file.text, "utf-8")
    commands = [b for b in BLOCKS if b.language == "sh" and b.mark != "server"]
    script = "set -e\n" + "".join(
        f"exec >said.{n} 2>&1\n{block.text.replace(PORT, str(desk.port))}\n" for n, block in enumerate(commands))
    done = subprocess.run(["bash", "-c", script], cwd=desk.folder, env=desk.environment, timeout=300, check=False)
    outputs = [(desk.folder / f"said.{n}") for n in range(len(commands))]
    told = [path.read_text("utf-8") if path.exists() else "(not reached)" for path in outputs]
    assert done.returncode == 0, "\n".join(told)
    return list(zip(commands, told, strict=True))


def test_ten_lines_and_nothing_but_yaml():
    files = [b for b in BLOCKS if b.mark.startswith("file=")]
    assert [b.mark for b in files] == ["file=metadata/school/club.yaml"]
    assert len(files[0].text.splitlines()) == 10
    assert {b.language for b in BLOCKS} == {"sh", "yaml", "text", "json"}


def test_the_readme_shows_the_same_ten_lines():
    (file,) = [b for b in BLOCKS if b.mark.startswith("file=")]
    assert file.text in [b.text for b in blocks(ROOT / "README.md")]


def test_check_finds_nothing_wrong(performed):
    assert "0 errors, 0 warnings" in _output(performed, "qurastyr check")


def test_the_plan_says_its_sql_and_the_migration_does_it(performed):
    told = _output(performed, "migrate --plan")
    assert "CREATE TABLE school_club" in told
    assert re.search(r"Revision 2 is published", told), told


def test_a_mistake_is_told_as_the_page_shows(desk, performed, tmp_path):
    (told,) = [b.text.strip() for b in BLOCKS if b.mark == "mistake"]
    wrong, right = re.search(r"`(\w+)` \(did you mean `(\w+)`", told).groups()
    for name in ("metadata", "forms", "translations"):
        shutil.copytree(desk.folder / name, tmp_path / name)
    club = tmp_path / "metadata/school/club.yaml"
    club.write_text(club.read_text("utf-8").replace(right, wrong), "utf-8")
    done = subprocess.run([desk.folder / ".venv/bin/qurastyr", "check"], cwd=tmp_path, env=desk.environment,
                          capture_output=True, text=True, check=False)
    assert told in done.stdout.splitlines()
    assert done.returncode == 1


def test_the_answers_of_the_api_are_those_of_the_page(performed):
    answered = [told for command, told in performed if "curl" in command.text]
    expected = [b.text for b in BLOCKS if b.mark == "answer"]
    assert len(answered) == len(expected) >= 3
    for told, wanted in zip(answered, expected, strict=True):
        _holds(json.loads(told.splitlines()[-1]), json.loads(wanted))


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_pages_stand_in_both_languages(desk, server, performed, language):
    browser = _signed_in(desk, server)
    rows = table(PAGE, "address")
    assert len(rows) >= 3
    for address, _, kk, ru in rows:
        with browser.open(f"{desk.address}{address}?lang={language}", timeout=30) as answer:
            page = answer.read().decode()
        assert f'lang="{language}"' in page
        mine, other = (kk, ru) if language == "kk" else (ru, kk)
        assert mine in page and other not in page, f"{address} in {language}"


def test_the_list_shows_what_the_api_made(desk, server, performed):
    with _signed_in(desk, server).open(f"{desk.address}/school/club?lang=ru", timeout=30) as answer:
        assert "Робототехника" in answer.read().decode()


# -- helpers ----------------------------------------------------------------------------------------------------------


def _output(performed, words: str) -> str:
    """What the block that holds `words` printed."""
    (found,) = [told for command, told in performed if words in command.text]
    return found


def _holds(found, wanted) -> None:
    """Everything of `wanted` is in `found`; more may be there."""
    if isinstance(wanted, dict):
        for key, value in wanted.items():
            assert key in found, f"{key} is not in {found}"
            _holds(found[key], value)
    elif isinstance(wanted, list):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            _holds(one, other)
    else:
        assert found == wanted


def _sent(browser, url: str, **form: str) -> str:
    """Where the answer to a form leads."""
    with browser.open(url, urlencode(form).encode(), timeout=30) as answer:
        return answer.url


def _signed_in(desk, said: str):
    """A browser with the session of the administrator whose password the server printed; signed in once a desk, for a
    first password and a code of the second factor are good once."""
    if not hasattr(desk, "browser"):
        desk.browser = _new_browser(desk, said)
    return desk.browser


def _new_browser(desk, said: str):
    password = re.search(r"administrator \([^)]*\), password: (\S+)", said)
    assert password, f"no password of the administrator was printed:\n{said}"
    browser = build_opener(HTTPCookieProcessor(http.cookiejar.CookieJar()))
    with browser.open(f"{desk.address}/sign-in", timeout=30) as answer:
        token = re.search(r'name="csrf_token" value="([^"]+)"', answer.read().decode())[1]
    own, at = "тау мен дала жыры", password[1]
    try:
        place = _sent(browser, f"{desk.address}/sign-in", csrf_token=token, login="administrator", password=at, next="/")
        assert place == f"{desk.address}/sign-in/password", "a first password is changed before anything else"
        place = _sent(browser, place, csrf_token=token, old=at, new=own, again=own, next="/")
        assert place.startswith(f"{desk.address}/sign-in/set-up"), "an administrator needs a second factor"
        _set_up(browser, desk, token)
        with browser.open(f"{desk.address}/", timeout=30) as answer:
            assert answer.url == f"{desk.address}/"
    except HTTPError as refused:
        pytest.fail(f"signing in: {refused.code} {refused.read().decode()[:500]}")
    return browser


def _set_up(browser, desk, token: str) -> None:
    """The second factor, as an application on a telephone does it."""
    page = f"{desk.address}/sign-in/set-up"
    _sent(browser, page, csrf_token=token, next="/")
    with browser.open(page, timeout=30) as answer:
        key = re.search(r'<code class="q-secret">([A-Z2-7 ]+)</code>', answer.read().decode())[1].replace(" ", "")
    _sent(browser, f"{page}/confirm", csrf_token=token, next="/", code=pyotp.TOTP(key).now())
