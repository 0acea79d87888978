"""Nothing that people or describers write runs in a real browser, nor changes a page (security.md, 19-21).

Payloads stand in every field that takes a text, in names of files, comments, titles of saved views, and in labels,
options, hints, help and messages of the YAML. The judge is the browser: no script ran, no element came of a text, the
content security policy was never called upon, nothing personal stays behind after signing out.
"""

from __future__ import annotations

import io
import shutil
import threading
from contextlib import contextmanager
from typing import Any

import pytest
from werkzeug.serving import make_server

from engine.app import create_app
from engine.services import comments, records
from engine.services.attachments import take_file
from engine.services.identity import set_password
from tests.conftest import FULL
from tests.security.figures import figure, none_wrong, planted
from tests.security.world import PAYLOADS

TEST, STORAGE, HTMX = "test_xss_matrix", "test_storage_empty_after_logout", "test_htmx_config"
PASSWORD, PERSONAL = "тек сынақ үшін 1", "Жеке-мағлұмат-71c"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium: apt-get install chromium"),
]
WATCH = """
window.__reports = [];
document.addEventListener('securitypolicyviolation',
  e => window.__reports.push(e.violatedDirective + ' ' + e.blockedURI));
"""
LOOK = """() => ({
  ran: window.__xss ?? null, reports: window.__reports,
  grown: [...document.querySelectorAll(
    'script:not([src]), [onerror], [onload], [onfocus], [srcdoc], img[src="x"], [name="xss"], [hx-get="/xss"], base,' +
    'math, style, [href^="javascript"], [src^="javascript"], form[action*="evil"], iframe[srcdoc]'
  )].map(e => e.outerHTML.slice(0, 90)),
})"""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {
        **browser_type_launch_args,
        "executable_path": shutil.which("chromium"),
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@contextmanager
def served(app: Any) -> Any:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(5)


def texts(fort: Any, shift: int) -> dict[str, Any]:
    """A payload for each field of `fort.thing` that takes a text as it is."""
    found: dict[str, Any] = {}
    for number, f in enumerate(fort.catalog.entity("fort.thing").fields.values()):
        payload = PAYLOADS[(number + shift) % len(PAYLOADS)]
        if not f.is_input or f.key in ("parent",) or f.kind.targets(f) or f.kind.upload(f) or f.is_many:
            continue
        value: Any = {"kk": payload, "ru": payload} if f.translated else payload
        for raw in (value, f"https://example.kz/?{payload}", {"note": payload}):
            draft = fort.site.read(fort.here.system, lambda v, k=f.key, r=raw: records.preview(v, "fort.thing", {k: r}))
            if not any(p.path.split(".")[0] == f.key for p in draft.problems):
                found[f.key] = raw
                break
    return {**found, "text_one": PAYLOADS[shift % len(PAYLOADS)], "hidden": False}


@pytest.fixture(scope="module")
def trapped(fort_on):
    """The fort with payloads in everything that somebody can write."""
    fort = fort_on("sqlite")
    owner, here = fort.here.people["owner"], fort.here
    fort.traps, fort.filled = [], set()
    for shift in range(len(PAYLOADS) if FULL else 4):
        raw = texts(fort, shift * (1 if FULL else 4))
        fort.filled |= set(raw)
        item = here.create("fort.item", {"name": PAYLOADS[shift]})
        supplier = here.create("fort.supplier", {"name": PAYLOADS[(shift + 1) % len(PAYLOADS)]})
        raw |= {
            "supplier": str(supplier.id),
            "many": [str(item.id)],
            "lines": [{"label": PAYLOADS[shift][:40]}],
            "choice_one": "wood",
            "date_one": "2026-03-02",
        }
        fort.traps.append(here.create("fort.thing", raw))
        name = PAYLOADS[shift % len(PAYLOADS)].replace("/", "∕") + ".txt"
        info = take_file(fort.site, owner, "fort.deed", "paper", io.BytesIO(b"text"), name)
        deed = here.create(
            "fort.deed", {"note": PAYLOADS[shift], "paper": str(info.id), "thing": str(fort.traps[-1].id)}, owner
        )
        fort.site.write(owner, lambda uow, d=deed, s=shift: comments.comment(uow, "fort.deed", d.id, PAYLOADS[s]))
        here.create("trap.lure", {"name": PAYLOADS[shift], "kind": "a", "days": "2026-03-02"})
        fort.deed = deed
    person = fort.person("owner")
    for payload in PAYLOADS[:6]:
        person.post(f"/fort/thing/views?where={'empty(secret)'}", {"title": payload[:60], "audience": "mine"})
    return fort


def places(fort: Any) -> list[str]:
    thing, deed, lure = fort.traps[0], fort.deed, fort.here.sample("trap.lure")
    found = [
        "/",
        "/fort",
        "/fort/thing",
        "/fort/thing?as=board&by=choice_one",
        "/fort/thing?as=cards",
        "/search?q=xss",
        "/fort/thing?as=calendar&by=date_one&on=2026-03-02",
        "/fort/thing/filter",
        "/fort/thing/columns",
        f"/fort/thing/{thing.id}",
        f"/fort/thing/{thing.id}/edit",
        f"/fort/thing/{thing.id}/history",
        f"/fort/thing/{thing.id}/move?by=choice_one",
        f"/fort/thing/{thing.id}/place",
        f"/fort/deed/{deed.id}",
        f"/fort/deed/{deed.id}/edit",
        f"/fort/deed/{deed.id}/comments",
        "/trap",
        "/trap/lure",
        "/trap/lure/new",
        f"/trap/lure/{lure.id}/edit",
        "/trap/lure?view=trap",
        "/help/trap/lure",
        "/help/trap",
        "/trap/lure/import",
        "/fort/thing?q=%22%3E%3Cimg%20src=x%20onerror=window.__xss=1%3E",
        "/fort/thing?group=supplier",
        "/fort/%3Cscript%3Ewindow.__xss=1%3C/script%3E",
        "/sign-in/%22onfocus=window.__xss=1",
        "/fort/thing?sort=%3Cscript%3E",
        "/fort/thing?where=%3Csvg%20onload%3Dwindow.__xss%3D1%3E",
    ]
    if FULL:
        found += [f"/fort/thing/{t.id}{tail}" for t in fort.traps[1:] for tail in ("", "/edit", "/history")]
    return found


def opened(browser: Any, fort: Any, address: str) -> Any:
    context = browser.new_context(base_url=address, locale="ru-RU")
    context.add_init_script(WATCH)
    context.add_cookies([{"name": "sid", "value": fort.here.tokens["owner"], "url": address}])
    context.set_default_timeout(60_000)
    return context


def faults(browser: Any, fort: Any, app: Any, paths: list[str]) -> tuple[int, list[str]]:
    wrong: list[str] = []
    with served(app) as address:
        context = opened(browser, fort, address)
        page = context.new_page()
        page.on("dialog", lambda d: (wrong.append(f"dialog {d.message}"), d.dismiss()))
        page.on("console", lambda m: wrong.append(m.text[:150]) if "Content Security Policy" in m.text else None)
        for path in paths:
            page.goto(path)
            page.wait_for_load_state("load")
            page.evaluate("() => new Promise(done => setTimeout(done, 30))")
            seen = page.evaluate(LOOK)
            if seen["ran"] or seen["reports"] or seen["grown"]:
                wrong.append(f"{path}: {seen}")
        if paths and not wrong and len(paths) > 3:
            page.goto(f"/fort/thing/{fort.traps[0].id}/edit")
            page.locator("#supplier-box input").first.focus()
            page.keyboard.type("xss", delay=20)
            page.wait_for_timeout(600)
            seen = page.evaluate(LOOK)
            if seen["ran"] or seen["reports"] or seen["grown"]:
                wrong.append(f"choices: {seen}")
        context.close()
    return len(paths), wrong


def test_no_text_becomes_a_script_or_an_element(browser, trapped):
    sent, wrong = faults(browser, trapped, create_app(trapped.site), places(trapped))
    figure(TEST, "fields, kinds of names and labels that hold payloads", len(trapped.filled) + 14, ">=", 20)
    figure(TEST, "payloads", len(PAYLOADS), ">=", 15)
    none_wrong(TEST, "pages in chromium", sent, wrong, 25)


def _careless(app: Any, old: str, new: str) -> Any:
    """The application, with one kind of escaping undone in its pages."""

    def undo(response: Any) -> Any:
        if response.mimetype == "text/html" and not response.is_streamed:
            response.set_data(response.get_data(as_text=True).replace(old, new))
        return response

    app.after_request(undo)
    return app


@pytest.mark.parametrize(
    ("what", "old", "new", "path"),
    [
        ("angles are not escaped", "&lt;", "<", "/fort/thing"),
        ("angles are not escaped in labels", "&lt;", "<", "/trap/lure"),
        ("quotes are not escaped", "&#34;", '"', "/fort/thing/@/edit"),
        ("addresses are not judged", 'href="/fort', 'href="javascript:window.__xss=1//', "/fort/thing"),
        ("a script of the page itself", "</body>", "<script>window.__xss=1</script></body>", "/fort"),
        ("a style of the page itself", "</body>", "<p style='color:red'>a</p></body>", "/fort"),
    ],
)
def test_a_planted_hole_is_caught(browser, trapped, what, old, new, path):
    app = _careless(create_app(trapped.site), old, new)
    _, wrong = faults(browser, trapped, app, [path.replace("@", str(trapped.traps[1].id))])
    planted(TEST, what, bool(wrong))


# -- what stays behind ------------------------------------------------------------------------------------------------

LEFT = """async () => ({
  local: Object.entries({...localStorage}), session: Object.entries({...sessionStorage}),
  caches: (await caches.keys()), bases: (await indexedDB.databases()).map(d => d.name), cookies: document.cookie,
})"""
TASTES = ("q_grid_direction", "q_theme", "q_density", "q_rail", "q_text", "q_single_keys")
"""How somebody likes the page: nothing personal, and kept on purpose."""


@pytest.fixture
def somebody(trapped, monkeypatch):
    user = trapped.here.create(
        "system.user", {"login": f"u{id(monkeypatch)}", "active": True, "language": "ru", "roles": [{"role": "owner"}]}
    )
    trapped.site.write(trapped.here.system, lambda uow: set_password(uow, user.id, PASSWORD))
    trapped.here.create("fort.item", {"name": PERSONAL})
    return user.values["login"]


def behind(browser: Any, trapped: Any, app: Any, login: str, plant: str = "") -> list[str]:
    """What is left in the browser after a person worked and signed out."""
    wrong: list[str] = []
    with served(app) as address:
        context = browser.new_context(base_url=address, locale="ru-RU")
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.goto("/sign-in")
        page.fill("#login", login)
        page.fill("#password", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_load_state("load")
        for path in ("/fort/item", "/fort/item?q=71c", "/fort/item/new", "/guild/presence/grids/days"):
            page.goto(path)
        page.goto("/fort/item/new")
        page.fill("[name=name]", PERSONAL)
        page.wait_for_timeout(300)
        page.goto("/fort/item")
        page.wait_for_load_state("load")
        if plant:
            page.evaluate(plant)
        held = page.evaluate(LEFT)
        if PERSONAL in str(held):
            wrong.append(f"while working: {str(held)[:200]}")
        page.evaluate("document.querySelector('form[action=\"/sign-out\"]').submit()")
        page.wait_for_url("**/sign-in")
        left = page.evaluate(LEFT)
        wrong += [f"storage: {k}" for k, v in (*left["local"], *left["session"]) if k not in TASTES]
        wrong += [f"cache: {k}" for k in left["caches"] if PERSONAL in k or "page" in k] + [
            f"base: {b}" for b in left["bases"]
        ]
        wrong += [
            f"cookie: {c['name']}"
            for c in context.cookies()
            if c["name"] not in ("lang", "form") and not c["name"].startswith("q_")
        ]
        page.go_back()
        page.wait_for_load_state("load")
        if PERSONAL in page.content():
            wrong.append("the page behind is shown again")
        context.close()
    return wrong


def test_nothing_personal_stays_in_the_browser(browser, trapped, somebody):
    wrong = behind(browser, trapped, create_app(trapped.site), somebody)
    figure(STORAGE, "things left behind", len(wrong), "==", 0)
    assert wrong == []


@pytest.mark.parametrize(
    ("what", "plant"),
    [
        ("a page kept by a script", "localStorage.setItem('draft', document.body.innerText)"),
        ("a page kept for the session", "sessionStorage.setItem('htmx-history-cache', document.body.innerText)"),
    ],
)
def test_a_planted_remnant_is_caught(browser, trapped, somebody, what, plant):
    planted(STORAGE, what, bool(behind(browser, trapped, create_app(trapped.site), somebody, plant)))


def test_a_page_that_caches_keep_is_caught(browser, trapped, somebody):
    app = create_app(trapped.site)

    inner = app.wsgi_app

    def keeping(environ: Any, start: Any) -> Any:
        def begin(status: str, headers: Any, *more: Any) -> Any:
            left = [h for h in headers if h[0] not in ("Cache-Control", "Vary", "Clear-Site-Data")]
            return start(status, [*left, ("Cache-Control", "private, max-age=600")], *more)

        return inner(environ, begin)

    app.wsgi_app = keeping
    planted(STORAGE, "pages that caches keep", bool(behind(browser, trapped, app, somebody)))


def test_htmx_stays_inside_this_site(browser, trapped):
    """htmx 4 has no switch for eval: the policy is the fence (docs/decisions/htmx-and-the-policy.md)."""
    asked: list[str] = []
    with served(create_app(trapped.site)) as address:
        context = opened(browser, trapped, address)
        page = context.new_page()
        context.route("**/*evil.example/**", lambda route: (asked.append(route.request.url), route.abort()))
        page.goto("/fort/item")
        found = page.evaluate(
            "() => ({mode: htmx.config.mode, styles: htmx.config.includeIndicatorCSS, "
            "extensions: htmx.config.extensions})"
        )
        # By a timer: what is called by the tester's own evaluation may use eval whatever the policy says.
        page.evaluate("""() => { setTimeout(() => {
          const box = document.createElement('div');
          box.innerHTML = '<i id="out" hx-get="http://evil.example/a" hx-trigger="click">x</i>' +
            '<i id="ev" hx-get="/help" hx-vals="js:{a: (window.__xss = 1)}" hx-trigger="click[window.__xss = 1]">x</i>';
          document.querySelector('main').append(box); htmx.process(box);
          document.getElementById('out').click(); document.getElementById('ev').click();
        }, 20); }""")
        page.wait_for_timeout(800)
        ran = page.evaluate("window.__xss ?? null")
        context.close()
    figure(HTMX, "requests to another site", len(asked), "==", 0)
    figure(HTMX, "scripts in attributes that ran", int(bool(ran)), "==", 0)
    figure(
        HTMX,
        "settings that differ",
        sum(found[k] != v for k, v in (("mode", "same-origin"), ("styles", False), ("extensions", "none"))),
        "==",
        0,
    )
    assert found == {"mode": "same-origin", "styles": False, "extensions": "none"} and not asked and not ran
