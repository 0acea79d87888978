"""A clerk admits a child by the wizard: the child made on the way, a mistake told, a last look, one save."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browsing import arrive
from tests.journeys.people import picture

WORDS = {
    "kk": ("Жаңабекова", "Айсұлу", "Оқуға қабылдау", "Баланың"),
    "ru": ("Петрова", "Алиса", "Приём на обучение", "Укажите"),
}


def at_step(page, key):
    """Wait for a step; a busy machine may take its time."""
    expect(page.locator("[name=_step]")).to_have_value(key, timeout=20_000)


@pytest.mark.parametrize(("language", "width"), [("kk", 1280), ("ru", 390)])
def test_a_clerk_admits_a_child_step_by_step(person, school, language, width):
    last, first, title, told = WORDS[language]
    clerk = person("clerk", language, width)
    page = clerk.page
    clerk.go("/school/learner")
    clerk.begin()
    assert clerk.heading() == title
    expect(page.locator(".q-step[aria-current=step]")).to_contain_text("1")

    # The child is not in the list: made in a dialog, chosen at once.
    page.click("button[name=_quick][value=person]")
    small = page.frame_locator("dialog iframe")
    small.locator("#last_name").fill(last)
    small.locator("#first_name").fill(first)
    small.locator("[data-save]").click()
    expect(page.locator("#person-box .item")).to_contain_text(last)
    page.fill("#file_number", f"W-{width}")
    page.keyboard.press("Control+Enter")

    at_step(page, "place")
    page.keyboard.press("Control+Enter")  # a mistake is told, the step stays
    expect(page.locator(".q-errors")).to_be_focused(timeout=20_000)
    clerk.choose("study_unit", next(iter(school.names("system.unit", language, 'kind == "school"').values())))
    page.fill("#enrolled_on", "2026-09-01")
    page.select_option("#special_needs", "yes")
    expect(page.locator(".q-step")).to_have_count(5)  # a step more, as the answer asks for it
    expect(page.locator("#education_level-field")).to_have_class("q-field q-w-6 is-required")
    page.select_option("#education_level", index=1)
    page.click("[data-save]")
    at_step(page, "support")
    page.fill("#special_needs_note", "Тьютор")
    page.click("[data-save]")
    at_step(page, "family")
    page.click("[data-save]")
    expect(page.locator(".q-errors")).to_contain_text(told, timeout=20_000)
    page.locator("#guardians [data-row-add]").click()
    arrive(page, "#guardians-0")
    mother = next(iter(school.names("system.person", language).values()))
    clerk.choose("guardians-0-guardian", mother)
    page.select_option("#guardians-0-relation", "mother")
    page.click("[data-save]")
    at_step(page, "review")

    review = page.locator(".q-review")
    expect(review).to_be_visible()
    for text in (f"{last} {first}", f"W-{width}", "Тьютор", mother):
        expect(review).to_contain_text(text)
    expect(page.locator("#step-title")).to_be_focused()
    picture(page, f"wizard-{language}")
    review.locator("button[value=place]").click()  # back to one step, and straight to the end again
    at_step(page, "place")
    expect(page.locator("#enrolled_on")).to_have_value("2026-09-01")
    page.select_option("#study_form", index=1)
    for step in ("support", "family", "review"):
        page.click("[data-save]")
        at_step(page, step)
    expect(review).to_be_visible()
    clerk.save()
    assert last in clerk.heading() and page.locator(".q-step").count() == 0
    expect(page.locator("#tab-study")).to_be_visible()
    page.click("#tab-family-head")
    expect(page.locator("#guardians")).to_contain_text(mother)
