"""What each of several people sees of the same records, and how they get in each other's way."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browsing import arrive


def test_a_teacher_sees_nothing_of_the_health_that_a_nurse_wrote_down(person):
    teacher = person("teacher", "kk", 390)
    teacher.go("/school/learner")
    name = teacher.page.locator(".q-table tbody tr td a").first.inner_text()

    nurse = person("nurse", "ru")
    nurse.go("/school/learner")
    nurse.find(name)
    nurse.page.click(".q-actions a[href*='/edit']")
    nurse.page.fill("#diagnosis", "Сколиоз первой степени")
    nurse.save()
    assert nurse.heading() == name and "Сколиоз первой степени" in nurse.page.inner_text("#record")

    teacher.find(name)
    teacher.page.wait_for_load_state("networkidle")
    html = teacher.page.content()
    assert name in html
    for secret in ("Сколиоз", "Диагноз", "diagnosis", "health_group", "allerg", "Денсаулық тобы"):
        assert secret not in html, secret
    history = teacher.page.locator(".q-panel a[href$='/history']")
    if history.count():
        history.click()
        assert "Сколиоз" not in teacher.page.content()


def test_a_parent_sees_the_own_children_by_name_and_nobody_else(person, school):
    parent = person("parent", "ru", 390)
    every = set(school.names("school.learner").values())
    parent.go("/school/learner")
    assert parent.heading() == "Мои дети"
    own = set(parent.page.locator(".q-table tbody tr td a").all_inner_texts())
    assert len(own) == 2 and own < every
    stranger = min(every - own)
    html = parent.page.content()
    assert not [name for name in every - own if name in html]
    parent.page.locator("#quick").press_sequentially(stranger, delay=5)
    arrive(parent.page, ".q-empty")
    parent.page.go_back()
    parent.go("/school/learner")
    parent.page.locator(".q-table tbody tr td a").first.click()
    arrive(parent.page, "#record")
    assert parent.heading() in own
    parent.go("/accounting/invoice")
    assert parent.heading() == "Мои счета"
    assert parent.page.locator(".q-head .btn-primary").count() == 0


def test_an_administrator_adds_a_user_who_signs_in(person):
    administrator = person("administrator", "kk")
    page = administrator.page
    administrator.go("/system/user")
    administrator.begin()
    page.fill("#login", "zere")
    page.select_option("#roles-0-role", "cook")
    administrator.save()
    assert administrator.heading() == "zere"
    page.click(".q-panel a[href^='/accounts/']")
    page.click("form[action$='/first-password'] button")
    first = page.inner_text(".q-secret")
    page.click(".q-actions .btn-primary")
    assert first not in page.content(), "it is shown this one time"

    zere = person("", "ru")
    zere.sign_in("zere", first, "ru", arrives="#new")
    assert zere.page.locator(".q-rail").count() == 0
    zere.page.fill("#old", first)
    zere.page.fill("#new", "жаңа құпиясөз 12")
    zere.page.fill("#again", "жаңа құпиясөз 13")
    zere.page.keyboard.press("Enter")
    expect(zere.page.locator("#again-error")).to_be_visible()
    zere.page.fill("#old", first)
    zere.page.fill("#new", "жаңа құпиясөз 12")
    zere.page.fill("#again", "жаңа құпиясөз 12")
    zere.page.keyboard.press("Enter")
    arrive(zere.page, ".q-app")
    assert zere.page.locator(".q-person").inner_text().strip().endswith("zere")
    zere.go("/canteen/dish")
    assert zere.page.locator(".q-table tbody tr").count() > 5
    assert zere.page.locator(".q-rail a[href='/system/user']").count() == 0
    zere.page.click(".q-person")
    zere.page.click("form[action='/sign-out'] button")
    expect(zere.page.locator("#login")).to_be_visible()
