"""The gate for text: characters that a terminal would obey, rather than show, become escapes.

A user's text may hold them anywhere: in a comment, in the name of a file, in an option that an error quotes. There they
move the cursor, set the title, ring the bell, or turn the order of letters around.
"""

from typing import Final

#: Controls, formats (among them the marks of direction), separators of lines and paragraphs, and halves of characters.
_OBEYED: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs"})
#: What a line of ours may hold: its end, and what `plain` separates its columns with.
_OURS: Final = "\n\t"
_COLOUR_BEGINS, _COLOUR_ENDS = "\x1b[", "m"


def printable(text: str, *, colored: bool = False, as_json: bool = False) -> str:
    """The text with escapes such as \\x1b for what a terminal would obey; a line break and a tab stay.

    In a text that is `colored`, where our own colours have been added to what went through this gate before, codes of
    colours stay as well. In JSON an escape is one of JSON.
    """
    if text.isprintable() or text.translate(_WITHOUT_OURS).isprintable():
        return text
    escape = _json_escape if as_json else _escape
    if not colored:
        return "".join(map(escape, text))
    first, *rest = text.split(_COLOUR_BEGINS)
    parts = [*map(escape, first)]
    for part in rest:
        code, ends, after = part.partition(_COLOUR_ENDS)
        if ends and not code.strip("0123456789;"):
            parts += [_COLOUR_BEGINS, code, ends, *map(escape, after)]
        else:
            parts += map(escape, _COLOUR_BEGINS + part)
    return "".join(parts)


def one_line(text: str) -> str:
    """The text as `printable` gives it, with escapes for its line breaks and tabs too."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


_WITHOUT_OURS: Final = dict.fromkeys(map(ord, _OURS))


def _is_obeyed(character: str) -> bool:
    if character.isprintable() or character in _OURS:
        return False
    import unicodedata

    return unicodedata.category(character) in _OBEYED


def _escape(character: str) -> str:
    return repr(character)[1:-1] if _is_obeyed(character) else character


def _json_escape(character: str) -> str:
    if not _is_obeyed(character):
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[k]:02x}{units[k + 1]:02x}" for k in range(0, len(units), 2))
