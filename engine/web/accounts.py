"""The way in of others, for their administrators: first passwords, blocking, sessions, closing an account for good."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from flask import Response, request

from engine import doors
from engine.errors import Refusal
from engine.language import N_, plural
from engine.language.formats import write_moment
from engine.services.accounts import administering, inviting
from engine.services.accounts.keys import makers
from engine.services.display import names_of
from engine.services.identity import own
from engine.services.identity.actors import PERSON, USER
from engine.services.identity.policy import policy_of
from engine.web import pages
from engine.web.api_keys import drawn_keys
from engine.web.asking import ask, do
from engine.web.devices import device
from engine.web.routes import blueprint

CANNOT = N_("This was not done")


@blueprint.get("/accounts/<id>")
@doors.declares_access(doors.SIGNED_IN)
def account_of(id: str) -> Response:
    """How it stands with the way in of a user, and what may be done about it."""
    return ask(lambda view: _page(view, id))


def _page(view: Any, id: str, refusal: Refusal | None = None) -> Response:
    found = administering.standing(view, id)
    entity, values = found.record.entity, found.record.values
    person = values.get("person")
    name = names_of(view, PERSON, [person]).get(person, "") if person else ""
    return pages.page(
        "accounts/account.html", refusal.status if refusal else 200,
        login=values["login"], person_name=name, url=f"/accounts/{found.record.id}", is_active=values["active"],
        record_url=f"{entity.url}/{found.record.id}", standing=drawn_standing(found),
        trail=[*_trail(view.catalog, view.language), (values["login"], f"{entity.url}/{found.record.id}")],
        sessions=[_session(s) for s in found.sessions],
        keys=drawn_keys(view, found.keys, makers(view, found.keys)),
        problems=[p.text(view.language) for p in refusal.problems] if refusal else [],
        archived=values.get("archived_at") is not None,
    )


def drawn_standing(found: administering.Standing) -> SimpleNamespace:
    """What pages and the panel beside the record say of a way in."""
    return SimpleNamespace(
        has_password=found.has_password, is_first=found.first_until is not None,
        first_until=write_moment(found.first_until) if found.first_until else "",
        changed=write_moment(found.changed_at) if found.changed_at else "", sessions=len(found.sessions),
        is_shut=found.is_shut, paused=write_moment(found.paused_until) if found.paused_until else "",
        factors=found.factors, keys=sum(key.is_live for key in found.keys), is_own=found.is_own,
        is_service=found.is_service,
        invited=write_moment(found.invited_until) if found.invited_until else "",
    )


def _session(session: own.Session) -> SimpleNamespace:
    return SimpleNamespace(name=session.name, device=device(session.agent) or "—", agent=session.agent,
                           address=session.address, begun=write_moment(session.begun_at),
                           seen=write_moment(session.seen_at))


def _done(id: str, work: Any, said: str, onward: str = "") -> Response:
    """Carry `work` out and say so; what is refused is told on the page of the account."""
    try:
        do(work)
    except Refusal as refusal:
        if refusal.status not in (409, 422):
            raise
        return ask(lambda view: _page(view, id, refusal))
    pages.notice("done", pages.said(said))
    return pages.see_other(onward or f"/accounts/{id}")


@blueprint.post("/accounts/<id>/first-password")
@doors.declares_access(doors.SIGNED_IN)
def give_first_password(id: str) -> Response:
    """A new first password, on a page that is shown this one time."""
    try:
        made = do(lambda uow: administering.first_password(uow, id))
    except Refusal as refusal:
        if refusal.status not in (409, 422):
            raise
        return ask(lambda view: _page(view, id, refusal))
    return told_passwords([made], f"/accounts/{id}")


def told_passwords(made: list[tuple[str, str, str]], back: str) -> Response:
    """First passwords as slips to hand over. Nobody can see them again."""
    site = doors.site()
    until = write_moment(site.clock.now() + timedelta(hours=policy_of(site).first_hours))
    return pages.page("accounts/told.html", made=made, back_url=back, until=until, address=site.settings.address,
                      trail=_trail(site.catalog, doors.language()))


def _trail(catalog: Any, language: str) -> list[tuple[str, str]]:
    entity = catalog.entity(USER)
    return [(catalog.modules[entity.module].title.in_(language), f"/{entity.module}"),
            (entity.plural.in_(language), entity.url)]


@blueprint.post("/accounts/<id>/invite")
@doors.declares_access(doors.SIGNED_IN)
def invite_account(id: str) -> Response:
    """A letter with a link that is good once; it is sent after the commit."""
    return _done(id, lambda uow: inviting.invite(uow, id), N_("The invitation is on its way"))


@blueprint.post("/accounts/<id>/block")
@doors.declares_access(doors.SIGNED_IN)
def block_account(id: str) -> Response:
    return _done(id, lambda uow: administering.block(uow, id, False), N_("Blocked: every session and key has stopped"))


@blueprint.post("/accounts/<id>/unblock")
@doors.declares_access(doors.SIGNED_IN)
def unblock_account(id: str) -> Response:
    return _done(id, lambda uow: administering.block(uow, id, True), N_("Let in again"))


@blueprint.post("/accounts/<id>/open")
@doors.declares_access(doors.SIGNED_IN)
def open_account(id: str) -> Response:
    return _done(id, lambda uow: administering.open_again(uow, id), N_("Failed attempts are forgotten"))


@blueprint.post("/accounts/<id>/end-sessions")
@doors.declares_access(doors.SIGNED_IN)
def end_sessions_of(id: str) -> Response:
    return _done(id, lambda uow: administering.end_all_sessions(uow, id), N_("Signed out everywhere"))


@blueprint.post("/accounts/<id>/sessions/<name>/end")
@doors.declares_access(doors.SIGNED_IN)
def end_session_of(id: str, name: str) -> Response:
    return _done(id, lambda uow: administering.end_one_session(uow, id, name), N_("The session is ended"))


@blueprint.post("/accounts/<id>/remove-factors")
@doors.declares_access(doors.SIGNED_IN)
def remove_factors_of(id: str) -> Response:
    return _done(id, lambda uow: administering.remove_factors(uow, id), N_("Second factors are removed"))


@blueprint.post("/accounts/<id>/delete")
@doors.declares_access(doors.SIGNED_IN)
def delete_account(id: str) -> Response:
    """For good; asks for the sign-in name as a confirmation."""
    typed = request.form.get("confirmed", "")[:200]
    listed = doors.site().catalog.entity(USER).url
    return _done(id, lambda uow: administering.delete(uow, id, typed), N_("The account is deleted"), listed)


@blueprint.route("/accounts/without", methods=["GET", "POST"])
@doors.declares_access(doors.SIGNED_IN)
def accounts_without() -> Response:
    """Users who cannot sign in yet, as an import leaves them: letters or first passwords for those who are ticked."""
    ids, nobody, invited = request.form.getlist("id")[: administering.MOST_AT_ONCE], False, None
    if request.method == "POST":
        if ids and "invite" in request.form:
            invited = do(lambda uow: inviting.invite_many(uow, ids))
            if not invited.without:
                pages.notice("done", invitations_sent(len(invited.sent)))
                return pages.see_other("/accounts/without")
        elif ids:
            return told_passwords(do(lambda uow: administering.first_passwords(uow, ids)), "/accounts/without")
        else:
            nobody = True

    def work(view: Any) -> Response:
        found = administering.without_password(view)
        return pages.page(
            "accounts/without.html", 422 if nobody else 200, users=found, nobody=nobody, invited=invited,
            ticked=_ticked(found, invited, nobody), sends=view.site.settings.sends_letters,
            told=invitations_sent(len(invited.sent)) if invited and invited.sent else "",
            trail=_trail(view.catalog, view.language),
        )

    return ask(work)


def _ticked(users: list[Any], invited: inviting.Invited | None, nobody: bool) -> set[Any]:
    """Who is ticked when the page opens: everybody without a letter; after invitations those whom none can reach."""
    if invited is not None:
        return {id for *_, id in invited.without}
    return set() if nobody else {id for id, _, _, is_invited in users if not is_invited}


def invitations_sent(count: int) -> str:
    return plural(N_("%(number)s invitation is on its way"), N_("%(number)s invitations are on their way"), count,
                  doors.language())
