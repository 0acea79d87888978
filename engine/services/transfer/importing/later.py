"""Imports as work in the background: large tables are checked and written by a job, with a bar of progress."""

from __future__ import annotations

from typing import Any

from engine.language import N_
from engine.services.jobs import defer
from engine.services.jobs.run import Interrupted, Lost
from engine.services.transfer.importing import keeping, verbs
from engine.services.transfer.importing.keeping import CHECKING, RUNNING, Import

KIND = "transfer.import"
AT_ONCE = 500
"""Lines for which a person waits."""
CHECK, CARRY_OUT = "check", "carry_out"
TITLES = {CHECK: N_("Check of %(name)s"), CARRY_OUT: N_("Import of %(name)s")}
FOUND = N_("Mistakes: %(wrong)s. Nothing was imported")
FINE = N_("No mistakes: it can be imported")
MADE = N_("New: %(created)s, changed: %(updated)s")


def leave(uow, address: str, one: Import, what: str) -> Any:
    """Leave the work to a job; its id."""
    job = defer(uow, KIND, {"entity": address, "import": str(one.id), "do": what},
                title=(TITLES[what], {"name": one.file_name}), key=f"import {one.id}")
    keeping.change(uow, one.id, state=CHECKING if what == CHECK else RUNNING, job_id=job)
    return job


def perform(run: Any) -> Any:
    """The handler of `transfer.import`. Doing it twice does it once: the last step also ends the job."""
    address, id, what = (run.arguments[key] for key in ("entity", "import", "do"))

    def begin(view: Any) -> tuple[Any, Import]:
        entity = verbs.entity_for(view, address)
        return entity, keeping.one(view, entity, id)

    url = {"url": f"{run.site.catalog.entity(address).url}/import/{id}"}
    try:
        if what == CHECK:
            _check(run, begin, url)
        else:
            _carry_out(run, begin, url)
    except (Interrupted, Lost):
        raise  # it begins anew, here or with another worker
    except BaseException:
        # Whatever stopped it, the person can go on from the page of the import.
        run.write(lambda uow: keeping.change(uow, begin(uow)[1].id, state=keeping.READ, job_id=None))
        raise
    return None


def _check(run: Any, begin: Any, url: dict[str, Any]) -> None:
    def work(view: Any) -> tuple[Import, dict[str, Any]]:
        entity, one = begin(view)
        return one, verbs.check(view, entity, one, _progress(run, one))

    one, figures = run.read(work)

    def keep(uow: Any) -> None:
        verbs.keep_check(uow, one, figures)
        said = (FOUND, {"wrong": figures["wrong"]}) if figures["wrong"] else FINE
        run.finish(uow, url, said)

    run.write(keep)


def _carry_out(run: Any, begin: Any, url: dict[str, Any]) -> None:
    def work(uow: Any) -> None:
        entity, one = begin(uow)
        figures = verbs.carry_out(uow, entity, one, _progress(run, one))
        run.finish(uow, url, (MADE, {"created": figures["created"], "updated": figures["updated"]}))

    try:
        run.write(work)
    except verbs.TableWrong as refused:
        figures = refused.details["figures"]

        def keep(uow: Any) -> None:
            verbs.keep_check(uow, begin(uow)[1], figures)
            run.finish(uow, url, (FOUND, {"wrong": figures["wrong"]}))

        run.write(keep)


def _progress(run: Any, one: Import) -> Any:
    total = verbs.size_of(one)
    return lambda lines: run.progress(min(lines, total), total)
