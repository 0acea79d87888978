"""Qurastyr: a folder of YAML becomes a working application. `docs/map.md` is the way round this house."""

__version__ = "0.1.0"
