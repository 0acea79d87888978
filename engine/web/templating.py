"""The templates of pages, compiled once a language.

A page says a hundred sentences, icons and addresses of files that its templates name outright. Each language has an
environment of its own, in which they become a part of the text when a template is compiled; looked up in every
drawing, they were a tenth of its time.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g
from flask_wtf.csrf import generate_csrf
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from engine import doors
from engine.language import translate
from engine.web.markup import icon_symbol, told

HERE = Path(__file__).parent
STATIC = HERE / "static"
SPRITE = "vendor/icons.svg"
FIELDS = HERE.parent / "fields"
OUTRIGHT = ("_", "icon", "asset")
"""Functions that answer by nothing but what they are given."""
DRAWN, SPEAKING = "drawn once", "templates by language"
"""Where parts are kept that were drawn once, and the environments."""


def prepare(app: Flask) -> None:
    """Give `app` its templates: the door's own, and each field type's input from its own room."""
    app.jinja_loader = ChoiceLoader([  # type: ignore[assignment]
        FileSystemLoader(HERE / "templates"),
        PrefixLoader({"fields": FileSystemLoader(FIELDS), "kinds": FileSystemLoader(HERE / "kinds")}),
    ])
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions[SPEAKING] = {}


def templates() -> Environment:
    """The templates in the language of the request."""
    language = doors.language()
    kept = current_app.extensions[SPEAKING]
    if language not in kept:
        kept[language] = _speaking(current_app.jinja_env, language)
    return kept[language]


def drawn_once(template: str) -> Markup:
    """A part of the frame that says the same to everybody of one language; drawn once."""
    environment = templates()
    kept = environment.globals[DRAWN]
    if template not in kept:
        kept[template] = Markup(environment.get_template(template).render())  # noqa: S704 - a template of ours
    return kept[template]


def _speaking(plain: Environment, language: str) -> Environment:
    def say(sentence: str, **params: Any) -> str:
        return translate(sentence, language, params or None)

    made = plain.overlay()
    made.code_generator_class = _Outright
    made.globals = {**plain.globals, "_": say, "icon": icon, "asset": asset, "told": told, "drawn_once": drawn_once,
                    "csrf_token": csrf_token, DRAWN: {}}
    # A macro as a global: a block that is rendered alone sees no imports of its template.
    parts = made.get_template("layout/parts.html").module
    made.globals.update(mark=parts.mark, crumbs=parts.crumbs)
    return made


class _Outright(CodeGenerator):
    """Compiles a template with what functions answer to constants put in their place."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        known = {name: self.environment.globals[name] for name in OUTRIGHT}
        super().visit_Template(_Answers(known).visit(node), frame)


class _Answers(NodeTransformer):
    def __init__(self, known: Mapping[str, Callable[..., Any]]):
        self.known = known

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        self.generic_visit(node)
        called = node.node.name if isinstance(node.node, nodes.Name) else ""
        plain = not (node.kwargs or node.dyn_args or node.dyn_kwargs)
        if called in self.known and plain and all(isinstance(a, nodes.Const) for a in node.args):
            return nodes.Const(self.known[called](*(a.value for a in node.args)), lineno=node.lineno)
        return node


# -- what templates call ----------------------------------------------------------------------------------------------


def csrf_token() -> str:
    """The token that forms of this answer carry. Flask-WTF keeps it so, but works out its settings at each call."""
    try:
        return g.csrf_token
    except AttributeError:
        return generate_csrf()


@cache
def icons() -> frozenset[str]:
    """Names of the icons in the sprite."""
    return frozenset(re.findall(r'id="([a-z0-9-]+)"', (STATIC / SPRITE).read_text()))


def icon(name: str) -> Markup:
    """The icon called `name`, as `icon:` in YAML and templates say it; a plain sheet for one that is not shipped."""
    return icon_symbol(asset(SPRITE), name if name in icons() else "file")


@cache
def asset(name: str) -> str:
    """URL of a static file, changed whenever the file changes, so that browsers may keep it for a year."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"
