"""What can be described: frozen dataclasses over the standard library. Nothing here reads files, tables or requests."""

from engine.model.access import Access, Role
from engine.model.catalog import Catalog
from engine.model.dictionary import Dictionary, Item
from engine.model.entity import Check, Entity, Example, Index, Series, Unique
from engine.model.field import SENSITIVITY, Field, Serves
from engine.model.form import Form, Related, Section, Step, Tab
from engine.model.home import Block, Home, Shortcut
from engine.model.layout import Registry, View
from engine.model.module import Module
from engine.model.text import LANGUAGES, Text

__all__ = [
    "LANGUAGES",
    "SENSITIVITY",
    "Access",
    "Block",
    "Catalog",
    "Check",
    "Dictionary",
    "Entity",
    "Example",
    "Field",
    "Form",
    "Home",
    "Index",
    "Item",
    "Module",
    "Registry",
    "Related",
    "Role",
    "Section",
    "Series",
    "Serves",
    "Shortcut",
    "Step",
    "Tab",
    "Text",
    "Unique",
    "View",
]
