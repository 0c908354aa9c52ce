"""What stands between foreign text and the page: it is escaped going in, and the whole is cleaned by nh3 going out."""

from __future__ import annotations

from html import escape

import nh3

TAGS = set(
    "a article aside b br button dd del details div dl dt em footer h1 h2 h3 header li mark p pre section small span "
    "strong summary table tbody td textarea th thead tr ul".split()
)
ATTRIBUTES = {
    "*": {"class", "role", "tabindex", "lang", "title", "hidden"},
    "a": {"href", "download", "target"},
    "button": {"type", "disabled"},
    "details": {"open"},
    "textarea": {"rows", "placeholder", "maxlength", "name"},
    "time": {"datetime"},
    "th": {"scope"},
}
OWN_LINKS = ("/source/", "/export/", "/?", "/en/?", "/", "/en/")


def cleaned(html: str) -> str:
    """`html` with nothing but what our own drawing needs: no scripts, styles, handlers or links that lead outside."""
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        generic_attribute_prefixes={"data-", "aria-"},
        attribute_filter=_own_links_only,
        url_schemes=set(),
        link_rel="noopener",
    )


def _own_links_only(tag: str, name: str, value: str) -> str | None:
    if name != "href":
        return value
    return value if value.startswith(OWN_LINKS) and not value.startswith(("//", "/\\")) else None


# Controls, overrides of the reading direction and lone surrogates: they could hide or reorder what one reads.
_HIDDEN = [*range(9), 11, 12, *range(14, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_SHOWN = dict.fromkeys([*_HIDDEN, *range(0xD800, 0xE000)], "�")


def text(value: object) -> str:
    """Any value as HTML text; characters that could hide or reorder what one reads are shown as �."""
    return escape(str(value).translate(_SHOWN), quote=True)
