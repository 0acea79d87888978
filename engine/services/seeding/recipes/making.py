"""Sources that make something new: numbers, days, identifiers of people and organisations, rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

from engine.fields.iin import check_digit
from engine.services.seeding.recipes.choosing import candidates
from engine.services.seeding.recipes.scope import RecipeError, Scope
from engine.services.seeding.recipes.sources import mapping, number, source, span

CENTURY = {(1800, "m"): 1, (1800, "f"): 2, (1900, "m"): 3, (1900, "f"): 4, (2000, "m"): 5, (2000, "f"): 6}
LETTERS = "ABCDEFGHKLMNPRSTUVXYZ"
_ZEROS = re.compile(r"\{(0+)\}")


@source("number")
def a_number(run, scope: Scope, option: Any) -> int | Decimal:
    """From `[least, most]`, or `{between: [a, b], step: 50, places: 2}`."""
    if isinstance(option, list):
        return run.random.randint(*span(run, scope, option))
    mapping(option, "between", "step", "places")
    places = int(number(option.get("places", 0)))
    low, high = (Decimal(str(run.value(end, scope))) for end in option["between"])
    step = Decimal(str(option.get("step", Decimal(1).scaleb(-places))))
    return (low + step * run.random.randint(0, int((high - low) / step))).quantize(Decimal(1).scaleb(-places))


@source("date")
def a_date(run, scope: Scope, option: Any) -> date:
    """A day from `[first, last]`; `{between: [a, b], workday: yes}` draws working days only."""
    ends = option if isinstance(option, list) else mapping(option, "between", "workday")["between"]
    low, high = (day(run, scope, end) for end in ends)
    if high < low:
        raise RecipeError(f"the days {low} and {high} stand the wrong way round")
    if isinstance(option, Mapping) and option.get("workday") == "yes":
        found = working(run, low, high)
        if not found:
            raise RecipeError(f"there is no working day between {low} and {high}")
        return run.random.choice(found)
    return low + timedelta(days=run.random.randint(0, (high - low).days))


def day(run, scope: Scope, written: Any) -> date:
    """A day as recipes write it: ISO, a name, or another source."""
    found = run.value(written, scope)
    if isinstance(found, date):
        return found
    try:
        return date.fromisoformat(str(found))
    except ValueError:
        raise RecipeError(f"{found!r} is no day") from None


def working(run, low: date, high: date) -> list[date]:
    """The working days from `low` to `high`, by the calendar of the site."""
    if (low, high) not in run.worked:
        days = (low + timedelta(days=n) for n in range((high - low).days + 1))
        run.worked[low, high] = [d for d in days if run.calendar.workday(d, 0) == d]
    return run.worked[low, high]


@source("workdays")
def workdays(run, scope: Scope, option: Any) -> list[date]:
    """Working days to make something `each` of: `{from: a, to: b}`, `{last: 20}` until today, `{next: 5}` after it."""
    mapping(option, "from", "to", "last", "next")
    if "last" in option:
        return working(run, run.today - timedelta(days=400), run.today)[-int(number(option["last"])):]
    if "next" in option:
        tomorrow = run.today + timedelta(days=1)
        return working(run, tomorrow, tomorrow + timedelta(days=60))[:int(number(option["next"]))]
    return working(run, day(run, scope, option["from"]), day(run, scope, option["to"]))


@source("spread")
def spread(run, scope: Scope, option: Any) -> date:
    """Working days from `[first, last]` in their order, so that the items of a step fill the time evenly."""
    low, high = (day(run, scope, end) for end in option)
    days = working(run, low, high)
    if not days:
        raise RecipeError(f"there is no working day between {low} and {high}")
    return days[(scope.read("n") - 1) * len(days) // scope.read("of")]


@source("shift")
def shift(run, scope: Scope, option: Any) -> date:
    """A day some time before or after another: `{from: day, years: 1, days: [3, 9], since: a, until: b}`."""
    mapping(option, "from", "years", "days", "workdays", "since", "until")
    found = day(run, scope, option["from"])
    if "years" in option:
        year = found.year + run.random.randint(*span(run, scope, option["years"]))
        found = found.replace(year=year, day=min(found.day, 28) if found.month == 2 else found.day)
    if "days" in option:
        found += timedelta(days=run.random.randint(*span(run, scope, option["days"])))
    if "workdays" in option:
        found = run.calendar.workday(found, run.random.randint(*span(run, scope, option["workdays"]))) or found
    if "since" in option:
        found = max(found, day(run, scope, option["since"]))
    return min(found, day(run, scope, option["until"])) if "until" in option else found


@source("sequence")
def sequence(run, scope: Scope, option: Any) -> str:
    """The next number of a step, as `ЛД-{0000}` says; names may stand in it too."""
    key = (run.step, option)
    run.counters[key] = run.counters.get(key, 0) + 1
    return str(scope.fill(_ZEROS.sub(lambda zeros: f"{run.counters[key]:0{len(zeros[1])}d}", option)))


@source("pattern")
def pattern(run, scope: Scope, option: Any) -> str:
    """A text where `#` becomes a digit and `@` a capital letter."""
    drawn = {"#": lambda: str(run.random.randint(0, 9)), "@": lambda: run.random.choice(LETTERS)}
    return "".join(drawn[c]() if c in drawn else c for c in str(scope.fill(option)))


@source("iin")
def iin(run, scope: Scope, option: Any) -> str:
    """A valid number of a person, given once: `{birth: day, sex: m}`."""
    mapping(option, "birth", "sex")
    born, sex = day(run, scope, option["birth"]), run.value(option["sex"], scope)
    century = CENTURY.get((born.year // 100 * 100, sex))
    if century is None:
        raise RecipeError(f"no IIN for {born} and sex {sex!r}")
    return _checked(run, lambda: f"{born:%y%m%d}{century}{run.random.randint(0, 9999):04d}")


@source("bin")
def bin_number(run, scope: Scope, option: Any) -> str:
    """A valid number of an organisation registered on a day, given once: `{since: day}`."""
    since = day(run, scope, mapping(option, "since")["since"])
    return _checked(run, lambda: f"{since:%y%m}4{run.random.choice('01')}{run.random.randint(0, 99999):05d}")


def _checked(run, make) -> str:
    for _ in range(1_000):
        base = make()
        digit = check_digit(base)
        if digit is not None and f"{base}{digit}" not in run.used:
            run.used.add(f"{base}{digit}")
            return f"{base}{digit}"
    raise RecipeError("no number is left: too many people of one day")


@source("iban")
def iban(run, scope: Scope, option: Any) -> str:
    """A valid account of Kazakhstan at the bank with this three-digit code."""
    account = f"{run.value(option, scope)}{run.random.randint(0, 10**13 - 1):013d}"
    # K = 20, Z = 35: the letters count as numbers, the country stands last (ISO 13616).
    return f"KZ{98 - int(account + '203500') % 97:02d}{account}"


@source("phone")
def phone(run, scope: Scope, option: Any) -> str:
    """A mobile number with one of these codes."""
    return f"+7{run.random.choice(candidates(run, scope, option))}{run.random.randint(2_000_000, 9_999_999)}"


@source("rows")
def rows(run, scope: Scope, option: Any) -> list[dict[str, Any]]:
    """Rows: `{count: [1, 5], let: ..., set: ...}`, or one for `each` of a list, named by `as`."""
    mapping(option, "count", "each", "as", "let", "set", "when")
    if "each" in option:
        items = run.items(option["each"], scope)
    else:
        items = [None] * run.random.randint(*span(run, scope, option.get("count", "1")))
    found = []
    for place, one in enumerate(items, 1):
        names: dict[str, Any] = {"row": place, option.get("as", "it"): one}
        inner = scope.inside(names)
        for key, written in (option.get("let") or {}).items():
            names[key] = run.value(written, inner)
        if "when" in option and not run.value(option["when"], inner):
            continue
        row: dict[str, Any] = {}
        inner = inner.inside(row)
        for key, written in option["set"].items():
            row[key] = run.value(written, inner)
        found.append(row)
    return found


@source("cross")
def cross(run, scope: Scope, option: Any) -> list[dict[str, Any]]:
    """Each of one list with each of the others: `{day: [...], plan: meals}`."""
    names = list(mapping(option, *option))
    return [dict(zip(names, found, strict=True)) for found in product(*(run.items(option[n], scope) for n in names))]


@source("find")
def find(run, scope: Scope, option: Any) -> str:
    """A record that is there already, by its natural key: `{system.position: teacher}`."""
    address, key = next(iter(mapping(option, *option).items()))
    return run.found(address, run.value(key, scope))


@source("join")
def join(run, scope: Scope, option: Any) -> str:
    """The texts that are not empty, put together: `{with: ", ", of: [...]}`."""
    mapping(option, "with", "of")
    parts = (run.value(one, scope) for one in option["of"])
    return str(option.get("with", " ")).join(str(p) for p in parts if p not in (None, ""))
