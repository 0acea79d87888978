"""Two cuts of Inter variable: Latin with figures and signs, Cyrillic with every Kazakh letter.

The usual web cuts split Kazakh letters between two files (ұ and і in one, ә ғ қ ң ө ү һ in the other), which loses
kerning inside ordinary words, and hold no tenge sign. Ours are cut from the full font: one file per script.
"""

from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

# Letters, punctuation, arrows, mathematical signs of forms, № and the currencies of the region with the tenge.
LATIN = "0020-007E 00A0-00FF 0131 0152-0153 02C6 02DA 02DC 2010-2015 2018-201E 2020-2022 2026 202F 2030 2032-2033 " \
        "2039-203A 20AC 20B8 20BD 2116 2122 2190-2193 2212 2248 2260 2264-2265 2713"
CYRILLIC = "0301 0400-045F 0462-0463 0472-0475 0490-04FF"
CUTS = {"inter-latin.woff2": LATIN, "inter-cyrillic.woff2": CYRILLIC}
FEATURES = ["calt", "ccmp", "locl", "kern", "mark", "mkmk", "case", "tnum", "zero", "frac"]


def cut(package: Path, name: str, target: Path) -> None:
    """Write one cut: every weight from 100 to 900, at the text size of the optical axis."""
    font = TTFont(package / "variable" / "InterVariable.woff2", recalcTimestamp=False)
    options = Options()
    options.flavor = "woff2"
    options.layout_features = FEATURES
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=code_points(CUTS[name]))
    subsetter.subset(font)
    # After the subsetting: pinning an axis first leaves glyphs without variations, which the subsetter misses.
    instantiateVariableFont(font, {"opsz": 14}, inplace=True)
    font.flavor = "woff2"
    font.save(target)


def code_points(ranges: str) -> list[int]:
    """`0041-0043 20B8` as numbers."""
    found: list[int] = []
    for part in ranges.split():
        first, _, last = part.partition("-")
        found += range(int(first, 16), int(last or first, 16) + 1)
    return found


def css_range(ranges: str) -> str:
    """The same ranges as CSS writes them."""
    return ", ".join("U+" + "-".join(part.split("-")) for part in ranges.split())


def stylesheet() -> str:
    """The @font-face rules of all cuts."""
    return "".join(
        "@font-face {\n"
        "  font-family: Inter;\n  font-style: normal;\n  font-weight: 100 900;\n  font-display: swap;\n"
        f'  src: url("{name}") format("woff2");\n  unicode-range: {css_range(ranges)};\n}}\n'
        for name, ranges in CUTS.items()
    )
