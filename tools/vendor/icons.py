"""The icon sprite: one file with a <symbol> for each icon in use, drawn by `<use href="icons.svg#name">`."""

import re
from pathlib import Path

# Names are those of tabler.io/icons, so that an `icon:` in YAML can be looked up there.
NAMES = """
address-book adjustments alert-circle alert-triangle apple archive arrow-back-up arrow-down arrow-left arrow-right
arrow-up ban bell book book-2 books briefcase building building-bank building-community building-store
building-warehouse bulb calculator calendar calendar-event calendar-month calendar-stats camera cash certificate
chart-bar chart-line chart-pie check checkbox checklist checks chevron-down chevron-left chevron-right chevron-up
chevrons-left chevrons-right circle-check circle-x clipboard clipboard-check clipboard-list clock coin columns
contract copy database device-floppy device-mobile door dots dots-vertical download edit external-link eye eye-off
file file-description file-export file-import file-invoice file-spreadsheet file-text file-upload files filter
filter-off first-aid-kit flag folder folder-open forms gavel git-branch git-compare grip-vertical headset heart
heartbeat help history home hourglass id id-badge id-badge-2 inbox info-circle key keyboard language
layout-dashboard layout-list layout-sidebar layout-sidebar-left-collapse layout-sidebar-left-expand license link
list list-check list-details list-tree loader-2 lock lock-open login logout mail mail-opened map-pin math-function
medical-cross menu-2 message message-circle mood-kid moon news note notebook notes package paperclip password pencil
phone photo pin plus point presentation printer puzzle qrcode question-mark receipt refresh repeat report
report-analytics rosette-discount-check route salad scale school search selector send server settings shield
shield-check shield-lock sitemap sort-ascending sort-descending soup speakerphone stack-2 star stethoscope subtask
sun switch-horizontal table tag tags target test-pipe ticket timeline tool tools-kitchen tools-kitchen-2 trash
trending-up trophy truck truck-delivery upload user user-check user-circle user-off user-plus users users-group
vaccine versions wallet world writing writing-sign x zoom-in
""".split()


def sprite(package: Path) -> str:
    """The sprite as text; names this release of Tabler Icons does not have are an error. Raises KeyError."""
    symbols = []
    for name in sorted(set(NAMES)):
        source = package / "icons" / "outline" / f"{name}.svg"
        if not source.exists():
            raise KeyError(f"Tabler Icons has no outline icon {name!r}")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{_drawing(source.read_text("utf-8"))}</symbol>')
    body = "\n".join(symbols)
    # Stroke and fill are not written here: what <use> draws inherits them from the .icon that holds it.
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n'


def _drawing(svg: str) -> str:
    """What stands between <svg> and </svg>, without the invisible frame Tabler draws first."""
    inner = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    inner = re.sub(r'<path\s+stroke="none"\s+d="M0 0h24v24H0z"\s+fill="none"\s*/>', "", inner)
    return re.sub(r"\s*\n\s*", "", inner).replace(" />", "/>").strip()
