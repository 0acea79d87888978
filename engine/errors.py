"""Every error people meet, in three layers: a stable code, a sentence in their language, a place - and a hint.

Log the code, show the message. A `Problem` is one thing that is wrong; a `Refusal` carries all of them at once,
because nobody should have to mend a form one mistake at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.language.messages import N_, translate
from engine.model.text import Text


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, where it is, and how to put it right."""

    code: str
    """Stable, dotted: `field.required`, `record.stale`, `yaml.unknown-key`."""
    message: str | Text
    """An English sentence with `%(name)s` placeholders (translated when shown), or a text written in metadata."""
    path: str = ""
    """The field: `payer`, `lines[2].price`. Empty: the record as a whole."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """Values for the placeholders; a `Text` among them is shown in the reader's language."""
    hint: str | Text = ""

    def text(self, language: str) -> str:
        return _say(self.message, language, self.params)

    def hint_text(self, language: str) -> str:
        return _say(self.hint, language, self.params) if self.hint else ""

    def at(self, prefix: str) -> Problem:
        """The same problem one level further out: `price` becomes `lines[2].price`."""
        joint = "." if self.path and not self.path.startswith("[") else ""
        path = f"{prefix}{joint}{self.path}"
        return Problem(self.code, self.message, path, self.params, self.hint)


def _say(message: str | Text, language: str, params: Mapping[str, Any]) -> str:
    if isinstance(message, Text):
        return message.in_(language)
    said = {k: v.in_(language) if isinstance(v, Text) else v for k, v in params.items()}
    return translate(message, language, said)


class Refusal(Exception):
    """A request that was understood and refused, with every reason. `status` is its HTTP meaning."""

    status = 422
    code = "refused"
    title = N_("Some values need correcting")

    def __init__(self, problems: Iterable[Problem] = (), **details: Any):
        self.problems = tuple(problems)
        self.details = details
        super().__init__(self.code, *(f"{p.path}: {p.code}" for p in self.problems))


class Invalid(Refusal):
    """Values that break a type, a rule or a requirement. 422; the form keeps what was typed."""

    code = "record.invalid"


class BadRequest(Refusal):
    """A request that cannot be read: unknown or hidden names, broken JSON, an id that is no UUID. 400."""

    status, code = 400, "request.bad"
    title = N_("The request could not be understood")


class NotSignedIn(Refusal):
    """Nobody is signed in, or the key is unknown. 401."""

    status, code = 401, "actor.unknown"
    title = N_("Sign in to continue")


class NotAllowed(Refusal):
    """The actor may see this but may not do it. 403; the message says who may."""

    status, code = 403, "access.refused"
    title = N_("You have no right to do this")


class NotFound(Refusal):
    """No such record, or none that the actor may see: both look the same. 404."""

    status, code = 404, "record.not-found"
    title = N_("There is nothing at this address, or it is not shown to you")


class Conflict(Refusal):
    """The record is not in the state that the action expects. 409."""

    status, code = 409, "record.conflict"
    title = N_("The record has changed meanwhile")


class Stale(Conflict):
    """Somebody saved the record first. 409; `details["current"]` holds their values."""

    code = "record.stale"


class TooLarge(Refusal):
    """More than is accepted at once: a file, a body, a page. 413."""

    status, code = 413, "request.too-large"
    title = N_("This is too large")


class TooOften(Refusal):
    """More attempts than a person makes. 429."""

    status, code = 429, "request.too-often"
    title = N_("There were too many attempts, try again in a few minutes")


class NotPublished(Refusal):
    """There is no revision to serve, or the set of files has problems. 503."""

    status, code = 503, "catalog.missing"
    title = N_("The application is not published yet")
