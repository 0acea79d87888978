"""What files become: fields with rules, built-in ones, computed values kept or live, generated layouts."""

from __future__ import annotations

import pytest

from engine.expression import Context, Rule
from engine.loading.compile.lists import BEGINNINGS
from engine.model.text import Text
from engine.storage.named_tables import OTHERS

HEAD = "entity: shop.sale\nkind: {kind}\ntitle: {{kk: Сату, ru: Продажа}}\nfields:\n"


def sale(fields: str, kind: str = "reference", more: str = "") -> str:
    lines = "".join(f"  {line}\n" for line in fields.strip().splitlines())
    return HEAD.format(kind=kind) + lines + more


def test_built_in_fields_stand_first_in_their_order(tiny):
    entity = tiny.entity(sale("note: {type: text, title: X}", "document"))
    assert list(entity.fields) == [
        "id",
        "organisation",
        "version",
        "created_at",
        "created_by",
        "updated_at",
        "updated_by",
        "archived_at",
        "number",
        "date",
        "state",
        "posted_at",
        "reverses",
        "note",
    ]
    assert entity.fields["date"].required and isinstance(entity.fields["date"].default, Rule)
    assert entity.fields["state"].default == "draft" and entity.fields["number"].sortable
    assert not entity.fields["organisation"].is_input and entity.fields["date"].is_input and entity.number.pattern


def test_a_shared_tree_has_a_parent_and_no_organisation(tiny):
    entity = tiny.entity(sale("name: {type: text, title: X}", more="tree: yes\nscope: shared\n"))
    assert "organisation" not in entity.fields
    parent = entity.fields["parent"]
    assert parent.kind.targets(parent) == ("shop.sale",) and parent.is_input


def test_a_built_in_field_takes_options_but_no_other_type(tiny):
    entity = tiny.entity(sale("date: {title: {kk: Сатылған күні, ru: Дата продажи}, after_posting: yes}", "document"))
    assert entity.fields["date"].title.ru == "Дата продажи" and entity.fields["date"].after_posting
    assert tiny.entity_codes(sale("date: {type: text, title: X}", "document")) == ["field.builtin-type"]


def test_titles_come_from_the_shared_terms(tiny):
    files = {
        "translations/terms.yaml": "terms: {note: {kk: Ескертпе, ru: Примечание}}",
        "metadata/shop/sale.yaml": sale("note: longtext"),
    }
    loaded = tiny(files)
    assert loaded.catalog.entities["shop.sale"].fields["note"].title == Text("Ескертпе", "Примечание")
    assert tiny.entity_codes(sale("note: longtext")) == ["title.missing"]


def test_a_missing_language_stops_publishing(tiny):
    assert tiny.entity_codes(sale("note: {type: text, title: {ru: Текст}}")) == ["text.missing"]


VALUES = {
    "own fields": ("a: {type: integer, title: X}\nv: {type: integer, value: a + 1, title: X}", True),
    "own rows": (
        "l: {type: rows, title: X, fields: {q: {type: integer, title: X}}}\n"
        "v: {type: integer, value: sum(l.q), title: X}",
        True,
    ),
    "today": ("d: {type: date, title: X}\nv: {type: yesno, value: d < today, title: X}", False),
    "actor": ("d: {type: link, to: shop.dish, title: X}\nv: {type: yesno, value: d == actor.person, title: X}", False),
    "a link": ("d: {type: link, to: shop.dish, title: X}\nv: {type: money, value: d.price, title: X}", False),
    "a lookup": ("d: {type: link, to: shop.dish, title: X}\nv: {type: lookup, through: d, take: price}", False),
    "a frozen lookup": (
        "d: {type: link, to: shop.dish, title: X}\nv: {type: lookup, through: d, take: price, freeze: create}",
        True,
    ),
    "over a frozen lookup": (
        "d: {type: link, to: shop.dish, title: X}\np: {type: lookup, through: d, take: price, freeze: post}\n"
        "v: {type: money, value: p * 2, title: X}",
        True,
    ),
    "over a live value": (
        "d: {type: link, to: shop.dish, title: X}\np: {type: lookup, through: d, take: price}\n"
        "v: {type: money, value: p * 2, title: X}",
        False,
    ),
    "related records": (
        "s: {type: link, to: shop.sale, title: X}\nb: {type: backlinks, from: shop.sale, field: s, title: X}\n"
        "v: {type: rollup, of: b, with: count, title: X}",
        False,
    ),
    "live rows": (
        "l: {type: rows, title: X, fields: {d: {type: link, to: shop.dish, title: X}, "
        "p: {type: money, value: d.price, title: X}}}\nv: {type: money, value: sum(l.p), title: X}",
        False,
    ),
}


@pytest.mark.parametrize("over", VALUES)
def test_computed_values_are_kept_unless_they_hang_on_something_else(over, tiny):
    fields, kept = VALUES[over]
    field = tiny.entity(sale(fields)).fields["v"]
    assert field.is_computed and field.stored is kept


def test_a_lookup_has_the_type_and_title_of_what_it_takes(tiny):
    entity = tiny.entity(sale("d: {type: link, to: shop.dish, title: X}\nv: {type: lookup, through: d, take: price}"))
    field = entity.fields["v"]
    assert field.kind.name == "money" and field.title.ru == "Цена" and field.value.text == "d.price"
    assert field.extra["freeze"] == "never" and not field.kind.virtual


def test_a_rollup_counts_and_adds_under_a_condition(tiny):
    rows = "l: {type: rows, title: X, fields: {q: {type: integer, title: X}, w: {type: integer, title: X}}}\n"
    entity = tiny.entity(
        sale(
            rows + "n: {type: rollup, of: l, with: count, where: q > 1, title: X}\n"
            "s: {type: rollup, of: l.w, with: sum, where: q > 1, title: X}\n"
            "a: {type: rollup, of: l.w, with: max, title: X}"
        )
    )
    record = {"l": [{"q": 1, "w": 10}, {"q": 2, "w": 20}, {"q": 3, "w": 30}]}
    said = {key: entity.fields[key].value.evaluate(Context(record)) for key in ("n", "s", "a")}
    assert said == {"n": 2, "s": 50, "a": 30}


@pytest.mark.parametrize(
    "fields",
    [
        "a: {type: integer, value: b, title: X}\nb: {type: integer, value: a, title: X}",
        "a: {type: integer, value: a + 1, title: X}",
        "s: {type: link, to: shop.sale, title: X}\na: {type: integer, value: s.a + 1, title: X}",
        "l: {type: rows, title: X, fields: {p: {type: integer, value: t, title: X}}}\n"
        "t: {type: integer, value: sum(l.p), title: X}",
    ],
)
def test_a_circle_of_computed_values_is_told_once(fields, tiny):
    assert tiny.entity_codes(sale(fields)).count("field.cycle") == 1


def test_lookups_in_a_circle_are_told(tiny):
    lookups = "a: {type: lookup, through: s, take: b}\nb: {type: lookup, through: s, take: a}"
    fields = "s: {type: link, to: shop.sale, title: X}\n" + lookups
    assert "field.cycle" in tiny.entity_codes(sale(fields))


def test_a_rule_of_a_row_sees_the_row_and_then_the_record(tiny):
    entity = tiny.entity(
        sale(
            "rate: {type: integer, title: X}\n"
            "l: {type: rows, title: X, fields: {q: {type: integer, title: X}, "
            "a: {type: integer, value: q * rate, title: X}}}"
        )
    )
    rule = entity.fields["l"].fields["a"].value
    assert rule.evaluate(Context({"rate": 3}, row={"q": 4})) == 12


def test_a_links_condition_sees_the_candidate_and_then_the_record(tiny):
    entity = tiny.entity(
        sale("most: {type: money, title: X}\nd: {type: link, to: shop.dish, where: price < most, title: X}")
    )
    where = entity.fields["d"].options["where"]
    assert where.holds(Context({"most": 10}, row={"price": 5})) and not where.holds(
        Context({"most": 1}, row={"price": 5})
    )
    assert where.row_paths == {("price",)}


def test_only_what_is_sorted_or_shown_gets_a_key(tiny):
    """Quick search has an index of its own."""
    fields = "\n".join(f"t{n}: {{type: text, title: X}}" for n in range(9))
    files = {
        "metadata/shop/sale.yaml": sale(fields, more='display: "{t0}"\nsearch: [t1]\nunique: {u: {fields: [t2]}}\n'),
        "forms/shop/sale.registry.yaml": "registry: shop.sale\ncolumns: [t3]\nfilters: [t4]\nsort: [-t5]\n",
    }
    entity = tiny(files).catalog.entities["shop.sale"]
    assert [key for key, field in entity.fields.items() if field.sortable] == ["t0", "t2", "t3", "t4", "t5"]


def test_forms_for_some_stand_before_the_main_one(tiny):
    loaded = tiny(
        {
            "forms/shop/dish.form.yaml": "form: shop.dish\nsections: {m: {rows: [[name, price]]}}\n",
            "forms/shop/dish.short.form.yaml": "form: shop.dish\nfor: {roles: [clerk]}\n"
            "sections: {m: {rows: [[name]]}}\n",
        }
    )
    assert [form.key for form in loaded.catalog.forms["shop.dish"]] == ["short", ""]
    assert tiny.codes(
        {"forms/shop/dish.short.form.yaml": "form: shop.dish\nsections: {m: {rows: [[name, price]]}}\n"}
    ) == ["layout.for-nobody"]


def test_good_layouts_are_generated_where_there_is_no_file(tiny):
    loaded = tiny(
        {
            "metadata/shop/sale.yaml": sale(
                "name: {type: text, title: X}\na: {type: integer, title: X}\n"
                "b: {type: date, title: X}\nc: {type: yesno, title: X}\n"
                "text: {type: text, max: 2000, title: X}\n"
                "l: {type: rows, title: Rows, fields: {q: {type: integer, title: X}, "
                "w: {type: integer, title: X}}}",
                "document",
            )
        }
    )
    form, registry = loaded.catalog.forms["shop.sale"][-1], loaded.catalog.registries["shop.sale"][-1]
    assert form.generated and registry.generated
    assert form.sections["main"].rows == (("number", "date", "state"), ("name", "a", "b"), ("c",), ("text",))
    assert form.sections["l"].rows == (("l",),)
    assert registry.columns[:2] == ("number", "date") and registry.sort == ("-date", "-number")
    assert "text" not in registry.columns and "l" not in registry.columns
    placed = {name for section in form.sections.values() for line in section.rows for name in line}
    assert {field.key for field in loaded.catalog.entities["shop.sale"].input_fields} <= placed


def test_a_role_may_not_ask_about_what_it_cannot_read(tiny):
    fields = "open: {type: yesno, title: X}\nill: {type: yesno, sensitivity: medical, title: X}"
    for where, read, code in (
        ("ill", "", ["access.hidden-field"]),
        ("open", "", []),
        ("open", ", fields: {read: [ill]}", ["access.hidden-field"]),
        ("ill", ", fields: {read: [ill]}", []),
    ):
        access = f"access: {{clerk: {{can: [read], where: {where}{read}}}}}\n"
        assert tiny.entity_codes(sale(fields, more=access)) == code


def test_a_condition_of_uniqueness_is_a_field_and_a_literal(tiny):
    entity = tiny.entity(
        sale(
            "d: {type: date, title: X}\na: {type: yesno, title: X}",
            more="unique:\n  one: {fields: [d], when: a == true}\n",
        )
    )
    assert entity.unique["one"].when == ("a", True)
    assert tiny.entity_codes(
        sale("d: {type: date, title: X}", more="unique:\n  one: {fields: [d], when: d < today}\n")
    ) == ["unique.when"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ("payer: {type: link, to: shop.dish, title: X}\npayer_id: {type: text, title: X}", "field.column-clash"),
        ("a: {type: integer, min: 5, max: 1, title: X}", "field.bounds"),
        (
            "a: {type: rows, title: X, fields: {b: {type: rows, title: X, "
            "fields: {c: {type: rows, title: X, fields: {d: {type: text, title: X}}}}}}}",
            "field.rows-too-deep",
        ),
        ("a: {type: rows, title: X, fields: {position: {type: text, title: X}}}", "name.reserved"),
        ("a__b: {type: text, title: X}", "name.reserved"),
        ("a: {type: text, was: b, title: X}\nb: {type: text, title: X}", "was.exists"),
        ("a: {type: yesno, value: '1 + 1', title: X}", "rule.result_type"),
        ("a: {type: integer, check: a + 1, title: X}", "rule.result_type"),
        ("a: {type: link, to: [shop.dish, shop.sale], where: price > 1, title: X}", "link.where-several"),
        ("a: {type: money, currency: b, title: X}", "field.unknown"),
        ("a: {type: integer, default: 7, max: 5, title: X}", "field.default-refused"),
        ("iin: {type: iin, masked: yes, title: X}\ndisplay: '{iin}'", "display.masked"),
    ],
)
def test_what_does_not_fit_together_is_told(fields, code, tiny):
    fields, _, display = fields.partition("\ndisplay: ")
    assert code in tiny.entity_codes(sale(fields, more=f"display: {display}\n" if display else ""))


@pytest.mark.parametrize("module", ["pg", "engine", "sqlite", "procrastinate", "api"])
def test_a_module_whose_tables_or_pages_would_be_taken_for_others_is_told(module, tiny):
    assert "name.reserved" in tiny.codes({f"metadata/{module}/_module.yaml": f"module: {module}\ntitle: X\n"})


def test_every_beginning_of_tables_that_a_connection_for_bookkeeping_opens_is_taken():
    assert {beginning.partition("_")[0] for beginning in OTHERS} <= set(BEGINNINGS)


def test_modules_in_a_circle_are_told(tiny):
    assert "module.circle" in tiny.codes(
        {
            "metadata/shop/_module.yaml": "module: shop\ntitle: X\nrequires: [club]\n",
            "metadata/club/_module.yaml": "module: club\ntitle: X\nrequires: [shop]\n",
        }
    )


def test_a_role_belongs_to_one_file(tiny):
    assert "role.twice" in tiny.codes(
        {
            "metadata/club/_module.yaml": "module: club\ntitle: X\n",
            "metadata/club/_roles.yaml": "roles: {clerk: {title: X}}\n",
        }
    )
