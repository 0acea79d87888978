"""Publishing: a set of files becomes the next revision, with its tables and dictionaries, in one transaction."""

from engine.services.publishing.holder import CatalogHolder
from engine.services.publishing.publication import Published, publish

__all__ = ["CatalogHolder", "Published", "publish"]
