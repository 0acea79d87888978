"""Lists as trees: branches, paths, what a search leaves in its place, records moved within the tree."""

from __future__ import annotations

import html
import re

import pytest

from engine.services import records
from engine.services.actor import system

HX = {"HX-Request": "true"}


@pytest.fixture(scope="module")
def tree(club):
    """root > (first > leaf), (second); other."""
    found = {}

    def make(uow):
        below = {"Тамыр": None, "Бірінші": "Тамыр", "Екінші": "Тамыр", "Жапырақ": "Бірінші", "Шет": None}
        for name, parent in below.items():
            raw = {"name": name, "weight": 1, **({"parent": str(found[parent].id)} if parent else {})}
            found[name] = records.create(uow, "club.task", raw)

    club.site.write(system(club.organisation), make)
    return found


def rows(page):
    """(name, level, is there something below, is it only above what was found) of each row."""
    found = []
    for attrs, text in re.findall(r"<tr ([^>]*data-level[^>]*)>(.*?)</tr>", page.text, re.S):
        name = re.search(r'<a href="[^"]*" title="([^"]+)">', text)[1]
        level = int(re.search(r'data-level="(\d+)"', attrs)[1])
        found.append((name, level, "data-twist" in text, "data-context" in attrs))
    return found


def stored(club, record):
    return club.site.read(system(club.organisation), lambda view: records.read(view, "club.task", record.id)).hidden


def test_the_top_is_shown_and_a_branch_is_asked_for(chief, tree):
    page = chief.get("/club/task?as=tree")
    assert rows(page) == [("Тамыр", 0, True, False), ("Шет", 0, False, False)]
    part = html.unescape(re.search(r'data-twist="([^"]+)"', page.text)[1])
    branch = chief.get(part, HX_Request="true")
    assert "<html" not in branch.text and 'aria-level="2"' in branch.text
    assert rows(branch) == [("Бірінші", 1, True, False), ("Екінші", 1, False, False)]


def test_without_scripts_a_branch_is_a_page_with_its_path(chief, tree):
    top = chief.get("/club/task?as=tree")
    link = html.unescape(re.search(r'<a class="q-twist" role="button" href="([^"]+)"', top.text)[1])
    page = chief.get(link)
    assert [r[:2] for r in rows(page)] == [("Тамыр", 0), ("Бірінші", 1), ("Екінші", 1)]
    deeper = chief.get(f"/club/task?as=tree&on={tree['Бірінші'].id}")
    path = re.search(r'class="q-tree-path".*?</nav>', deeper.text, re.S)[0]
    assert re.findall(r">([^<>]+)</a>", path) == ["Всё дерево", "Тамыр", "Бірінші"]
    assert chief.get("/club/task?as=tree&on=01a21423-0000-7000-8000-000000000000").status_code == 404


def test_what_was_found_stands_below_all_that_is_above_it(chief, tree):
    page = chief.get("/club/task?as=tree&q=жапырақ")
    assert rows(page) == [("Тамыр", 0, False, True), ("Бірінші", 1, False, True), ("Жапырақ", 2, False, False)]
    assert "Найденное и всё, что стоит над ним" in page.text
    assert '<span class="q-total" role="status">1</span>' in page.text
    assert rows(chief.get("/club/task?as=tree&weight.gt=5")) == [], "nothing found is said, with no tree"


def test_open_branches_stay_open_when_the_tree_is_drawn_again(chief, tree):
    page = chief.get(f"/club/task?as=tree&open={tree['Тамыр'].id},{tree['Бірінші'].id},nonsense")
    assert [r[:2] for r in rows(page)] == [("Тамыр", 0), ("Бірінші", 1), ("Жапырақ", 2), ("Екінші", 1), ("Шет", 0)]
    assert page.text.count('aria-expanded="true"') >= 2


def place(who, club, record, parent, **more):
    sent = {"parent": str(parent.id) if parent else "", "version": stored(club, record)["version"], "list": "as=tree"}
    return who.post(f"/club/task/{record.id}/place", {**sent, **more}, headers=HX)


def test_a_record_is_moved_and_moved_back(chief, club, tree):
    answer = place(chief, club, tree["Екінші"], tree["Шет"], open=str(tree["Шет"].id))
    assert answer.status_code == 200 and "Перемещено: Екінші → Шет" in answer.text
    assert [r[:2] for r in rows(answer)] == [("Тамыр", 0), ("Шет", 0), ("Екінші", 1)]
    url, fields = re.search(r'<form method="post" action="([^"]+/undo)">(.*?)</form>', answer.text, re.S).groups()
    chief.post(url, dict(re.findall(r'name="(\w+)" value="([^"]*)"', fields)))
    assert stored(club, tree["Екінші"])["parent"] == tree["Тамыр"].id


def test_the_page_of_moving_offers_the_top_a_step_up_and_a_choice(chief, club, tree):
    page = chief.get(f"/club/task/{tree['Жапырақ'].id}/place?list=as%3Dtree")
    assert "На уровень выше: Тамыр" in page.text and "На самый верх" in page.text
    assert 'data-suggest="/club/task/choices/parent' in page.text
    answer = chief.post(f"/club/task/{tree['Жапырақ'].id}/place", parent="", list="as=tree",
                        version=stored(club, tree["Жапырақ"])["version"])
    assert answer.status_code == 303 and answer.headers["Location"] == "/club/task?as=tree"
    assert stored(club, tree["Жапырақ"])["parent"] is None
    place(chief, club, tree["Жапырақ"], tree["Бірінші"])


def test_a_ring_and_a_stale_move_are_refused(chief, club, tree):
    answer = place(chief, club, tree["Тамыр"], tree["Жапырақ"])
    assert answer.status_code == 422 and "Не перемещено" in answer.text
    answer = place(chief, club, tree["Екінші"], None, version="99")
    assert answer.status_code == 409 and stored(club, tree["Екінші"])["parent"] == tree["Тамыр"].id


def test_moving_needs_the_right_and_a_tree(chief, helper, club, tree):
    assert place(helper, club, tree["Екінші"], None).status_code == 403
    assert "data-moves" not in helper.get("/club/task?as=tree").text
    assert place(chief, club, tree["Екінші"], None, csrf_token="").status_code == 400
    assert chief.get(f"/club/member/{tree['Екінші'].id}/place").status_code == 404
    assert chief.get("/club/member?as=tree").status_code == 400
