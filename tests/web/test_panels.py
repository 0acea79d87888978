"""What stands beside a record: files and pictures, records that point here, comments; each by its own right."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from PIL import Image

from engine.services import records
from engine.services.actor import system
from engine.services.identity import set_password
from tests.web.conftest import PASSWORD, Browser
from tests.web.test_layout import chief, helper, made  # noqa: F401 - fixtures

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def photo(size=(400, 200)):
    stream = BytesIO()
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = "secret place", 6
    Image.new("RGB", size, "red").save(stream, "JPEG", exif=exif)
    return stream.getvalue()


def version(browser, place):
    page = browser.get(f"{place}/edit").text
    return re.search(r'name="version" value="(\d+)"', page[page.index('id="record"'):])[1]


def upload(browser, place, field, *files):
    return browser.post(f"{place}/files", {"field": field, "version": version(browser, place),
                                           field: [(BytesIO(content), name) for content, name in files]})


# -- files ------------------------------------------------------------------------------------------------------------


def test_files_are_put_beside_a_record_on_the_spot(chief, made):  # noqa: F811
    place = made()
    assert upload(chief, place, "papers", (PDF, "шарт.pdf"), (photo(), "сурет.jpg")).status_code == 303
    page = chief.get(place).text
    assert "шарт.pdf" in page and "сурет.jpg" in page and "Файл добавлен" in page
    assert re.search(r'data-preview="document" data-name="шарт\.pdf"', page)
    assert re.search(r'files/[0-9a-f-]{36}\?size=96" alt=""', page)
    assert "шарт.pdf, сурет.jpg" in chief.get(f"{place}/history").text, "the history calls files by name"
    assert upload(chief, place, "papers", (PDF, "екінші.pdf")).status_code == 303
    assert "шарт.pdf" in chief.get(place).text, "those that were there stay"


def test_a_file_that_is_refused_is_refused_in_words_and_nothing_changes(chief, made):  # noqa: F811
    place = made()
    answer = upload(chief, place, "papers", (b"MZ" + bytes(99), "x.pdf"))
    assert answer.status_code == 422 and "q-errors" in answer.text
    late = chief.post(f"{place}/files", {"field": "papers", "version": "0", "papers": (BytesIO(PDF), "а.pdf")})
    assert late.status_code == 409
    assert "q-file-name" not in chief.get(place).text
    assert chief.post(f"{place}/files", {"field": "name", "version": "1"}).status_code == 404


def test_a_picture_stands_upright_says_nothing_and_has_small_copies(chief, made):  # noqa: F811
    place = made()
    upload(chief, place, "picture", (photo(), "а.jpg"))
    id = re.search(r'files/([0-9a-f-]{36})\?size=320', chief.get(place).text)[1]
    whole = chief.get(f"{place}/files/{id}")
    assert Image.open(BytesIO(whole.data)).size == (200, 400) and b"secret" not in whole.data
    small = chief.get(f"{place}/files/{id}?size=96")
    assert small.mimetype == "image/webp" and Image.open(BytesIO(small.data)).size == (48, 96)
    assert small.headers["Cache-Control"] == "no-store" and small.headers["X-Content-Type-Options"] == "nosniff"
    for size in ("97", "0", "-96", "96000000", "x", "9 6", "²"):
        assert chief.get(f"{place}/files/{id}?size={size}").status_code == 404, size


def test_every_way_to_a_file_asks_for_its_field_and_its_record(chief, helper, made):  # noqa: F811
    place, other = made(), made()
    upload(chief, place, "papers", (photo(), "а.jpg"))
    id = re.search(r'files/([0-9a-f-]{36})\?size=96', chief.get(place).text)[1]
    for more in ("", "?show=1", "?size=96", "?size=1280"):
        assert chief.get(f"{place}/files/{id}{more}").status_code == 200
        assert helper.get(f"{place}/files/{id}{more}").status_code == 404, "a field above the role"
        assert chief.get(f"{other}/files/{id}{more}").status_code == 404, "another record"
    version_now = version(chief, place)
    chief.post(f"{place}/archive", version=version_now)
    assert chief.get(f"{place}/files/{id}?size=96").status_code == 200, "an archived record is still read"
    hidden = made(code="hidden")
    assert upload(chief, hidden, "picture", (photo(), "б.jpg")).status_code == 303
    id = re.search(r'files/([0-9a-f-]{36})\?size=320', chief.get(hidden).text)[1]
    for more in ("", "?show=1", "?size=320"):
        assert helper.get(f"{hidden}/files/{id}{more}").status_code == 404, "a record that is not shown"


def test_only_what_cannot_act_is_shown_in_a_page(chief, made):  # noqa: F811
    place = made()
    texts = "<script>alert(1)</script> Қазақша".encode()
    upload(chief, place, "papers", (PDF, "а.pdf"), (texts, "б.txt"), ("Привет, это текст".encode("cp1251"), "в.txt"))
    ids = re.findall(r'href="[^"]*/files/([0-9a-f-]{36})\?show=1"', chief.get(place).text)
    document, text, old = (chief.get(f"{place}/files/{id}?show=1") for id in ids)
    assert document.headers["Content-Disposition"].startswith("inline") and document.mimetype == "application/pdf"
    assert text.mimetype == "text/plain" and text.headers["X-Content-Type-Options"] == "nosniff"
    assert any(policy.startswith("sandbox;") for policy in text.headers.getlist("Content-Security-Policy"))
    assert text.data.decode() == texts.decode() and old.content_type == "text/plain; charset=windows-1251"
    for id in ids:
        assert chief.get(f"{place}/files/{id}").headers["Content-Disposition"].startswith("attachment")


# -- records that point here ------------------------------------------------------------------------------------------


def test_records_that_point_here_are_listed_with_a_way_to_all_and_to_a_new_one(chief, made):  # noqa: F811
    place = made(name="Бас")
    id = place.rpartition("/")[2]
    for n in range(4):
        made(name=f"Дос {n}", friend=id)
    page = chief.get(place).text
    panel = page[page.index('data-panel="related"'):]
    assert [f"Дос {n}" in panel for n in range(4)] == [True, True, False, False]
    assert f'href="/club/pupil?friend.is={id}"' in panel and f'href="/club/pupil/new?friend={id}"' in panel
    assert "Дос 3" in chief.get(f"/club/pupil?friend.is={id}").text
    section = page[page.index('id="section-family-friends"'):page.index('id="tab-works"')]
    assert all(f"Дос {n}" in section for n in range(4)), "a field that lists them stands where the form puts it"
    new = chief.get(f"/club/pupil/new?friend={id}").text
    assert re.search(rf'<option value="{id}" selected>Бас', new)


def test_a_related_list_shows_only_what_its_reader_may_see(chief, helper, made):  # noqa: F811
    place = made(name="Көз")
    id = place.rpartition("/")[2]
    made(name="Көрінетін", friend=id)
    chief.post("/club/pupil/new", _fields="name code kind friend parent_name", name="Жасырын", code="hidden",
               kind="child", friend=id, parent_name="x")
    assert "Көрінетін" in helper.get(place).text
    assert "Жасырын" not in helper.get(place).text


def test_a_form_that_is_open_is_not_crowded_by_lists(chief, made):  # noqa: F811
    place = made()
    page = chief.get(f"{place}/edit").text
    assert 'data-panel="related"' not in page and 'id="section-family-friends"' not in page


# -- comments ---------------------------------------------------------------------------------------------------------


def comment_ids(page):
    return re.findall(r'id="comment-([0-9a-f-]{36})"', page)


def test_a_comment_is_text_whatever_is_written(chief, made):  # noqa: F811
    place = made()
    said = chief.post(f"{place}/comments", text="<script>alert(1)</script>\nhttps://e.kz/a?b=1&c=2. @chief сәлем")
    assert said.status_code == 303 and said.headers["Location"] == f"{place}#comments"
    page = chief.get(place).text
    assert "&lt;script&gt;" in page and "<script>alert" not in page
    assert '<a href="https://e.kz/a?b=1&amp;c=2" rel="noopener noreferrer nofollow" target="_blank">' in page
    assert '<b class="q-mention">@chief</b>' in page


@pytest.mark.parametrize("text", ["", "  \n ", "a" * 4001, "\u0000\u200b"])
def test_a_comment_that_says_nothing_or_too_much_is_refused_and_kept_in_its_box(chief, made, text):  # noqa: F811
    answer = chief.post(f"{made()}/comments", text=text)
    assert answer.status_code == 422 and "q-error" in answer.text and "<textarea" in answer.text


def test_who_reads_the_record_reads_its_comments_and_needs_a_verb_to_write(chief, helper, made):  # noqa: F811
    place, hidden = made(), None
    chief.post(f"{place}/comments", text="Көрінеді")
    assert "Көрінеді" in helper.get(place).text and 'id="comment-text"' not in helper.get(place).text
    assert helper.get(f"{place}/comments").status_code == 200
    assert helper.post(f"{place}/comments", text="мен де").status_code == 403
    hidden = chief.post("/club/pupil/new", _fields="name code kind parent_name", name="Ж", code="hidden",
                        kind="adult").headers.get("Location") or next_hidden(chief)
    assert helper.get(f"{hidden}/comments").status_code == 404


def next_hidden(browser):
    return re.search(r'href="(/club/pupil/[0-9a-f-]{36})"', browser.get("/club/pupil?code.is=hidden").text)[1]


def test_only_the_author_changes_a_comment_and_only_for_a_while(chief, made, studio):  # noqa: F811
    place = made()
    chief.post(f"{place}/comments", text="біріншi")
    id = comment_ids(chief.get(place).text)[0]
    page = chief.get(f"{place}/comments?change={id}")
    assert ">біріншi</textarea>" in page.text
    assert chief.post(f"{place}/comments", text="екінші", change=id).status_code == 303
    assert "екінші" in chief.get(place).text and "изменено" in chief.get(place).text
    second = another_chief(studio)
    assert f"comments?change={id}" not in second.get(place).text
    assert second.post(f"{place}/comments", text="мен", change=id).status_code == 403
    assert second.post(f"{place}/comments/{id}/remove").status_code == 403
    later = studio.site.clock.now
    try:
        moment = later()
        studio.site.clock.now = lambda: moment.replace(year=moment.year + 1)
        assert chief.post(f"{place}/comments", text="кеш", change=id).status_code in (401, 409)
    finally:
        studio.site.clock.now = later


def another_chief(studio, login="second"):
    def work(uow):
        user = records.create(uow, "system.user", {"login": login, "active": True, "roles": [{"role": "chief"}]})
        set_password(uow, user.id, PASSWORD)

    studio.site.write(system(studio.organisation), work)
    return Browser(studio.app, login)


def test_a_comment_is_taken_back_and_its_words_stay_in_the_journal(chief, made, studio):  # noqa: F811
    import sqlalchemy as sa

    from engine.storage.system.tables import JOURNAL

    place = made()
    chief.post(f"{place}/comments", text="қате сөз")
    id = comment_ids(chief.get(place).text)[0]
    part = chief.post(f"{place}/comments/{id}/remove", headers={"HX-Request": "true"})
    assert part.status_code == 200 and "<html" not in part.text and "қате сөз" not in part.text
    assert chief.post(f"{place}/comments/{id}/remove").status_code == 404
    with studio.site.database.reading() as connection:
        told = connection.execute(sa.select(JOURNAL.c.operation, JOURNAL.c.changes).where(
            JOURNAL.c.operation.like("comment%")).order_by(JOURNAL.c.id.desc()).limit(2)).all()
    assert [(t.operation, t.changes["comment"]) for t in told] == [
        ("comment remove", ["қате сөз", None]), ("comment", [None, "қате сөз"])]
    assert "қате сөз" not in chief.get(f"{place}/history").text


def test_a_person_who_is_mentioned_and_may_read_the_record_is_told(chief, helper, made, studio):  # noqa: F811
    place = made(name="Айтқали")
    chief.post(f"{place}/comments", text="@helper қараңыз, @nobody.else мен @chief те")
    notices = helper.get("/notices").text
    assert "Айтқали" in notices and "упоминает вас" in notices
    assert "упоминает вас" not in chief.get("/notices").text, "nobody tells oneself"
    hidden = next_hidden(chief)
    before = helper.get("/notices").text.count("упоминает вас")
    chief.post(f"{hidden}/comments", text="@helper мұнда да")
    assert helper.get("/notices").text.count("упоминает вас") == before, "who may not read the record hears nothing"


def test_an_archived_record_takes_no_more_comments(chief, made):  # noqa: F811
    place = made()
    chief.post(f"{place}/archive", version=version(chief, place))
    assert chief.post(f"{place}/comments", text="кеш").status_code == 403


# -- folding ----------------------------------------------------------------------------------------------------------


def test_what_a_person_folded_stays_folded(chief, made):  # noqa: F811
    place = made()
    assert re.search(r'data-panel="history" open', chief.get(place).text)
    chief.client.set_cookie("q_folded", "history.nonsense")
    page = chief.get(place).text
    assert 'data-panel="history">' in page and "toggle from:closest details once" in page
    assert re.search(r'data-panel="files" open', page)
