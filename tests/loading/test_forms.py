"""Forms in files: what is wrong in them is told at its place, and what is right is found again in the Catalog."""

from __future__ import annotations

import pytest

SALE = """
    entity: shop.sale
    kind: reference
    title: {kk: Сатылым, ru: Продажа}
    fields:
      dish: {type: link, to: shop.dish, required: yes, title: {kk: Тағам, ru: Блюдо}}
      count: {type: integer, title: {kk: Саны, ru: Количество}}
      gift: {type: yesno, title: {kk: Сыйлық, ru: Подарок}}
      to_whom: {type: text, title: {kk: Кімге, ru: Кому}}
    rules:
      some: {check: count > 0, message: {kk: Нөлден артық, ru: Больше нуля}}
    """
TITLE = "title: {kk: Бірдеңе, ru: Нечто}"
WRONG = {
    "a field that is not there, in a tab": (
        f"tabs:\n  a: {{{TITLE}, sections: {{x: {{rows: [[dish, cuont]]}}}}}}\n",
        "field.unknown", "tabs.a.sections.x.rows[0][1]"),
    "a field on two tabs": (
        f"tabs:\n  a: {{{TITLE}, sections: {{x: {{rows: [[dish]]}}}}}}\n"
        f"  b: {{{TITLE}, sections: {{y: {{rows: [[dish]]}}}}}}\n",
        "form.twice", "tabs.b.sections.y.rows[0][0]"),
    "a field in a section above and on a tab": (
        f"sections: {{x: {{rows: [[dish]]}}}}\ntabs:\n  a: {{{TITLE}, sections: {{y: {{rows: [[dish]]}}}}}}\n",
        "form.twice", "tabs.a.sections.y.rows[0][0]"),
    "a tab without a title": (
        "tabs:\n  a: {sections: {x: {rows: [[dish]]}}}\n", "key.missing", "tabs.a"),
    "a tab without sections": (f"tabs:\n  a: {{{TITLE}, sections: {{}}}}\n", "form.section-empty", "tabs.a"),
    "a built-in value that stays for the next record": (
        "sections: {x: {rows: [[dish]]}}\nkeep: [dish, created_at]\n", "form.keep", "keep[1]"),
    "a field that is not there, to stay": (
        "sections: {x: {rows: [[dish]]}}\nkeep: [dihs]\n", "field.unknown", "keep[0]"),
    "a form of nothing": ("side: [history]\n", "form.nothing", "form"),
    "an empty section": ("sections:\n  x: {collapsed: yes}\n", "form.section-empty", "sections.x"),
    "rows and columns": (
        "sections:\n  x: {rows: [[dish]], columns: {left: {rows: [[count]]}}}\n",
        "form.rows-and-columns", "sections.x.columns"),
    "columns wider than the form": (
        "sections:\n  x: {columns: {left: {rows: [[count]], width: 8}, right: {rows: [[dish]], width: 6}}}\n",
        "form.too-wide", "sections.x.columns"),
    "a width that is none": (
        "sections:\n  x: {rows: [[dish]], fields: {dish: {width: 5}}}\n",
        "value.choice", "sections.x.fields.dish.width"),
    "a look of a field that stands elsewhere": (
        "sections:\n  x: {rows: [[dish]], fields: {count: {width: 4}}}\n", "form.not-here", "sections.x.fields.count"),
    "a text in one language": (
        "sections:\n  x: {rows: [[dish]], text: Сәлем}\n", "text.one-language", "sections.x.text"),
    "a step without fields": (
        f"steps:\n  a: {{{TITLE}, sections: {{x: {{text: {{kk: Сәлем, ru: Привет}}}}}}}}\n",
        "form.step-empty", "steps.a"),
    "steps and tabs": (
        f"sections: {{x: {{rows: [[dish]]}}}}\nsteps:\n  a: {{{TITLE}, rows: [[count]]}}\n",
        "form.steps-alone", "steps"),
    "a step that waits for itself": (
        f"steps:\n  a: {{{TITLE}, rows: [[count]], when: count > 0}}\n", "form.step-circle", "steps.a.when"),
    "a step that waits for a later one": (
        f"steps:\n  a: {{{TITLE}, rows: [[count]], when: gift}}\n  b: {{{TITLE}, rows: [[gift]]}}\n",
        "form.step-circle", "steps.a.when"),
    "a step that names no rule": (
        f"steps:\n  a: {{{TITLE}, rows: [[count]], rules: [sume]}}\n", "form.rule-unknown", "steps.a.rules[0]"),
    "a check without a message": (
        f"steps:\n  a: {{{TITLE}, rows: [[count]], checks: {{x: {{check: count > 0}}}}}}\n",
        "key.missing", "steps.a.checks.x"),
    "a check over nothing": (
        f"steps:\n  a: {{{TITLE}, rows: [[count]], checks: {{x: {{check: cuont > 0, message: A}}}}}}\n",
        "rule.unknown_name", "steps.a.checks.x.check"),
    "a step called review": (f"steps:\n  review: {{{TITLE}, rows: [[count]]}}\n", "name.reserved", "steps.review"),
    "a related list of no entity": (
        "sections: {x: {rows: [[dish]]}}\nrelated: {shop.sael.dish: {}}\n",
        "entity.unknown", "related.shop.sael.dish"),
    "a related list over a field that leads elsewhere": (
        "sections: {x: {rows: [[dish]]}}\nrelated: {shop.sale.dish: {}}\n",
        "field.not-back", "related.shop.sale.dish"),
}


def problems_of(tiny, text, name="sale"):
    loaded = tiny({"metadata/shop/sale.yaml": SALE, f"forms/shop/{name}.form.yaml": text})
    return loaded, [p for p in loaded.problems if p.is_error]


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_told_at_its_place(tiny, what):
    text, code, path = WRONG[what]
    _, problems = problems_of(tiny, f"form: shop.sale\n{text}")
    assert [(p.code, p.path) for p in problems] == [(code, path)]
    assert problems[0].line > 0 and problems[0].text("kk") != problems[0].text("en") != problems[0].text("ru")


def test_columns_of_a_related_list_are_those_of_its_entity(tiny):
    form = "form: shop.dish\nsections: {x: {rows: [[name, price]]}}\nside: [related]\nrelated:\n"
    loaded, problems = problems_of(tiny, f"{form}  shop.sale.dish: {{columns: [count, gift], where: gift}}\n", "dish")
    assert problems == []
    related = loaded.catalog.forms["shop.dish"][0].related["shop.sale.dish"]
    assert (related.entity, related.field, related.columns) == ("shop.sale", "dish", ("count", "gift"))
    _, problems = problems_of(tiny, f"{form}  shop.sale.dish: {{columns: [price]}}\n", "dish")
    assert [(p.code, p.path) for p in problems] == [("field.unknown", "related.shop.sale.dish.columns[0]")]


def test_the_most_particular_form_is_asked_first_and_the_main_one_last(tiny):
    made = {"": "sections", "a": "sections", "b": "sections", "c": "sections", "d": "sections"}
    wanted = {"a": "for: {roles: [clerk]}", "b": "for: {when: gift}", "c": "for: {roles: [clerk], when: gift}",
              "d": "for: {link: yes}", "": ""}
    files = {f"forms/shop/sale{'.' if key else ''}{key}.form.yaml":
             f"form: shop.sale\n{wanted[key]}\nsections: {{x: {{rows: [[dish, count, gift, to_whom]]}}}}\n"
             for key in made}
    loaded = tiny({"metadata/shop/sale.yaml": SALE, **files})
    assert loaded.errors == ()
    assert [form.key for form in loaded.catalog.forms["shop.sale"]] == ["c", "b", "a", "d", ""]


def test_a_field_on_a_tab_or_a_step_is_on_the_form(tiny):
    text = (f"form: shop.sale\ntabs:\n  a: {{{TITLE}, sections: {{x: {{columns: {{left: {{rows: [[dish, count]]}}, "
            "right: {rows: [[gift, to_whom]], width: 4}}}}}\n")
    loaded, problems = problems_of(tiny, text)
    assert problems == [] and loaded.problems == ()


def test_a_related_list_of_a_module_that_is_not_there_is_left_out_with_a_word(tiny):
    loaded, problems = problems_of(tiny, "form: shop.dish\nsections: {x: {rows: [[name, price]]}}\n"
                                         "related: {school.learner.dish: {}}\n", "dish")
    assert problems == [] and [p.code for p in loaded.problems] == ["form.related-absent"]
    assert loaded.catalog.forms["shop.dish"][0].related == {}
