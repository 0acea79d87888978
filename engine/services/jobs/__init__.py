"""Work in the background: deferred in a business transaction, done once in effect, watched and stopped by people.

The row in `engine_job` is the truth; whatever else knows of a job knows its id only (decisions.md, 26).
"""

from engine.services.jobs.claiming import Hands, due
from engine.services.jobs.deciding import cancel, retry
from engine.services.jobs.deferring import defer
from engine.services.jobs.looking import Job, get, listing, open_file, sees_all, states_of
from engine.services.jobs.performing import perform, work_off
from engine.services.jobs.run import Cancelled, Run
from engine.services.jobs.schedules import pause, planned, run_now, tick

__all__ = [
    "Cancelled", "Hands", "Job", "Run", "cancel", "defer", "due", "get", "listing", "open_file", "pause", "perform",
    "planned", "retry", "run_now", "sees_all", "states_of", "tick", "work_off",
]
