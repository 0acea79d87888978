"""The first page: blocks that modules lay for roles, rights, bounds, and the page that is made when nobody laid any."""

from __future__ import annotations

import re

import pytest

from engine.loading import load_files
from engine.loading.files import read_folder
from engine.services.actor import Actor
from engine.services.home import MOST_LISTS, blocks_of
from engine.web.markup import told
from tests.conftest import Statements
from tests.web.world import CLUB, ROOT

HOMES = {
    "forms/club/chief.home.yaml": """
home: club.chief
for: {roles: [chief]}
order: 10
blocks:
  begin: {type: shortcuts, to: [new club.order, club.member/paying]}
  paying: {type: count, of: club.member, view: paying, mark: {red: count > 2, gold: count > 0}}
  members: {type: list, of: club.member, rows: 3}
  starred: starred
""",
    "forms/club/both.home.yaml": """
home: club.both
for: {roles: [chief, helper]}
order: 20
blocks:
  begin: {type: shortcuts, to: [new club.order, new club.member]}
  orders: {type: count, of: club.order}
  again: {type: list, of: club.member, rows: 3}
  word: {type: text, text: {kk: "Сәлем <b>\\n\\n- бір\\n- екі", ru: "Привет <b>\\n\\n- раз\\n- два"}}
""",
}


def catalog(**homes):
    shipped = {k: v for k, v in read_folder(ROOT).items()
               if k.split("/")[:2] == ["metadata", "system"] or k == "translations/terms.yaml"}
    files = {**shipped, **{k: v.encode() for k, v in {**CLUB, **HOMES, **homes}.items()}}
    loaded = load_files(files, 1)
    assert loaded.catalog, "\n".join(p.line_text("en") for p in loaded.errors)
    return loaded.catalog


def actor(*roles):
    return Actor("user", None, "x", "x", None, None, (), frozenset(roles), "ru")


def test_every_role_brings_its_blocks_and_the_same_block_stands_once():
    of = {who: blocks_of(catalog(), actor(*who)) for who in (("chief",), ("helper",), ("chief", "helper"))}
    assert [b.kind for b in of["chief",]] == ["shortcuts", "count", "count", "list", "starred", "text"]
    assert [b.key for b in of["chief", "helper"]] == [b.key for b in of["chief",]]
    (line,) = (b for b in of["chief",] if b.kind == "shortcuts")
    assert [(s.entity, s.new, s.view) for s in line.shortcuts] == [
        ("club.order", True, ""), ("club.member", False, "paying"), ("club.member", True, "")]
    assert blocks_of(catalog(), actor("nobody")) == ()


def test_a_block_of_what_may_not_be_seen_vanishes():
    helper = blocks_of(catalog(), actor("helper"))
    (line,) = (b for b in helper if b.kind == "shortcuts")
    assert [s.entity for s in line.shortcuts] == ["club.member"], "a helper makes no orders"
    hidden = catalog(**{"forms/club/users.home.yaml": """
home: club.users
for: {roles: [chief, administrator]}
blocks: {users: {type: list, of: system.user}, how_many: {type: count, of: system.user}}
"""})
    assert not [b for b in blocks_of(hidden, actor("chief")) if b.entity == "system.user"]
    assert [b for b in blocks_of(hidden, actor("administrator")) if b.entity == "system.user"]


def test_a_page_holds_a_bounded_number_of_lists():
    many = "".join(f"  l{n}: {{type: list, of: club.member, view: v{n}}}\n" for n in range(12))
    views = "".join(f"  v{n}: {{title: {{kk: К{n}, ru: В{n}}}}}\n" for n in range(12))
    made = catalog(**{
        "forms/club/chief.home.yaml": f"home: club.chief\nfor: {{roles: [chief]}}\nblocks:\n{many}",
        "forms/club/member.registry.yaml": (
            f"registry: club.member\ncolumns: [name]\nviews:\n  paying: {{title: {{kk: а, ru: б}}}}\n{views}"
        ),
    })
    assert len([b for b in blocks_of(made, actor("chief")) if b.kind == "list"]) == MOST_LISTS


@pytest.fixture
def laid(club, monkeypatch):
    """The club with first pages."""
    made = catalog()
    real = type(club.site).catalog
    homes = made.homes
    monkeypatch.setattr(type(club.site), "catalog", property(lambda site: with_homes(real.fget(site), homes)))


def with_homes(catalog, homes):
    from dataclasses import replace

    return catalog.derived("with homes", lambda: replace(catalog, homes=homes, _derived={}))


def test_blocks_are_drawn_with_links_to_the_same_rows(laid, chief):
    for n in range(4):
        chief.post("/club/member/new", _fields="name paying fee", name=f"Төлеуші {n}", paying="1", fee="100")
    page = chief.get("/").text
    figure = re.search(r'<a class="q-figure[^"]*q-tone-harm" href="/club/member\?view=paying"><b[^>]*>(\d+)</b>', page)
    assert figure and int(figure[1]) >= 4
    paying = chief.get("/club/member?view=paying").text
    assert re.search(r'class="q-total"[^>]*>(\d+)<', paying)[1] == figure[1], "the figure is the count of the list"
    assert page.count(" data-open>") == 3 and 'href="/club/order/new"' in page
    assert "Привет &lt;b&gt;" in page and "<li>раз</li>" in page


def test_nothing_of_a_hidden_field_or_list_reaches_the_page(laid, helper, chief):
    chief.post("/club/member/new", _fields="name paying fee", name="Жарнасы бар", paying="1", fee="777777.25")
    page = helper.get("/").text
    assert "777777" not in page.replace("\u00a0", "") and "Взнос" not in page and 'href="/club/order/new"' not in page


def test_the_page_costs_the_same_whatever_the_lists_hold(laid, chief, club):
    chief.get("/")
    with Statements(club.site.database.engine) as few:
        chief.get("/")
    for n in range(5):
        chief.post("/club/member/new", _fields="name paying fee", name=f"Тағы {n}", paying="1", fee="5")
    with Statements(club.site.database.engine) as more:
        chief.get("/")
    # Session, all counts, one list, places.
    assert len(few) == len(more) == 4, more.texts


def test_without_a_file_the_page_shows_modules_and_what_to_begin(chief):
    page = chief.get("/").text
    assert 'class="q-tiles"' in page and 'href="/club/order/new"' in page and 'href="/club/member"' in page


def test_a_text_of_metadata_is_laid_out_and_stays_text():
    html = str(told("Бірінші <script>\nжол\n\n1. бір\n2) екі\n\n- а & б"))
    assert html.splitlines() == [
        "<p>Бірінші &lt;script&gt;<br>жол</p>", "<ol><li>бір</li><li>екі</li></ol>", "<ul><li>а &amp; б</li></ul>"]
    assert str(told("")) == ""
