"""Fields that every entity has without saying so, and their labels where terms.yaml has none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.model.text import Text

STATE_TITLES = {
    "draft": {"kk": "Жоба", "ru": "Черновик", "en": "Draft"},
    "posted": {"kk": "Өткізілді", "ru": "Проведён", "en": "Posted"},
    "reversed": {"kk": "Сторноланды", "ru": "Сторнирован", "en": "Reversed"},
    "annulled": {"kk": "Күші жойылды", "ru": "Аннулирован", "en": "Annulled"},
}

TITLES: Mapping[str, Text] = {
    "id": Text("Идентификатор", "Идентификатор", "Id"),
    "organisation": Text("Ұйым", "Организация", "Organisation"),
    "version": Text("Нұсқа", "Версия", "Version"),
    "created_at": Text("Құрылған уақыты", "Создано", "Created at"),
    "created_by": Text("Кім құрды", "Кем создано", "Created by"),
    "updated_at": Text("Өзгертілген уақыты", "Изменено", "Updated at"),
    "updated_by": Text("Кім өзгертті", "Кем изменено", "Updated by"),
    "archived_at": Text("Мұрағатталған уақыты", "В архиве с", "Archived at"),
    "parent": Text("Жоғары тұрғаны", "Вышестоящий элемент", "Parent"),
    "number": Text("Нөмірі", "Номер", "Number"),
    "date": Text("Күні", "Дата", "Date"),
    "state": Text("Күйі", "Состояние", "State"),
    "posted_at": Text("Өткізілген уақыты", "Проведён", "Posted at"),
    "reverses": Text("Қай құжатты сторнолайды", "Сторнирует документ", "Reverses"),
    "target": Text("Жазба", "Запись", "Record"),
    "code": Text("Коды", "Код", "Code"),
    "file": Text("Файл", "Файл", "File"),
}

ALWAYS = ("id", "organisation", "version", "created_at", "created_by", "updated_at", "updated_by", "archived_at")
OF_DOCUMENTS = ("number", "date", "state", "posted_at", "reverses")
OPEN_TO_PEOPLE = ("date", "parent")
"""Built-in names whose values people type in; the others are the engine's alone."""
RESERVED_INNER = ("id", "owner", "organisation", "position")
RULE_WORDS = ("actor", "today", "now", "true", "false", "none", "and", "or", "not", "in", "is", "if", "else", "lambda")
"""Names that mean something in rules, so no field may have them."""


def builtin_declarations(address: str, data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Key -> declaration of each built-in field, in their order."""
    shared = data.get("scope") == "shared"
    fields: dict[str, dict[str, Any]] = {
        "id": {"type": "id", "copy": False},
        "organisation": {"type": "link", "to": "system.unit", "copy": False},
        "version": {"type": "integer", "copy": False},
        "created_at": {"type": "datetime", "copy": False},
        "created_by": {"type": "user", "copy": False},
        "updated_at": {"type": "datetime", "copy": False},
        "updated_by": {"type": "user", "copy": False},
        "archived_at": {"type": "datetime", "copy": False},
    }
    if shared:
        del fields["organisation"]
    if data.get("tree"):
        fields["parent"] = {"type": "link", "to": address, "index": True}
    if data.get("kind") == "document":
        states = {code: dict(title) for code, title in STATE_TITLES.items()}
        fields |= {
            "number": {"type": "text", "max": 60, "copy": False, "index": True},
            "date": {"type": "date", "required": True, "default": "=today", "copy": False, "index": True},
            "state": {"type": "choice", "options": states, "default": "draft", "copy": False, "index": True},
            "posted_at": {"type": "datetime", "copy": False},
            "reverses": {"type": "link", "to": address, "copy": False},
        }
    return fields
