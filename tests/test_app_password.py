"""The password of a page: kept as a hash, asked for where it must be, guessed slowly."""

from pathlib import Path

import pytest

from vladva.app import guesses, password
from vladva.app.guesses import Guesses
from vladva.app.login import LASTS_S, MOST_IN, Login, own_path
from vladva.errors import ConfigError
from vladva.indexes.library import Library

WORD = "correct horse"


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(password, "COST", (2**4, 8, 1))
    monkeypatch.delenv(password.VARIABLE, raising=False)


def test_a_hash_knows_its_password_and_nothing_else() -> None:
    kept = password.hashed(WORD)
    assert password.matches(WORD, kept)
    for wrong in ("", WORD[:-1], WORD.upper(), WORD + " ", "x" * 10**6):
        assert not password.matches(wrong, kept)


def test_the_same_password_is_kept_differently_and_never_as_itself() -> None:
    one, other = password.hashed(WORD), password.hashed(WORD)
    assert one != other
    assert WORD not in one


def test_a_hash_of_another_cost_still_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = password.hashed(WORD)
    monkeypatch.setattr(password, "COST", (2**5, 8, 2))
    assert password.matches(WORD, kept)


def test_the_cost_is_what_the_field_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    n, r, p = password.COST
    assert n * r * 128 >= 32 * 2**20
    assert p >= 1
    assert password.matches(WORD, password.hashed(WORD))


def test_a_page_for_this_machine_alone_asks_for_none(library: Library) -> None:
    assert password.for_page(library, None, beyond=False, ask=None) is None
    password.for_page(library, WORD, beyond=True, ask=None)
    assert password.for_page(library, None, beyond=False, ask=None) is None


def test_a_page_for_other_machines_is_refused_without_one(library: Library) -> None:
    with pytest.raises(ConfigError, match="needs a password") as refusal:
        password.for_page(library, None, beyond=True, ask=None)
    assert "--password-file" in refusal.value.hint
    assert library.get(password.SETTING) is None


def test_a_password_that_was_said_is_the_librarys_from_then_on(library: Library) -> None:
    said = password.for_page(library, WORD, beyond=True, ask=None)
    assert password.for_page(library, None, beyond=True, ask=None) == said
    assert password.for_page(library, WORD, beyond=False, ask=None) == said
    other = password.for_page(library, "another horse", beyond=True, ask=None)
    assert other is not None
    assert password.matches("another horse", other)
    assert not password.matches(WORD, other)


def test_a_person_at_the_terminal_is_asked_once(library: Library) -> None:
    asked = iter([WORD])
    kept = password.for_page(library, None, beyond=True, ask=lambda: next(asked))
    assert kept is not None
    assert password.matches(WORD, kept)
    assert password.for_page(library, None, beyond=True, ask=lambda: next(asked)) == kept


def test_no_file_of_the_library_holds_the_password(library: Library) -> None:
    password.for_page(library, WORD, beyond=True, ask=None)
    for file in library.folder.rglob("*"):
        assert not file.is_file() or WORD.encode() not in file.read_bytes()


def test_a_password_comes_from_a_file_or_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert password.given(None) is None
    monkeypatch.setenv(password.VARIABLE, "from outside")
    assert password.given(None) == "from outside"
    file = tmp_path / "password"
    file.write_text(f"{WORD}\nsomething else\n", encoding="utf-8")
    assert password.given(file) == WORD


@pytest.mark.parametrize("content", [b"", b"\n", b"short\n", b"x" * 2000, b"\xff\xfe\x00secret"])
def test_a_password_that_protects_nothing_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as refusal:
        password.given(file)
    assert "secret" not in refusal.value.message
    assert str(file) in refusal.value.message


def test_a_password_file_that_is_not_there_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        password.given(tmp_path / "none")


def test_guesses_run_out_and_come_back_slowly(clock: Clock) -> None:
    left = Guesses(clock)
    assert [left.take("192.168.1.7") for _ in range(guesses.FREE)] == [0] * guesses.FREE
    assert left.take("192.168.1.7") == pytest.approx(guesses.EVERY_S)
    assert left.take("192.168.1.8") == 0
    clock.now += guesses.EVERY_S
    assert left.take("192.168.1.7") == 0
    assert left.take("192.168.1.7") > 0


def test_a_right_guess_gives_the_wrong_ones_back(clock: Clock) -> None:
    left = Guesses(clock)
    for _ in range(guesses.FREE):
        left.take("192.168.1.7")
    left.forgive("192.168.1.7")
    assert left.take("192.168.1.7") == 0


def test_whoever_has_many_addresses_gets_no_further(clock: Clock) -> None:
    left = Guesses(clock)
    made = sum(left.take(f"10.0.{n // 250}.{n % 250}") == 0 for n in range(1000))
    assert made == guesses.FREE_OF_ALL
    clock.now += 60
    again = sum(left.take(f"10.1.{n // 250}.{n % 250}") == 0 for n in range(1000))
    assert again == 60 / guesses.ALL_EVERY_S


def test_the_addresses_of_one_ipv6_network_are_one(clock: Clock) -> None:
    left = Guesses(clock)
    made = [left.take(f"2001:db8:0:1::{n:x}") for n in range(guesses.FREE + 1)]
    assert made[-1] > 0
    assert left.take("2001:db8:0:2::1") == 0


def test_the_table_of_addresses_does_not_grow_without_end(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guesses, "MOST_ADDRESSES", 20)
    left = Guesses(clock)
    for number in range(500):
        clock.now += guesses.ALL_EVERY_S
        left.take(f"10.0.{number // 250}.{number % 250}")
        assert len(left._by_address) <= 20


def test_a_cookie_is_known_until_it_is_old_or_given_back(clock: Clock) -> None:
    login = Login(password.hashed(WORD), clock)
    one, other = login.enter(WORD, "::1"), login.enter(WORD, "::1")
    assert isinstance(one, str)
    assert isinstance(other, str)
    assert one != other
    login.leave(one)
    assert (login.knows(one), login.knows(other)) == (False, True)
    for stranger in (None, "", "x", other[:-1], other + "x", "\udcff"):
        assert not login.knows(stranger)
    clock.now += LASTS_S
    assert not login.knows(other)


def test_a_wrong_guess_is_wrong_and_the_right_one_must_wait_like_any(clock: Clock) -> None:
    login = Login(password.hashed(WORD), clock)
    assert [login.enter("wrong", "::1") for _ in range(guesses.FREE)] == [0.0] * guesses.FREE
    assert login.enter(WORD, "::1") == pytest.approx(guesses.EVERY_S)
    clock.now += guesses.EVERY_S
    assert isinstance(login.enter(WORD, "::1"), str)


def test_the_oldest_cookie_goes_when_there_are_too_many(clock: Clock) -> None:
    login = Login(password.hashed(WORD), clock)
    cookies = []
    for _ in range(MOST_IN + 1):
        clock.now += guesses.ALL_EVERY_S
        cookies.append(str(login.enter(WORD, "::1")))
    known = [login.knows(cookie) for cookie in cookies]
    assert known == [False] + [True] * MOST_IN


@pytest.mark.parametrize(
    "text",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)",
     "", "evil", "/a\r\nSet-Cookie: x", "http://[", "\\/evil", "/é"],
)  # fmt: skip
def test_the_way_on_never_leads_to_another_site(text: str) -> None:
    assert own_path(text) == "/"


@pytest.mark.parametrize("text", ["/", "/match", "/?q=a+red+wall", "/library?x=%2F%2Fy#z"])
def test_the_way_on_is_kept(text: str) -> None:
    assert own_path(text) == text
