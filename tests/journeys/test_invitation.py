"""A new teacher: invited by a letter, with a second factor of their own, and with their own classes only."""

from __future__ import annotations

import email
import re
import time
from email import policy as mail_policy

import pyotp
from playwright.sync_api import expect

from engine.services import records
from engine.services.actor import system
from engine.services.jobs import work_off
from engine.services.registries import Query, listing
from engine.services.seeding.filling import organisations
from tests.browsing import arrive

CHOSEN = "тау мен дала жыры"


def somebody_with_a_class(school):
    """Names of the learners in the classes of a teacher who has no account yet; it is made as an import would make it."""
    engine = system(organisations(school.site)[0])

    def make(uow):
        groups = listing(uow, "school.group", Query(fields=("teacher",), where="not empty(teacher)", limit=100)).records
        taken = {r["person"] for r in listing(uow, "system.user", Query(fields=("person",), limit=100)).records}
        for group in groups:
            employee = records.read(uow, "directory.employee", group["teacher"])
            if employee.values["person"] not in taken:
                break
        person = records.read(uow, "system.person", employee.values["person"])
        records.edit(uow, "system.person", person.id, {"email": "aisulu@school.kz"}, person.version)
        records.create(uow, "system.user", {
            "login": "aisulu", "active": True, "language": "ru", "person": str(person.id), "roles": [{"role": "teacher"}]})
        return employee.id

    employee = school.site.write(engine, make)
    rule = f'any(memberships, group.teacher == "{employee}" and since <= today and (empty(until) or until >= today))'
    return set(school.names("school.learner", where=rule).values())


def letter_to(school, address):
    work_off(school.site)
    for path in (school.site.settings.data / "mail").glob("*.eml"):
        message = email.message_from_bytes(path.read_bytes(), policy=mail_policy.default)
        if message["To"] == address:
            return message.get_content()
    raise AssertionError("no letter came")


def test_a_new_teacher_comes_by_invitation_and_sees_the_own_classes_only(person, school):
    own = somebody_with_a_class(school)
    every = set(school.names("school.learner").values())
    assert own and own < every

    administrator = person("administrator", "ru")
    administrator.go("/system/user")
    administrator.find("aisulu")
    administrator.page.click(".q-panel a[href^='/accounts/']")
    administrator.page.click("form[action$='/invite'] button")
    arrive(administrator.page, ".q-notice-done")
    link = re.search(r"/sign-in/link/\S+", letter_to(school, "aisulu@school.kz"))[0]

    teacher = person("", "ru", 390)
    page = teacher.page
    page.goto(link)
    page.fill("#new", "password1234")
    page.fill("#again", "password1234")
    page.keyboard.press("Enter")
    expect(page.locator("#new-error")).to_be_visible()
    page.fill("#new", CHOSEN)
    page.fill("#again", CHOSEN)
    page.keyboard.press("Enter")
    arrive(page, "#login")
    teacher.sign_in("aisulu", CHOSEN, "ru")

    page.click(".q-person")
    page.click("a[href='/account']")
    page.click("a[href='/account/factors']")
    page.fill("#password-begin", CHOSEN)
    page.keyboard.press("Enter")
    page.wait_for_selector(".q-qr")
    page.click("details summary:has-text('ключ')")
    telephone = pyotp.TOTP(page.inner_text(".q-scan .q-secret").replace(" ", ""))
    page.fill("#code", telephone.now())
    page.keyboard.press("Enter")
    page.wait_for_selector(".q-recovery")
    assert page.locator(".q-recovery li").count() == 10
    page.click(".q-next-steps a.btn-primary")
    page.click(".q-person")
    page.click("form[action='/sign-out'] button")

    arrive(page, "#login")
    teacher.sign_in("aisulu", CHOSEN, "ru", arrives="#code")
    assert page.locator(".q-rail").count() == 0
    page.fill("#code", "000000")
    page.keyboard.press("Enter")
    page.wait_for_selector("#errors")
    page.fill("#code", telephone.at(time.time() + 30))  # the code of before was used up at the set-up
    page.keyboard.press("Enter")
    arrive(page, ".q-app")
    teacher.go("/school/learner")
    seen = set(page.locator(".q-table tbody tr td a").all_inner_texts())
    assert seen == own

    page.goto(link)
    assert page.locator("#new").count() == 0, "the link is used up"
