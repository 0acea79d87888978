"""The workshop of the services, for workers that take its jobs up."""

from tests.services.conftest import begun_on_monday, office, site

__all__ = ["begun_on_monday", "office", "site"]
