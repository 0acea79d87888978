"""Rebuilds engine/web/static/vendor/ from npm packages: `python -m tools.vendor`.

Needs npm on PATH and the `dev` extra (fonttools, brotli). The result is committed; a site never runs this.
"""
