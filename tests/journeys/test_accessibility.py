"""Every kind of page: nothing serious for assistive technology, everything reached by Tab, nothing wider than a phone.

The proof `accessibility` holds the figures of a full run: each kind in both themes, at both widths, in both languages.
"""

from __future__ import annotations

import zlib
from datetime import date
from pathlib import Path

import pytest

from tests.conftest import FULL
from tests.journeys.page_kinds import page_kinds
from tests.proofs import write_proof

WAYS = [("light", "ru", 1280), ("dark", "kk", 390), ("dark", "ru", 1280), ("light", "kk", 360)]
FIGURES: dict[str, int] = {"pages": 0, "serious": 0, "unreached": 0, "hidden_focus": 0, "too_wide": 0, "planted": 0}
TABS = 220

SCRIPT = (Path(__file__).parent / "walking.js").read_text("utf-8")


def ask(page, name: str, *given):
    """The answer of one function of walking.js."""
    return page.evaluate(f"given => ({SCRIPT.partition('*/')[2]}).{name}(...given)", list(given))


def serious(page) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    options = {"rules": {"target-size": {"enabled": True}}}  # of WCAG 2.2, which axe asks for only when told
    found = Axe().run(page, options=options).response["violations"]
    return [f"{v['id']}: {[n['target'] for n in v['nodes']][:3]}" for v in found
            if v["impact"] in ("serious", "critical")]


def walk(page) -> tuple[list[str], list[str]]:
    """What Tab does not reach, and where the focus is not to be seen."""
    count = ask(page, "reachable")
    ask(page, "begin")
    begun = ask(page, "focused")
    reached, hidden = {begun["walk"]} if begun and begun["walk"] else set(), []
    for _ in range(min(count * 2 + 20, TABS)):
        page.keyboard.press("Tab")
        found = ask(page, "focused")
        if found is None:
            break
        if found["walk"] in reached and len(reached) >= count:
            break
        if found["walk"] is not None:
            reached.add(found["walk"])
        if not found["ringed"] or found["covered"] or found["outside"]:
            hidden.append(f"{found['name']} {found}")
    # A page of hundreds of links is walked in part.
    missed = [] if count > TABS // 2 else ask(page, "missed", sorted(reached))
    return missed, hidden


def ways_of(name: str) -> list[tuple[str, str, int]]:
    """All in full runs; otherwise one, and of each kind of page every second day."""
    turn = zlib.crc32(name.encode())
    return WAYS if FULL else [WAYS[turn % len(WAYS)]] if (turn // 8 + date.today().toordinal()) % 2 else []


@pytest.fixture(scope="module")
def kinds(school):
    return page_kinds(school.site)


@pytest.mark.parametrize("way", WAYS, ids=lambda w: "-".join(map(str, w)))
def test_every_kind_of_page_is_open_to_everybody(person, kinds, way):
    theme, language, width = way
    wrong: list[str] = []
    people: dict[str, object] = {}
    for kind in kinds:
        if way not in ways_of(kind.name):
            continue
        if kind.login not in people:
            people[kind.login] = person(kind.login, language, width, color_scheme=theme)
        page = people[kind.login].page
        page.goto(kind.path)
        page.wait_for_load_state("networkidle")
        kind.prepare(page)
        FIGURES["pages"] += 1
        for finding in serious(page):
            FIGURES["serious"] += 1
            wrong.append(f"{kind.name}: {finding}")
        if ask(page, "wide"):
            FIGURES["too_wide"] += 1
            wrong.append(f"{kind.name}: wider than {width}")
        missed, hidden = walk(page)
        FIGURES["unreached"] += len(missed)
        FIGURES["hidden_focus"] += len(hidden)
        wrong += [f"{kind.name}: Tab does not reach {m}" for m in missed]
        wrong += [f"{kind.name}: the focus is not seen on {h}" for h in hidden]
    assert not wrong, "\n".join(wrong)


def test_planted_faults_are_found(person):
    clerk = person("clerk", "ru", 1280)
    page = clerk.page
    page.goto("/edms/order/new")
    page.wait_for_load_state("networkidle")
    assert not serious(page)
    page.evaluate("document.querySelector('label[for=subject]').remove()")
    page.evaluate("document.querySelector('#subject').removeAttribute('aria-label')")
    assert serious(page)
    page.evaluate("document.querySelector('#subject').style.outline = 'none'")
    page.reload()
    page.wait_for_load_state("networkidle")
    page.evaluate("""() => {
        const lid = document.createElement("div");
        lid.style.cssText = "position: fixed; inset: 0 0 50% 0; z-index: 9999";
        document.body.append(lid);
    }""")
    assert walk(page)[1], "a focus under something else is found"
    page.evaluate("""() => {
        const plank = document.createElement("div");
        plank.style.cssText = "width: 3000px; height: 1px";
        document.body.append(plank);
    }""")
    assert ask(page, "wide")
    FIGURES["planted"] = 3


def test_the_proof_is_written(kinds):
    if not FULL or FIGURES["pages"] < len(kinds) * len(WAYS):
        pytest.skip("figures are kept of full runs")
    write_proof("accessibility", {
        "page_kinds": (len(kinds), ">=", 25), "pages_judged": (FIGURES["pages"], ">=", len(kinds) * len(WAYS)),
        "serious_findings": (FIGURES["serious"], "==", 0), "not_reached_by_tab": (FIGURES["unreached"], "==", 0),
        "focus_not_seen": (FIGURES["hidden_focus"], "==", 0),
        "wider_than_the_screen": (FIGURES["too_wide"], "==", 0),
        "planted_found": (FIGURES["planted"], "==", 3),
    }, None, "axe-core over a page of every kind, light and dark, 1280, 390 and 360 px, Kazakh and Russian; every "
             "interactive element by Tab. Kinds: " + ", ".join(k.name for k in kinds))
