"""YAML to a checked, compiled Catalog. Every problem has a file, a line, a column and a hint. No database is needed."""

from engine.loading.files import Loaded, digest_of, load_files, load_folder
from engine.loading.problems import LoadProblem

__all__ = ["LoadProblem", "Loaded", "digest_of", "load_files", "load_folder"]
