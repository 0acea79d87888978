"""The file store: limits while streaming, types by content, nothing half written, nothing outside its folder."""

import hashlib
import io
import os
import time
import zipfile
from uuid import uuid4

import pytest
from PIL import Image

from engine.errors import Invalid, NotFound, TooLarge
from engine.storage.files import UNFINISHED, LocalFileStore

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ACCEPT = ("application/pdf", "image/*", "text/plain", "text/csv", DOCX, "application/msword",
          "application/vnd.oasis.opendocument.text")
NO_SVG = ("image/png", "image/jpeg", *(kind for kind in ACCEPT if kind != "image/*"))


@pytest.fixture
def store(tmp_path):
    return LocalFileStore(tmp_path / "files")


def picture(kind):
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(stream, kind)
    return stream.getvalue()


def archive(**files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
    return stream.getvalue()


def docx():
    return archive(**{"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"})


def left_over(store):
    return [p for p in store.folder.rglob("*") if p.is_file()]


@pytest.mark.parametrize(("name", "content", "kind"), [
    ("a.pdf", PDF, "application/pdf"), ("scan.txt", PDF, "application/pdf"),
    ("a.png", picture("PNG"), "image/png"), ("a.jpg", picture("JPEG"), "image/jpeg"),
    ("a.webp", picture("WEBP"), "image/webp"), ("a.docx", docx(), DOCX),
    ("a.odt", archive(mimetype="application/vnd.oasis.opendocument.text"), "application/vnd.oasis.opendocument.text"),
    ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "application/msword"),
    ("a.csv", "аты;бағасы\nНан;120\n".encode(), "text/csv"),
    ("a.txt", "Сәлем".encode("cp1251", "replace"), "text/plain"),
])
def test_types_are_told_by_content(store, name, content, kind):
    stored = store.save(io.BytesIO(content), None, name, ACCEPT, 10**6)
    kept = b"".join(store.read(None, stored.digest))
    assert (stored.media_type, stored.size) == (kind, len(kept))
    assert kept == content or kind.startswith("image/")  # pictures are drawn anew
    assert hashlib.sha256(kept).hexdigest() == stored.digest


@pytest.mark.parametrize(("name", "content"), [
    ("a.png", b"MZ" + bytes(200)), ("a.pdf", b"\x7fELF" + bytes(200)), ("a.pdf", b"<html><script>x</script></html>"),
    ("a.docx", archive(**{"evil.exe": "MZ"})), ("a.txt", b"text\0with zero"), ("a.svg", b"<svg onload='x'/>"),
    ("a.zip", archive(a="b")), ("noname", b"\x01\x02\x03\x04"),
])
def test_other_types_are_refused_and_leave_nothing(store, name, content):
    with pytest.raises(Invalid) as refused:
        store.save(io.BytesIO(content), None, name, NO_SVG, 10**6)
    assert refused.value.problems[0].code == "file.type"
    assert left_over(store) == []


class Endless:
    """A sender that never stops; says how much was taken from it."""

    taken = 0

    def read(self, size):
        self.taken += size
        return b"x" * size


def test_the_limit_is_kept_while_streaming(store):
    sender = Endless()
    with pytest.raises(TooLarge):
        store.save(sender, None, "a.txt", ACCEPT, 3 * 2**20)
    assert sender.taken <= 3 * 2**20 + 1
    assert left_over(store) == []
    assert store.save(io.BytesIO(b"x" * 100), None, "a.txt", ACCEPT, 100).size == 100


def test_empty_and_broken_streams_leave_nothing(store):
    with pytest.raises(Invalid):
        store.save(io.BytesIO(b""), None, "a.txt", ACCEPT, 100)

    class Broken:
        def read(self, size):
            raise ConnectionError

    with pytest.raises(ConnectionError):
        store.save(Broken(), None, "a.txt", ACCEPT, 100)
    assert left_over(store) == []


def test_equal_files_are_kept_once_in_each_organisation(store):
    one, two = uuid4(), uuid4()
    first = store.save(io.BytesIO(PDF), one, "a.pdf", ACCEPT, 1000)
    assert store.save(io.BytesIO(PDF), one, "b.pdf", ACCEPT, 1000) == first
    assert len(left_over(store)) == 1
    with pytest.raises(NotFound):
        store.read(two, first.digest)
    store.save(io.BytesIO(PDF), two, "a.pdf", ACCEPT, 1000)
    assert len(left_over(store)) == 2


def test_ranges(store):
    content = b"".join(f"{n:07}\n".encode() for n in range(100_000))
    digest = store.save(io.BytesIO(content), None, "a.txt", ACCEPT, 10**6).digest
    for start, end in ((0, None), (0, 10), (5, 300_000), (799_990, None), (10, 10), (900_000, None)):
        assert b"".join(store.read(None, digest, start, end)) == content[start:end]
    assert store.size(None, digest) == len(content)


@pytest.mark.parametrize("digest", ["../../secrets/session", "a" * 63, "A" * 64, "", "a" * 64 + "/.."])
def test_nothing_outside_the_folder_is_read(store, digest):
    with pytest.raises(NotFound):
        store.read(None, digest)


def test_sweep_removes_old_blobs_without_a_row(store):
    kept = store.save(io.BytesIO(PDF), None, "a.pdf", ACCEPT, 1000).digest
    store.save(io.BytesIO(b"orphan"), None, "a.txt", ACCEPT, 1000)
    (store.folder / "incoming" / "half").write_bytes(b"x")
    assert store.sweep(None, lambda digest: digest == kept) == 0  # all young: a transaction may be about to name them
    old = time.time() - UNFINISHED - 10
    for path in left_over(store):
        os.utime(path, (old, old))
    assert store.sweep(None, lambda digest: digest == kept) == 2
    assert [p.name for p in left_over(store)] == [kept]
