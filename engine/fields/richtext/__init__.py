"""Text with headings, lists, tables and links. HTML is cleaned when it comes in and once more when it is shown.

Our own list of tags: no classes, no styles, no scripts, no pictures from outside, no attributes that htmx reads.
"""

from __future__ import annotations

import re
from html import escape, unescape

import nh3
from markupsafe import Markup

from engine.fields.longtext import LongTextType
from engine.fields.text import PlainText, TranslatedText

TAGS = {
    "p", "br", "h2", "h3", "h4", "strong", "b", "em", "i", "u", "s", "sub", "sup", "blockquote", "ul", "ol", "li", "a",
    "table", "thead", "tbody", "tr", "th", "td", "code", "pre", "hr",
}
ATTRIBUTES = {"a": {"href"}, "th": {"colspan", "rowspan"}, "td": {"colspan", "rowspan"}}
_TAG = re.compile(r"<[^>]*>")
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")
_BREAK = re.compile(r"</(p|h2|h3|h4|li|tr|blockquote|pre)>|<br>|<hr>")


def clean(html: str) -> str:
    """`html` with nothing in it but our tags."""
    return nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow", clean_content_tags={"script", "style"}, strip_comments=True)


def words(html: str) -> str:
    """What a reader sees, without tags, on one line: for cells and exports."""
    return " ".join(unescape(_TAG.sub("", _BREAK.sub(" ", html))).split())


class RichText(PlainText):
    def _deserialize(self, value, attr, data, **kwargs):
        text = super()._deserialize(value, attr, data, **kwargs)
        cleaned = clean(text) if text else ""
        return cleaned if words(cleaned) or "<hr" in cleaned else None


class TranslatedRich(TranslatedText):
    def _deserialize(self, value, attr, data, **kwargs):
        read = super()._deserialize(value, attr, data, **kwargs) or {}
        texts = {language: clean(text) for language, text in read.items()}
        return {language: text for language, text in texts.items() if words(text)} or None


class RichTextType(LongTextType):
    name = "richtext"
    limit = 100_000
    lines = 10
    accepts_encrypted = False

    def plain(self, field):
        return RichText()

    def cell_reader(self, field, language, names):
        """A cell without tags is plain text: each of its lines becomes a paragraph."""
        read = super().cell_reader(field, language, names)

        def marked(text):
            if _MARKUP.search(text):
                return text
            return "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip())

        def from_cell(cell):
            text = read(cell)
            if text is None:
                return None
            return {k: marked(v) for k, v in text.items()} if field.translated else marked(text)

        return from_cell

    def schema(self, field):
        return TranslatedRich() if field.translated else RichText()

    def formatter(self, field, language, names):
        shown = super().formatter(field, language, names)

        def cell(record):
            return words(shown(record))

        return cell

    def html(self, text: str) -> Markup:
        """A stored value as markup, cleaned again: what was stored by an older list of tags is not trusted."""
        return Markup(clean(text))  # noqa: S704 - cleaned on this line

    def json_schema(self, field):
        return {**super().json_schema(field), "contentMediaType": "text/html"}

    def sample(self, field):
        text = "<p>Мәтін <strong>маңызды</strong></p>"
        return {"kk": text, "ru": text} if field.translated else text


FIELD_TYPE = RichTextType()
