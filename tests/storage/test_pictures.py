"""Pictures on their way in: drawn anew, upright, silent about where they were taken; hostile ones are refused."""

from __future__ import annotations

import io
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from engine.errors import Invalid, NotFound
from engine.storage.files import LocalFileStore
from engine.storage.pictures import MOST_PIXELS

ACCEPT = ("image/jpeg", "image/png", "image/webp", "image/gif", "application/zip")
MODEL, ORIENTATION, GPS = 0x0110, 0x0112, 0x8825


@pytest.fixture
def store(tmp_path):
    return LocalFileStore(tmp_path / "files")


def flag(size=(60, 40)):
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    return image


def saved(image, kind, **more):
    stream = io.BytesIO()
    image.save(stream, kind, **more)
    return stream.getvalue()


def keep(store, content, name="a.jpg"):
    stored = store.save(io.BytesIO(content), None, name, ACCEPT, 10**8)
    return stored, b"".join(store.read(None, stored.digest))


def photographed(orientation=1):
    exif = Image.Exif()
    exif[MODEL], exif[ORIENTATION] = "Telephone 9", orientation
    exif.get_ifd(GPS)[2] = (43.0, 14.0, 20.0)
    return exif


def text_png(content):
    """A PNG with a comment of any size, which Pillow itself would not write."""
    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    plain = saved(flag(), "PNG")
    return plain[:33] + part(b"zTXt", b"Comment\0\0" + zlib.compress(content)) + plain[33:]


def huge_png(width, height):
    """A PNG that only says how large it is."""
    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(b"\0" * 99)) + part(b"IEND", b"")


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "a.jpg"), ("PNG", "a.png"), ("WEBP", "a.webp")])
def test_a_kept_picture_says_nothing_of_where_it_was_taken(store, kind, name):
    more = {"PNG": {"pnginfo": _said()}, "JPEG": {"comment": b"secret"}}.get(kind, {"xmp": b"<secret/>"})
    content = saved(flag(), kind, exif=photographed(), **more)
    assert b"Telephone" in content and b"secret" in content
    _, kept = keep(store, content, name)
    assert b"Telephone" not in kept and b"secret" not in kept
    image = Image.open(io.BytesIO(kept))
    assert not dict(image.getexif()) and image.format == kind
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "loop", "background"}


def _said():
    said = PngInfo()
    said.add_text("Author", "secret")
    return said


def test_a_picture_taken_sideways_stands_upright(store):
    _, kept = keep(store, saved(flag(), "JPEG", exif=photographed(6), quality=95))
    image = Image.open(io.BytesIO(kept))
    assert image.size == (40, 60)
    top, bottom = image.getpixel((20, 8)), image.getpixel((20, 52))
    assert top[0] > 200 > 60 > top[2] and bottom[2] > 200 > 60 > bottom[0]


def test_a_file_hidden_behind_a_picture_is_gone(store):
    hidden = b"PK\x03\x04 a whole archive <script>alert(1)</script>"
    for kind, name in (("JPEG", "a.jpg"), ("PNG", "a.png"), ("WEBP", "a.webp")):
        _, kept = keep(store, saved(flag(), kind) + hidden, name)
        assert b"script" not in kept and b"PK\x03\x04" not in kept


def test_of_a_moving_picture_the_first_frame_is_kept(store):
    frames = [flag(), Image.new("RGB", (60, 40), "green")]
    content = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=50)
    assert Image.open(io.BytesIO(content)).n_frames == 2
    _, kept = keep(store, content, "a.webp")
    image = Image.open(io.BytesIO(kept))
    assert getattr(image, "n_frames", 1) == 1 and image.convert("RGB").getpixel((5, 5))[0] > 200


@pytest.mark.parametrize(("image", "kind", "name", "mode"), [
    (Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", "a.jpg", "RGB"),
    (Image.new("P", (8, 8)), "PNG", "a.png", "RGB"),
    (Image.new("LA", (8, 8), (9, 120)), "PNG", "a.png", "RGBA"),
    (Image.new("I;16", (8, 8), 40_000), "PNG", "a.png", "L"),
    (Image.new("RGBA", (8, 8), (255, 0, 0, 90)), "WEBP", "a.webp", "RGBA"),
])
def test_every_kind_of_colour_is_kept(store, image, kind, name, mode):
    _, kept = keep(store, saved(image, kind), name)
    assert Image.open(io.BytesIO(kept)).mode == mode


HOSTILE = {
    "cut": (saved(Image.effect_noise((300, 300), 50), "JPEG")[:4000], "a.jpg", "file.picture"),
    "cut png": (saved(Image.effect_noise((300, 300), 50), "PNG")[:4000], "a.png", "file.picture"),
    "only a head": (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "a.png", "file.picture"),
    "pixels": (huge_png(8_000, 6_000), "a.png", "file.pixels"),
    "a bomb": (huge_png(100_000, 100_000), "a.png", "file.pixels"),
    "a thread": (huge_png(20_000, 2), "a.png", "file.pixels"),
    "a comment of a gigabyte": (text_png(b"\0" * 90_000_000), "a.png", "file.picture"),
    "noise": (b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40, "a.jpg", "file.picture"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_picture_is_refused_and_leaves_nothing(store, what):
    content, name, code = HOSTILE[what]
    with pytest.raises(Invalid) as refused:
        keep(store, content, name)
    problem = refused.value.problems[0]
    assert problem.code == code
    assert problem.text("kk") != problem.text("en") != problem.text("ru")
    assert [p for p in store.folder.rglob("*") if p.is_file()] == []


def test_the_largest_that_is_taken_is_taken(store):
    side = int(MOST_PIXELS**0.5)
    stored, _ = keep(store, saved(Image.new("L", (side, side), 90), "PNG"), "a.png")
    assert Image.open(io.BytesIO(store.small(None, stored.digest, "image/png", 96))).size == (96, 96)


@pytest.mark.parametrize("size", [96, 320, 1280])
def test_a_small_copy_keeps_the_shape_and_is_made_once(store, size):
    stored, _ = keep(store, saved(flag((1600, 800)), "JPEG"))
    made = store.small(None, stored.digest, "image/jpeg", size)
    image = Image.open(io.BytesIO(made))
    assert (image.format, image.size) == ("WEBP", (size, size // 2))
    at = next(store.folder.rglob(f"small-{size}/*/{stored.digest}"))
    written = at.stat().st_mtime_ns
    assert store.small(None, stored.digest, "image/jpeg", size) == made and at.stat().st_mtime_ns == written


def test_a_small_copy_is_no_larger_than_the_picture(store):
    stored, _ = keep(store, saved(flag(), "PNG"), "a.png")
    assert Image.open(io.BytesIO(store.small(None, stored.digest, "image/png", 320))).size == (60, 40)


@pytest.mark.parametrize(("digest", "kind", "size"), [
    ("0" * 64, "image/png", 96), ("../../secrets", "image/png", 96), (None, "application/pdf", 96),
    (None, "image/png", 97),
])
def test_there_is_no_small_copy_of_anything_else(store, digest, kind, size):
    stored, _ = keep(store, saved(flag(), "PNG"), "a.png")
    with pytest.raises(NotFound):
        store.small(None, digest or stored.digest, kind, size)


def test_many_ask_for_one_small_copy_at_once(store):
    stored, _ = keep(store, saved(flag((1200, 900)), "JPEG"))
    with ThreadPoolExecutor(8) as threads:
        made = set(threads.map(lambda _: store.small(None, stored.digest, "image/jpeg", 96), range(16)))
    assert len(made) == 1


def test_a_sweep_takes_the_small_copies_with_the_picture(store):
    stored, _ = keep(store, saved(flag(), "PNG"), "a.png")
    store.small(None, stored.digest, "image/png", 96)
    store._clock = lambda: 10**11
    assert store.sweep(None, lambda digest: True) == 0
    assert store.sweep(None, lambda digest: False) == 2
