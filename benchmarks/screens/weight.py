"""What a browser has to fetch for a list: everything on the first visit, the page alone after that. As it is sent."""

from __future__ import annotations

import re

from benchmarks.measuring import Client
from benchmarks.scenarios import PAGE, Request
from benchmarks.school import School
from benchmarks.servers import serving

_ASSET = re.compile(r'(?:href|src)="(/static/[^"#]+)')
_FONT = re.compile(r"url\(([^)]+\.woff2)\)")


def weigh(school: School) -> dict[str, float]:
    """KiB of the first visit and of each later one, by parts."""
    with serving("engine", school) as server:
        client = Client(server, school)
        client.web["Accept-Encoding"] = "gzip"
        page = client.do(Request("GET", PAGE))[2]
        text = _plain(client, PAGE)
        assets = list(dict.fromkeys(_ASSET.findall(text)))
        parts = {name: len(client.do(Request("GET", name))[2]) for name in assets}
        fonts = dict.fromkeys(
            f"/static/vendor/{url.strip(chr(34) + chr(39)).rsplit('/', 1)[-1]}"
            for name in assets if "inter.css" in name for url in _FONT.findall(_plain(client, name)))
        parts |= {name: len(client.do(Request("GET", name))[2]) for name in fonts if name not in parts}
        fragment = {**client.web, "HX-Request": "true"}
        _, _, body = server.ask("GET", PAGE, None, fragment)
    return {"first": (len(page) + sum(parts.values())) / 1024, "after": len(page) / 1024, "fragment": len(body) / 1024,
            "files": float(len(parts))}


def _plain(client: Client, path: str) -> str:
    headers = {k: v for k, v in client.web.items() if k != "Accept-Encoding"}
    return client.server.ask("GET", path, None, headers)[2].decode()
