"""Pictures made harmless when they come, and their small copies.

What people send is decoded and drawn anew: where and by what it was taken (EXIF, GPS, comments), a second file hidden
behind the first, further frames are all gone, and the picture stands upright. Sizes are looked at before anything is
decoded, and one picture is decoded at a time, so that memory and time are bounded.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from uuid import uuid4

from PIL import Image, ImageCms, ImageOps

from engine.errors import Invalid, Problem
from engine.language import N_

FORMATS: Mapping[str, str] = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
"""Types that are drawn anew. Others are kept as they came, and no page shows them."""
SIZES = (96, 320, 1280)
"""Longest sides of small copies."""
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 16_000
PROFILE = 64 * 1024
"""Bytes of a colour profile that is still read."""
QUALITY, SMALL_QUALITY = 90, 80

TOO_MANY_PIXELS = N_("The picture has %(pixels)s million pixels; at most %(most)s million are taken: make it smaller")
TOO_LONG = N_("The picture is %(side)s pixels long; at most %(most)s are taken: make it smaller")
DAMAGED = N_("The picture is damaged or not whole: choose another file")

_one = Lock()


def redrawn(path: Path, kind: str) -> bool:
    """Draw the picture in `path` anew, in its place; False for a type that is kept as it is.

    Raises Invalid for one that is too large or cannot be decoded to its end.
    """
    if kind not in FORMATS:
        return False
    with _one:
        image = _decoded(path, FORMATS[kind])
        fresh = path.with_name(f"{path.name}.{uuid4().hex[:8]}")
        try:
            _save(image, fresh, FORMATS[kind])
            os.replace(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)
            image.close()
    return True


def small_copy(path: Path, kind: str, size: int) -> bytes:
    """A copy of the stored picture that fits into `size`, as WebP. Raises Invalid as `redrawn` does, KeyError."""
    with _one:
        image = _decoded(path, FORMATS[kind], size)
        try:
            image.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=2.0)
            made = io.BytesIO()
            image.save(made, "WEBP", quality=SMALL_QUALITY, method=4)
            return made.getvalue()
        finally:
            image.close()


def _decoded(path: Path, wanted: str, size: int | None = None) -> Image.Image:
    """The first frame, upright, in plain colours, with nothing said about it."""
    try:
        with Image.open(path, formats=(wanted,)) as opened:
            _bounded(*opened.size)
            if size is not None:
                opened.draft("RGB", (size * 2, size * 2))  # a JPEG is decoded at a fraction of its size
            opened.load()
            return _plain(ImageOps.exif_transpose(opened))
    except Image.DecompressionBombError:
        raise Invalid([Problem("file.pixels", TOO_MANY_PIXELS, params={
            "pixels": "> 170", "most": MOST_PIXELS // 1_000_000})]) from None
    except Invalid:
        raise
    except Exception as error:  # decoders of hostile bytes raise whatever they come upon
        raise Invalid([Problem("file.picture", DAMAGED)]) from error


def _bounded(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise Invalid([Problem("file.pixels", TOO_MANY_PIXELS, params={
            "pixels": round(width * height / 1_000_000), "most": MOST_PIXELS // 1_000_000})])
    if max(width, height) > LONGEST_SIDE:
        raise Invalid([Problem("file.pixels", TOO_LONG, params={"side": max(width, height), "most": LONGEST_SIDE})])


def _plain(image: Image.Image) -> Image.Image:
    """The picture as RGB, RGBA or grey in the colours of screens, without a word about it."""
    profile = image.info.get("icc_profile")
    clear = "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "La", "RGBa")
    if image.mode.startswith("I"):  # sixteen bits of grey
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    mode = "RGBA" if clear else image.mode if image.mode in ("L", "RGB", "CMYK") else "RGB"
    if image.mode != mode:
        image = image.convert(mode)
    if profile and len(profile) <= PROFILE and mode in ("RGB", "RGBA", "CMYK"):
        image = _for_screens(image, profile)
    if image.mode == "CMYK":
        image = image.convert("RGB")
    image.info.clear()
    return image


def _for_screens(image: Image.Image, profile: bytes) -> Image.Image:
    """The same colours in sRGB; unchanged where the profile is none."""
    try:
        output = image.mode if image.mode != "CMYK" else "RGB"
        return ImageCms.profileToProfile(  # type: ignore[return-value]
            image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode=output)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


def _save(image: Image.Image, path: Path, kind: str) -> None:
    if kind == "JPEG":
        if image.mode == "RGBA":
            image = image.convert("RGB")
        image.save(path, "JPEG", quality=QUALITY, subsampling="4:2:0", optimize=True)
    elif kind == "PNG":
        image.save(path, "PNG", compress_level=4)
    else:
        image.save(path, "WEBP", quality=QUALITY, method=3)
    with path.open("rb+") as written:
        os.fsync(written.fileno())
