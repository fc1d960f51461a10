"""A picture as a Mermaid flowchart, which GitHub and many editors draw."""

import re
from collections.abc import Iterator

from autodiff.report.pictures.palette import LIGHT
from autodiff.report.pictures.picture import Box, Picture

#: What stands for itself; everything else is written as an entity, which Mermaid spells #NUMBER;.
_UNSAFE = re.compile(r"[^\w .,+=/()-]|_", re.UNICODE)


def lines(picture: Picture) -> Iterator[str]:
    yield "flowchart TD"
    for box in picture.boxes:
        yield f'  n{box.node}["{_label(box)}"]{_class(box)}'
    for arrow in picture.arrows:
        label = f'|"{_escape(arrow.partial)}"| ' if arrow.partial else " "
        yield f"  n{arrow.source} -->{label}n{arrow.target}"
    yield f"  classDef input fill:{LIGHT.input_fill},stroke:{LIGHT.line},color:{LIGHT.ink}"
    yield f"  classDef output stroke-width:3px,fill:{LIGHT.fill},stroke:{LIGHT.ink},color:{LIGHT.ink}"
    yield (
        f"  classDef mark stroke:{LIGHT.mark},stroke-width:2px,stroke-dasharray:5 3,fill:{LIGHT.fill},color:{LIGHT.ink}"
    )
    yield f"  classDef unused stroke-dasharray:1 3,fill:{LIGHT.fill},stroke:{LIGHT.line},color:{LIGHT.partial}"


def _label(box: Box) -> str:
    parts = [_escape(box.title)]
    for kind, text in box.facts:
        parts.append(_escape(f"{kind} {text}" if kind in ("value", "gradient", "shape") else text))
    return "<br/>".join(parts)


def _class(box: Box) -> str:
    if not box.used:
        return ":::unused"
    if box.mark:
        return ":::mark"
    if box.is_output:
        return ":::output"
    return ":::input" if box.kind != "operation" else ""


def _escape(text: str) -> str:
    return _UNSAFE.sub(lambda found: f"#{ord(found[0])};", text)
