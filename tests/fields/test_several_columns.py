"""Fields that own several columns: translated text, links to several entities, encrypted text."""

from __future__ import annotations

import itertools
from uuid import UUID

import pytest
import sqlalchemy as sa
from marshmallow import ValidationError

from engine import hooks
from engine.fields import cipher
from engine.fields.cipher import Cipher, CipherMissing, KeyRing, Unreadable
from engine.ids import new_id
from engine.language import sort_key
from tests.fields.cases import A, B, KnownNames, field_of
from tests.fields.test_contract import Sent, draw, store, table_for

TYPES = hooks.registry().field_types
NAMES = KnownNames()
TEXT, LINK, IIN = TYPES["text"], TYPES["link"], TYPES["iin"]


def numbers(connection, table, clause) -> list[int]:
    return list(connection.execute(sa.select(table.c.n).where(clause).order_by(table.c.n)).scalars())


# -- translated ------------------------------------------------------------------------------------------------------

NAMES_OF_SUBJECTS = [
    {"kk": "Қазақ тілі", "ru": "Казахский язык"}, {"kk": "Ана тілі", "ru": "Родной язык", "en": "Mother tongue"},
    {"ru": "Алгебра"}, None,
]


def test_translated_text_has_a_column_for_each_language_and_falls_back():
    field = field_of(TEXT, {}, translated=True)
    assert [c.name for c in TEXT.columns(field)] == ["value_kk", "value_ru", "value_en"]
    keyed = field_of(TEXT, {}, translated=True, sortable=True)
    assert [c.name for c in TEXT.columns(keyed)][:2] == ["value_kk", "value_kk__key"]
    english = TEXT.formatter(field, "en", NAMES)
    assert [english({"value": v}) for v in NAMES_OF_SUBJECTS] == ["Казахский язык", "Mother tongue", "Алгебра", ""]
    assert TEXT.formatter(field, "kk", NAMES)({"value": {"ru": "Алгебра"}}) == "Алгебра"


def test_translated_text_survives_form_and_refuses_other_languages():
    field = field_of(TEXT, {}, translated=True)
    for value in NAMES_OF_SUBJECTS:
        page = Sent(draw(TEXT, field, value, "kk"))
        assert len(page.sent) == 3 and page.names == {"value"}
        raw = TEXT.from_form(field, page.sent, "kk")
        assert (TEXT.schema(field).deserialize(raw) if raw else None) == value
    for wrong in ({"fr": "x"}, "x", {"kk": 5}, ["x"]):
        with pytest.raises(ValidationError):
            TEXT.schema(field).deserialize(wrong)
    long = TEXT.problems(field, {"kk": "x" * 300}, {})
    assert [problem.code for problem in long] == ["text.too-long"]


@pytest.mark.parametrize("sortable", [False, True])
def test_translated_text_is_found_in_every_language_and_sorts_by_kazakh(connection, sortable):
    field = field_of(TEXT, {}, translated=True, sortable=sortable)
    table = table_for(connection, field)
    store(connection, table, field, NAMES_OF_SUBJECTS)
    row = connection.execute(sa.select(table).where(table.c.n == 1)).mappings().one()
    assert TEXT.from_columns(field, row) == NAMES_OF_SUBJECTS[1]

    def found(operator, *values):
        read = TEXT.filter_values(field, operator, values, "kk")
        return numbers(connection, table, TEXT.clause(field, table, operator, read))

    assert found("contains", "язык") == [0, 1]
    assert found("is", "Mother tongue") == [1]
    assert found("not", "Mother tongue") == [0, 2]
    assert found("in", "Алгебра", "Ана тілі") == [1, 2]
    assert found("empty", "yes") == [3] and found("empty", "no") == [0, 1, 2]
    if sortable:
        assert found("starts", "АНА") == [1]
        order = sa.select(table.c.n).where(table.c.n < 3).order_by(TEXT.order(field, table))
        assert list(connection.execute(order).scalars()) == [2, 1, 0]


# -- order of the alphabet -------------------------------------------------------------------------------------------

ALPHABET = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"


def test_kazakh_words_sort_as_in_a_dictionary_on_both_databases(connection):
    field = field_of(TEXT, {}, sortable=True)
    table = table_for(connection, field)
    words = [a + b for a, b in itertools.product(ALPHABET, "аүя")] + list(ALPHABET)
    words += [word.capitalize() for word in words[:30]]
    store(connection, table, field, words[::-1])
    read = list(connection.execute(sa.select(table.c.value).order_by(TEXT.order(field, table), table.c.n)).scalars())
    place = {letter: n for n, letter in enumerate(ALPHABET)}
    folded = [[place[letter] for letter in word.lower()] for word in read]
    assert folded == sorted(folded)
    assert len(read) == len(words) and [sort_key(w) for w in read] == sorted(sort_key(w) for w in words)


# -- links to several entities ---------------------------------------------------------------------------------------

SEVERAL = {"to": ["school.learner", "directory.counterparty"]}


def test_a_link_to_several_entities_has_a_column_for_each(connection):
    field = field_of(LINK, SEVERAL, "payer")
    names = [column.name for column in LINK.columns(field)]
    assert names == ["payer_school_learner_id", "payer_directory_counterparty_id"]
    values = [("school.learner", UUID(A)), ("directory.counterparty", UUID(B)), None]
    table = table_for(connection, field)
    store(connection, table, field, values)
    rows = connection.execute(sa.select(table).order_by(table.c.n)).mappings().all()
    assert [LINK.from_columns(field, row) for row in rows] == values

    def found(operator, *raw):
        read = LINK.filter_values(field, operator, raw, "kk")
        return numbers(connection, table, LINK.clause(field, table, operator, read))

    assert found("is", f"school.learner:{A}") == [0]
    assert found("is", f"directory.counterparty:{A}") == []
    assert found("not", f"school.learner:{A}") == [1]
    assert found("in", f"school.learner:{A}", f"directory.counterparty:{B}") == [0, 1]
    assert found("empty", "yes") == [2]


def test_a_link_to_several_entities_says_which_one():
    field = field_of(LINK, SEVERAL, "payer")
    value = LINK.schema(field).deserialize({"entity": "school.learner", "id": A})
    assert value == ("school.learner", UUID(A))
    assert LINK.schema(field).deserialize(LINK.form_text(field, value, "kk")) == value
    assert LINK.schema(field).deserialize(LINK.encoder(field)(value)) == value
    for wrong in (A, f"system.user:{A}", {"entity": "system.user", "id": A}, {"id": A}):
        with pytest.raises(ValidationError):
            LINK.schema(field).deserialize(wrong)


def test_long_names_of_columns_fit_and_stay_different():
    options = {"to": ["school.x" + "y" * 31, "school.x" + "y" * 30 + "z"]}
    field = field_of(LINK, options, "k" * 40)
    names = [column.name for column in LINK.columns(field)]
    assert len(set(names)) == 2 and all(len(name.encode()) <= 63 for name in names)


# -- encrypted -------------------------------------------------------------------------------------------------------


@pytest.fixture
def keys():
    cipher.install(Cipher(KeyRing.read(KeyRing.new_line(1) + "# the new key\n" + KeyRing.new_line(2))))
    yield
    cipher.install(None)


@pytest.mark.parametrize("kind", [k for k in (TYPES[n] for n in TYPES) if k.accepts_encrypted], ids=lambda k: k.name)
def test_an_encrypted_value_is_found_by_equality_and_never_stands_in_the_table(kind, connection, keys):
    field = field_of(kind, {}, encrypted=True)
    values = [kind.schema(field).deserialize(kind.sample(field)), None]
    table = table_for(connection, field)
    store(connection, table, field, values)
    rows = connection.execute(sa.select(table).order_by(table.c.n)).mappings().all()
    assert [kind.from_columns(field, row) for row in rows] == values
    cells = [bytes(cell) for cell in rows[0].values() if isinstance(cell, (bytes, memoryview))]
    assert len(cells) >= 2 and all(values[0].encode() not in cell for cell in cells)
    assert [o.name for o in kind.operators_for(field)] == ["is", "in", "empty"]
    assert not kind.can_sort(field)
    assert numbers(connection, table, kind.clause(field, table, "is", [values[0]])) == [0]
    assert numbers(connection, table, kind.clause(field, table, "in", values[:1])) == [0]
    assert numbers(connection, table, kind.clause(field, table, "empty", [True])) == [1]
    for operator in ("contains", "starts", "lt"):
        with pytest.raises(KeyError):
            kind.clause(field, table, operator, ["a"])


def test_a_ciphertext_moved_to_another_row_or_changed_is_refused(keys):
    field = field_of(IIN, {}, "iin", encrypted=True)
    one, other = new_id(), new_id()
    columns = IIN.to_columns(field, "900101350003", one)
    assert IIN.from_columns(field, {"id": one, **columns}) == "900101350003"
    with pytest.raises(Unreadable):
        IIN.from_columns(field, {"id": other, **columns})
    sealed = columns["iin_cipher"]
    for at in (0, 5, len(sealed) - 1):
        broken = sealed[:at] + bytes([sealed[at] ^ 255]) + sealed[at + 1 :]
        with pytest.raises(Unreadable):
            IIN.from_columns(field, {"id": one, **columns, "iin_cipher": broken})


def test_equal_values_differ_in_ciphertext_and_between_fields(keys):
    first, second = field_of(IIN, {}, "iin", encrypted=True), field_of(IIN, {}, "other", encrypted=True)
    row = new_id()
    a, b = IIN.to_columns(first, "900101350003", row), IIN.to_columns(first, "900101350003", row)
    assert a["iin_cipher"] != b["iin_cipher"] and a["iin_blind"] == b["iin_blind"]
    assert IIN.to_columns(second, "900101350003", row)["other_blind"] != a["iin_blind"]


def test_old_keys_read_on_and_a_lost_key_is_said():
    first, second = KeyRing.new_line(1), KeyRing.new_line(2)
    sealed = Cipher(KeyRing.read(first)).seal("құпия", "t|c|r")
    assert Cipher(KeyRing.read(first + second)).open(sealed, "t|c|r") == "құпия"
    with pytest.raises(Unreadable):
        Cipher(KeyRing.read(second)).open(sealed, "t|c|r")
    with pytest.raises(ValueError, match="line 2"):
        KeyRing.read(first + "2 abc\n")
    assert first.split()[1] not in repr(KeyRing.read(first))


def test_without_keys_the_error_says_what_to_do():
    field = field_of(IIN, {}, encrypted=True)
    with pytest.raises(CipherMissing, match="key file"):
        IIN.to_columns(field, "900101350003", new_id())
