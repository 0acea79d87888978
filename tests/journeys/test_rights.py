"""A parent at every door, a director who asks about a diagnosis, an administrator before a change."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
from PIL import Image
from playwright.sync_api import expect

from engine.services import records
from engine.services.actor import system
from engine.services.attachments import take_file
from engine.services.display import names_of
from engine.services.identity import create_key
from engine.services.registries import Query, listing
from engine.services.seeding.recipes.keeping import actor_called
from tests.browsing import arrive
from tests.journeys.people import picture

LEARNER = "school.learner"
URL = "/school/learner"


@pytest.fixture(scope="module")
def children(school):
    """`.mine` and `.other`: ids of a child of the parent and of somebody else's, with photographs; `.names` by id."""
    site, parent = school.site, actor_called(school.site, "parent")
    engine = system(parent.organisation_id)

    def ids(actor):
        found = site.read(actor, lambda v: listing(v, LEARNER, Query(fields=("id",), limit=200))).records
        return {r["id"] for r in found}

    def photograph(id):
        drawn = io.BytesIO()
        Image.new("RGB", (40, 40), "teal").save(drawn, "PNG")
        file = take_file(site, engine, LEARNER, "photo", io.BytesIO(drawn.getvalue()), "бала.png")
        child = site.read(engine, lambda v: records.read(v, LEARNER, id))
        site.write(engine, lambda u: records.edit(u, LEARNER, id, {"photo": str(file.id)}, child.version))
        return f"{URL}/{id}/files/{file.id}"

    own = ids(parent)
    mine, other = min(own), min(ids(engine) - own)
    return SimpleNamespace(
        mine=mine, other=other, own=own, key=create_key(site, "parent"),
        photos={id: photograph(id) for id in (mine, other)},
        names=site.read(engine, lambda v: names_of(v, LEARNER, [*own, other]), language="ru"))


def test_a_parent_comes_to_the_own_child_alone_by_every_door(person, children):
    parent = person("parent", "kk")
    page, other = parent.page, children.names[children.other]
    key = {"Authorization": f"Bearer {children.key}"}

    def status(path, **headers):
        return page.request.get(path, headers=headers, max_redirects=0).status

    for id, good in ((children.mine, 200), (children.other, 404)):
        assert status(f"{URL}/{id}") == good, "the page"
        assert status(f"{URL}/{id}/rights") == good
        assert status(f"/api/v1{URL}/{id}", **key) == good, "REST"
        assert status(children.photos[id]) == good, "the file by its address"
        assert status(f"{children.photos[id]}?size=320") == good, "its small copy"
        assert status(f"{URL}/{id}/history") in (403, 404), "parents have no right to histories"
    listed = page.request.get(f"/api/v1{URL}?limit=200", headers=key).json()["data"]
    assert {str(i) for i in children.own} == {one["id"] for one in listed}
    assert status(f"{URL}/export?format=csv") in (403, 404), "export"
    assert f"{URL}/{children.mine}\"" in page.request.get(f"/search?q={children.names[children.mine]}").text()
    link = f"{URL}/{children.other}\""  # what was asked for is echoed, so that a name alone tells nothing
    assert link not in page.request.get(f"/search?q={other}").text(), "search everywhere"
    assert f"{URL}/{children.mine}" in page.request.get(URL).text()
    for asked in (f"{URL}?q={other}", f"{URL}?id.is={children.other}", f"{URL}?sort=-full_name"):
        assert link not in page.request.get(asked).text(), asked
    page.goto(f"{URL}/{children.other}")
    expect(page.locator("h1")).not_to_contain_text(other)


def test_the_director_asks_who_can_see_a_diagnosis(person, children):
    director = person("director", "ru")
    page = director.page
    director.go(URL)
    director.find(children.names[children.mine])
    page.locator("details.q-drop", has=page.locator("a[href$='/rights']")).locator("summary").click()
    page.click("a[href$='/rights']")
    arrive(page, "#seers-title")
    director.tab_to("select[name=field]")
    page.select_option("select[name=field]", "diagnosis")
    director.press("Tab", "Enter")
    page.wait_for_url("**field=diagnosis**")
    arrive(page, "#seers-title")
    expect(page.locator("#seers-title")).to_contain_text("иагноз")
    told = page.locator("section", has=page.locator("#seers-title")).locator("tbody tr")
    by = told.locator("td:last-child").all_inner_texts()
    assert any(b.startswith("Медицинская сестра") for b in by) and any(b.startswith("Родитель") for b in by)
    assert not any(b.startswith(("Директор", "Педагог")) for b in by), "the director learns who, not what"
    assert "Сколиоз" not in page.content()
    picture(page, "who-sees-a-diagnosis")


def test_the_administrator_sees_what_a_change_would_give_before_it_is_made(person, school):
    administrator = person("administrator", "kk", 390)
    page = administrator.page
    page.goto("/rights")
    arrive(page, "#rights")
    page.click("a[href='/rights/preview']")
    arrive(page, "[name=role]")
    page.select_option("[name=role]", "nurse")
    page.select_option("[name=user]", label="cook")
    page.locator(".q-rights-form button").click()
    arrive(page, "#gain-title")
    expect(page.locator("#gain-title")).to_contain_text("1")
    assert page.locator("tbody tr").count() > 3
    picture(page, "what-a-change-would-give")
    assert actor_called(school.site, "cook").roles == {"cook"}, "nothing was changed"
