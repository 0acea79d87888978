"""What entries are about: operations in words, and the kinds that people ask for."""

from __future__ import annotations

import sqlalchemy as sa

from engine.language import N_, translate
from engine.services.seeing import LOOK
from engine.storage.system.tables import JOURNAL

OPERATIONS = {
    "create": N_("created"), "edit": N_("changed"), "archive": N_("archived"), "restore": N_("restored"),
    "copy": N_("copied"), "post": N_("posted"), "reverse": N_("reversed"), "annul": N_("annulled"),
    "import": N_("imported"), "upload": N_("uploaded a file"),
    LOOK: N_("looked at"), "download": N_("downloaded a file"), "export": N_("exported"), "print": N_("printed"),
    "sign-in": N_("signed in"), "sign-in refused": N_("was refused at the sign-in"), "refused": N_("was refused"),
    "sign-out": N_("signed out"), "password": N_("got another password"), "key": N_("made an API key"),
    "key narrowed": N_("narrowed an API key"), "key revoked": N_("revoked an API key"),
    "key refused": N_("was refused an API key"), "key held back": N_("was held back with API keys"),
    "ways in closed": N_("closed every way in of somebody"),
    "first password": N_("gave a first password"), "password refused": N_("was refused another password"),
    "session ended": N_("ended a session"), "sessions ended": N_("ended the sessions of somebody"),
    "opened again": N_("opened an account again"), "account deleted": N_("deleted an account"),
    "sign-in held back": N_("was held back at the sign-in"), "code refused": N_("was refused a code"),
    "second factor": N_("showed a second factor"), "recovery code": N_("used a recovery code"),
    "factor set up": N_("set up a second factor"), "recovery codes made": N_("made recovery codes"),
    "factor removed": N_("removed one of the second factors"), "code held back": N_("was held back at the code"),
    "passkey refused": N_("was refused a passkey"),
    "passkey copy refused": N_("was refused a passkey whose count went back: it may have been copied"),
    "invitation": N_("invited somebody"), "invitation accepted": N_("accepted an invitation"),
    "reset asked": N_("asked for a link for a forgotten password"),
    "reset held back": N_("was held back asking for a forgotten password"),
    "password reset": N_("chose a new password by a link"), "link refused": N_("was refused a link"),
    "factors removed": N_("removed the second factors of somebody"), "person forget": N_("erased a person"),
    "comment": N_("commented"), "comment change": N_("changed a comment"), "comment remove": N_("removed a comment"),
    "publish": N_("published the metadata"), "job cancel": N_("stopped work in the background"),
    "job retry": N_("tried work in the background again"), "journal head": N_("took a new head of the journal"),
    "journal segment": N_("put a part of the journal into a file"), "database open": N_("opened the database"),
    "database error": N_("met a failure of the database"), "database upgrade": N_("changed the engine's own tables"),
}
"""Operation -> what was done, after who did it. Others are shown by their own names."""

KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "changes": (N_("Changes of records"), (
        "create", "edit", "archive", "restore", "copy", "post", "reverse", "annul", "import", "upload")),
    "looks": (N_("Looks at restricted data"), (LOOK,)),
    "leaving": (N_("Exports, prints, downloads"), ("export", "print", "download")),
    "doors": (N_("Sign-ins and accounts"), (
        "sign-in", "sign-in refused", "sign-out", "password", "password refused", "first password", "key",
        "key narrowed", "key revoked", "ways in closed",
        "session ended", "sessions ended", "opened again", "account deleted", "factors removed", "factor removed",
        "second factor", "recovery code", "factor set up", "recovery codes made", "invitation", "invitation accepted",
        "reset asked", "password reset")),
    "refused": (N_("Refusals"), ("refused", "sign-in refused", "sign-in held back", "code refused", "code held back",
                                "key refused", "key held back", "passkey refused",
                                "passkey copy refused", "reset held back", "link refused")),
    "talk": (N_("Comments"), ("comment", "comment change", "comment remove")),
}
"""Kind -> (title, operations it has for certain). `OTHER` is whatever no kind names."""
OTHER = "other"
OTHER_TITLE = N_("Everything else")


def said(operation: str, language: str) -> str:
    """The operation in words."""
    found = OPERATIONS.get(operation)
    return translate(found, language) if found else operation


def of_kind(kind: str) -> sa.ColumnElement[bool]:
    """The condition of one kind. KeyError for a word that is none.

    Parts of the engine add operations of their own: those that begin like a known one belong to its kind.
    """
    operation = JOURNAL.c.operation
    if kind == "doors":
        return sa.or_(operation.in_(KINDS[kind][1]), operation.like("sign-in%"))
    if kind == "refused":
        return sa.or_(operation.in_(KINDS[kind][1]), operation.like("% refused"))
    if kind == OTHER:
        known = [name for _, names in KINDS.values() for name in names]
        return sa.and_(operation.not_in(known), operation.not_like("sign-in%"), operation.not_like("% refused"))
    return operation.in_(KINDS[kind][1])


def kind_of(operation: str) -> str:
    """The kind that statistics count the operation in."""
    if operation.endswith("refused"):
        return "refused"
    for kind, (_, names) in KINDS.items():
        if operation in names:
            return kind
    return "doors" if operation.startswith("sign-in") else OTHER
