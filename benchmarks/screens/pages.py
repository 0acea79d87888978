"""Pages of a list of a million records beside pages of the same list with ten thousand: length must not be felt."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from benchmarks.measuring import Client
from benchmarks.scenarios import PAGE, Request
from benchmarks.school import School
from benchmarks.servers import serving

ROUNDS, EACH, WARM_UP = 8, 12, 6
PAGES: dict[str, Callable[[School, int], str]] = {
    "first page": lambda school, n: PAGE,
    "last page": lambda school, n: f"{PAGE}?last=1",
    "filtered page": lambda school, n: f"{PAGE}?state.is=posted&date.between=2025-{n % 12 + 1:02}-01"
                                       f"&date.between=2025-{n % 12 + 1:02}-28",
    "page of one payer": lambda school, n: f"{PAGE}?payer.is={school.payers[n % 50]}",
}
UNLIKE = ("page of one payer",)
"""Told, and held to nothing: of the short list it has five rows, of the long one fifty of five hundred."""


def measure_pages(small: School, large: School, say: Callable[[str], None]) -> dict[str, dict[str, float]]:
    """Page -> milliseconds (medians) of the small and of the large list. Rounds alternate between the two."""
    found: dict[str, dict[str, float]] = {}
    with ExitStack() as stack:
        clients = {
            name: Client(stack.enter_context(serving("engine", school)), school)
            for name, school in (("small", small), ("large", large))
        }
        schools = {"small": small, "large": large}
        for title, path in PAGES.items():
            times: dict[str, list[float]] = {"small": [], "large": []}
            for number in range(-1, ROUNDS):
                for name in ("small", "large") if number % 2 else ("large", "small"):
                    for request in _requests(schools[name], path, WARM_UP if number < 0 else EACH, number):
                        seconds = clients[name].do(request)[0]
                        if number >= 0:
                            times[name].append(1000 * seconds)
            found[title] = {name: statistics.median(taken) for name, taken in times.items()}
            say(f"{title}: {found[title]['small']:.1f} ms of {small.rows}, {found[title]['large']:.1f} ms of "
                f"{large.rows}, ratio {ratio(found[title]):.2f}")
    return found


def ratio(times: dict[str, float]) -> float:
    return times["large"] / times["small"]


def _requests(school: School, path: Callable[[School, int], str], count: int, number: int) -> Iterator[Request]:
    for n in range(count):
        yield Request("GET", path(school, number * count + n))
