"""The workbook to fill in: what is written into it as a list would show it comes back as the same values."""

from __future__ import annotations

import io

import openpyxl
import pytest

from engine import hooks
from engine.fields.cells import DURATION, MOMENT
from engine.language.formats import ZONE
from engine.services import records
from engine.services.transfer.importing import verbs
from engine.services.transfer.importing.marked import write_marked
from engine.services.transfer.importing.targets import targets
from engine.services.transfer.importing.template import write_template
from tests.services.transfer.conftest import csv
from tests.services.transfer.shop import comes_in_a_cell

POSITION = {"name": {"kk": "Мұғалім", "ru": "Учитель"}, "code": "t", "category": "pedagogue"}
KINDS = hooks.registry().field_types


def template(store, address: str, language: str = "ru", every: bool = True, who=None):
    """The template as openpyxl reads it."""
    out = io.BytesIO()
    store.site.read(who or store.owner, lambda view: write_template(view, address, out, every), language=language)
    out.seek(0)
    return openpyxl.load_workbook(out)


def heads(sheet) -> list[str]:
    return [cell.value for cell in sheet[1]]


def saved(book) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def sample(office):
    """A record that holds a value of every type, and what a person reads of it."""
    good = office.create("shop.good", {"code": "G1", "name": {"kk": "Тақтай", "ru": "Доска"}})
    raw = {"name": "үлгі", "words": {"kk": "сөз", "ru": "слово", "en": "word"}, "tags": ["x", "y"]}
    links = {"f_link": str(good.id), "f_links": [str(good.id)], "f_user": str(office.owner.user_id),
             "f_unit": str(office.id)}
    fields = office.site.catalog.entity("shop.everything").fields
    for key, f in fields.items():
        if key.startswith("f_"):
            raw[key] = links.get(key, "owner" if key == "f_role" else f.kind.sample(f))
    raw["f_position"] = str(office.create("system.position", POSITION, who=office.system).id)
    return office.create("shop.everything", raw, who=chief(office))


def chief(office):
    """Somebody who also sees users, units and positions."""
    return office.person("owner", "administrator")


@pytest.mark.parametrize("typed", [True, False], ids=["typed cells", "texts"])
@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_template_filled_in_comes_back_as_the_same_values(office, sample, language, typed):
    assert len(sample.entity.fields) > 25
    book = template(office, "shop.everything", language, who=chief(office))
    sheet = book.worksheets[0]

    def lines(view):
        record = records.read(view, "shop.everything", sample.id).values
        found = list(targets(view, sample.entity).values())
        cells = []
        for t in found:
            if t.language:
                cells.append(record[t.field.key][t.language])
            else:
                cell = t.field.kind.cell(t.field, language, view.names)
                value = cell.read(record)
                if cell.kind == MOMENT:
                    value = value.astimezone(ZONE).replace(tzinfo=None)
                plain = t.field.kind.formatter(t.field, language, view.names)(record)
                cells.append(value if typed and cell.kind != DURATION and not t.field.is_many else plain)
        return cells

    cells = office.site.read(chief(office), lines, language=language)
    assert len(cells) == len(heads(sheet)) and all(cell not in (None, "") for cell in cells)
    for n, cell in enumerate(cells, 1):
        sheet.cell(2, n, f"{language} {typed}" if n == 1 else cell)
    done = office.bring("shop.everything", saved(book), chief(office), language)
    assert done["created"] == 1
    made, was = office.all("shop.everything", who=chief(office))[-1], sample.hidden
    assert made["name"] == f"{language} {typed}"
    different = {k: (made[k], was[k]) for k in sample.entity.fields
                 if k.startswith("f_") and k != "f_richtext" and made[k] != was[k]}
    moments = different.pop("f_datetime", None)  # a list shows no seconds
    assert different == {} and (moments is None or abs((moments[0] - moments[1]).total_seconds()) < 60)
    assert made["words"] == was["words"] and sorted(made["tags"]) == ["x", "y"]


def test_every_type_that_comes_in_a_cell_is_tried(sample):
    tried = {k[2:] for k in sample.entity.fields if k.startswith("f_")}
    assert tried == {name for name in KINDS if comes_in_a_cell(KINDS[name])} and len(tried) > 20


def test_needed_columns_are_marked_and_choices_are_lists(office):
    book = template(office, "shop.card", "kk")
    sheet = book.worksheets[0]
    titles = heads(sheet)
    assert "Карта нөмірі *" in titles and "Иесі / ЖСН" in titles and "Деңгейі" in titles
    assert not [t for t in titles if "Құпиясөз" in t or "Суреті" in t], "no secrets, no files"
    level = titles.index("Деңгейі") + 1
    lists = [v for v in sheet.data_validations.dataValidation if next(iter(v.sqref.ranges)).min_col == level]
    assert len(lists) == 1 and lists[0].type == "list"
    hidden = book[lists[0].formula1.split("!")[0].strip("='")]
    assert hidden.sheet_state == "hidden" and "Алтын" in [c.value for row in hidden.iter_rows() for c in row]
    assert sheet.cell(2, titles.index("Карта нөмірі *") + 1).value is None, "nothing that would be imported"
    assert book.worksheets[1].cell(2, titles.index("Берілген күні *") + 1).value is not None, "an example beside"
    assert sheet.column_dimensions[sheet.cell(1, titles.index("Иесі / ЖСН") + 1).column_letter].width
    since = sheet.cell(1, titles.index("Берілген күні *") + 1)
    assert sheet.freeze_panes == "A2" and "03.02.2026" in since.comment.text


def test_the_short_template_holds_what_is_needed(office):
    titles = heads(template(office, "shop.card", "ru", every=False).worksheets[0])
    assert [t for t in titles if t.endswith("*")] == ["Номер карты *", "Владелец / Фамилия *", "Владелец / Имя *",
                                                    "Дата выдачи *"]
    assert "Владелец / ИИН" in titles and "Владелец" not in titles and len(titles) < 10


def test_a_template_brought_back_as_it_is_says_that_it_is_empty(store):
    id = store.begin("shop.card", saved(template(store, "shop.card")))
    plan = store.proposed("shop.card", id)
    assert "number" in plan.columns.values()


def test_a_field_that_one_may_not_write_has_no_column(office):
    titles = heads(template(office, "shop.card", "ru", who=office.person("writer")).worksheets[0])
    assert "Действует" not in titles and "Уровень" not in titles and "Примечание" in titles


# -- the same table with its mistakes ---------------------------------------------------------------------------------


def test_the_table_comes_back_with_its_mistakes_marked_and_what_was_mended(store):
    data = csv([["Номер карты", "Фамилия", "Имя", "Дата выдачи"], ["K-1", "Ким", "Алина", "31.02.2026"],
                ["K-2", "", "Юна", "01.09.2026"], ["K-3", "Ли", "", "01.09.2026"]])
    id = store.begin("shop.card", data, name="карталар.csv")
    store.choose("shop.card", id, store.proposed("shop.card", id))
    store.check("shop.card", id)
    store.mend("shop.card", id, {3: {"buyer.last_name": "Пак"}})
    assert store.check("shop.card", id).wrong == 2
    out = io.BytesIO()

    def work(view):
        return write_marked(view, *store.one(view, "shop.card", id), out)

    assert store.site.read(store.owner, work, language="kk") == "карталар.xlsx"
    out.seek(0)
    book = openpyxl.load_workbook(out)
    sheet = book.worksheets[0]
    rows = [[c.value for c in row] for row in sheet.iter_rows()]
    assert rows[0] == ["Номер карты", "Фамилия", "Имя", "Дата выдачи", "Қателер"]
    assert rows[2][:4] == ["K-2", "Пак", "Юна", "01.09.2026"] and not rows[2][4]
    assert "Берілген күні" in rows[1][4] and sheet["D2"].comment.text and sheet["D2"].fill.bgColor.rgb
    assert "Аты" in rows[3][4]
    sheet["D2"], sheet["C4"] = "28.02.2026", "Юна"
    again = store.begin("shop.card", saved(book))
    plan = store.proposed("shop.card", again)
    assert 4 not in plan.columns
    store.choose("shop.card", again, plan)
    assert store.check("shop.card", again).created == 3


def test_formulas_in_cells_stay_texts_in_the_marked_table(store):
    id = store.begin("shop.buyer", csv([["Фамилия", "Имя"], ["=HYPERLINK(1)", ""]]))
    store.choose("shop.buyer", id, store.proposed("shop.buyer", id))
    store.check("shop.buyer", id)
    out = io.BytesIO()
    store.site.read(store.owner, lambda view: write_marked(view, *store.one(view, "shop.buyer", id), out))
    cell = openpyxl.load_workbook(out).worksheets[0]["A2"]
    assert cell.value == "=HYPERLINK(1)" and cell.data_type == "s"
    assert verbs.BUSY
