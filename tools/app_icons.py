"""`python -m tools.app_icons`: the icons of the installed application, drawn from the logo by chromium.

The result is committed with a manifest of checksums, so that nobody needs a browser to run Qurastyr.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

STATIC = Path(__file__).resolve().parents[1] / "engine" / "web" / "static"
LOGO, TARGET = STATIC / "logo.svg", STATIC / "icons"
COLOUR, PAPER = "#00728A", "#FFFFFF"
# name: (size, share of the side that the mark takes, mark, ground). A maskable icon keeps to the inner 80 per cent.
ICONS = {
    "app-192.png": (192, 0.76, COLOUR, PAPER),
    "app-512.png": (512, 0.76, COLOUR, PAPER),
    "maskable-192.png": (192, 0.56, PAPER, COLOUR),
    "maskable-512.png": (512, 0.56, PAPER, COLOUR),
}


def page(size: int, share: float, mark: str, ground: str) -> str:
    """An HTML page that is the icon."""
    drawing = re.sub(r'color="[^"]*"', f'color="{mark}"', LOGO.read_text("utf-8"))
    side = round(size * share)
    middle = f"margin:0;display:grid;place-items:center;width:{size}px;height:{size}px"
    return (f'<body style="{middle};background:{ground}">'
            f'<div style="width:{side}px;height:{side}px">{drawing}</div></body>')


def main() -> None:
    from playwright.sync_api import sync_playwright

    TARGET.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, (size, share, mark, ground) in ICONS.items():
            sheet = browser.new_page(viewport={"width": size, "height": size})
            sheet.set_content(page(size, share, mark, ground))
            sheet.screenshot(path=TARGET / name)
            sheet.close()
        browser.close()
    made = {name: hashlib.sha256((TARGET / name).read_bytes()).hexdigest() for name in ICONS}
    source = hashlib.sha256(LOGO.read_bytes()).hexdigest()
    manifest = {"made_by": "python -m tools.app_icons", "from": "logo.svg", "sha256": source,
                "licence": "Apache-2.0, as the logo: own drawing of this project", "files": made}
    (TARGET / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
