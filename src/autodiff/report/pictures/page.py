"""A formula as one HTML file that works offline: the picture, sliders, live gradients, and steps through both sweeps.

Nothing of a formula reaches the file but escaped: as text in the markup, and as JSON that cannot end its script. A
content security policy admits only the script that is written here.
"""

import base64
import hashlib
from html import escape
from pathlib import Path
from typing import Any

from autodiff.codegen import javascript
from autodiff.differentiate.results.gradient import Gradient, Values
from autodiff.graph.graph import Graph
from autodiff.graph.text import node_names, output_names
from autodiff.graph.walk import dependents
from autodiff.numerals import DIGITS, for_json, for_people, json_encoder
from autodiff.report.node_texts import objective
from autodiff.report.pictures import picture, svg
from autodiff.report.pictures.palette import DARK, LIGHT, Palette
from autodiff.report.sheet import Options


def text(graph: Graph, result: Values | None, options: Options) -> str:
    """The page; without a `result` it shows the structure, and where JavaScript lacks an operation one point."""
    why_static = _why_static(graph, result)
    found = picture.of_graph(graph) if result is None else picture.of_result(result, options)
    # What a gradient has no numbers for yet may get some.
    live = result is not None and not why_static
    drawing = "\n".join(svg.drawing(found, live=live, standalone=False))
    data = _data(graph, result, found, options, live=live)
    program = "null"
    if live and result is not None:
        gradient = result if isinstance(result, Gradient) else None
        wanted = gradient.wanted_nodes if gradient else []
        weights = None if gradient is None else [1.0] if gradient.seeds is None else list(gradient.seeds)
        # Without a gradient everything that an input moves is of interest for the kinks.
        active = result.active if gradient else dependents(graph, range(len(graph.inputs)))
        program = javascript.program(graph, wanted, weights, active)
    script = "\n".join(
        ['"use strict";', javascript.runtime() if live else "", f"const program = {program};", _asset("page.js")]
    )
    # Two ways to end a script early; neither stands in ours, and a policy must not depend on that.
    script = script.replace("</", "<\\/").replace("<!--", "<\\!--")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"
    name = ", ".join(output_names(graph))
    parts = {
        "POLICY": policy,
        "TITLE": escape(_printable(f"{name}: {' '.join(graph.text.split())}")[:120]),
        "STYLE": _style() + svg.style(),
        "FORMULA": escape(_printable(graph.text)),
        "NOTE": f'<p class="note">{escape(why_static)}</p>' if why_static else "",
        "DRAWING": drawing,
        "DATA": _json(data),
        "SCRIPT": script,
    }
    page = _asset("page.html")
    # One pass over the template: a formula that contains a placeholder stays what it is.
    pieces = page.split("@@")
    return "".join(parts[piece] if k % 2 else piece for k, piece in enumerate(pieces))


def _asset(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _why_static(graph: Graph, result: Values | None) -> str:
    """Why the numbers of the page do not move; empty where they do."""
    if result is None:
        return "The variables have no values, so this page shows only the structure."
    if result.has_arrays:
        return "This formula has arrays, so this page shows the numbers of one point."
    missing = javascript.unspellable(graph)
    if missing:
        return f"{', '.join(missing)} cannot be computed in a browser, so this page shows the numbers of one point."
    return ""


def _json(data: Any) -> str:
    """JSON inside a script element, where only `<` could end it; a few separators end lines in old browsers."""
    return (
        json_encoder(ascii_only=True, compact=True)(data)
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
    )


def _data(
    graph: Graph, result: Values | None, found: picture.Picture, options: Options, *, live: bool
) -> dict[str, Any]:
    """What the script needs to know: the nodes, and the numbers where it cannot compute them."""
    names = node_names(graph)
    boxes = {box.node: box for box in found.boxes}
    nodes = []
    for node in range(len(graph)):
        box = boxes.get(node)
        nodes.append(
            {
                "name": names[node],
                "operation": box.operation if box else "",
                "kind": box.kind if box else "constant",
                "drawn": box is not None,
                "args": list(graph.args[node - graph.base]) if node >= graph.base else [],
                "span": _utf16(graph.text, graph.span(node)),
            }
        )
    outputs = zip(output_names(graph), graph.outputs, strict=True)
    gradient = result if isinstance(result, Gradient) else None
    shown, label = ("", "d") if gradient is None else objective(gradient, options)
    data: dict[str, Any] = {
        "formula": _printable(graph.text), "nodes": nodes, "base": graph.base, "inputs": len(graph.inputs),
        "outputs": [{"name": name, "node": node} for name, node in outputs],
        "objective": shown, "label": label, "wanted": gradient.wanted_nodes if gradient else [],
        "live": live, "digits": options.digits or DIGITS, "start": None, "static": None,
    }  # fmt: skip
    if live and result is not None:
        data["start"] = [for_json(value) for value in result.values[: len(graph.inputs)]]
    elif result is not None:
        data["static"] = _static(result, options, boxes)
    return data


def _utf16(text: str, span: tuple[int, int]) -> list[int]:
    """A span in the units in which JavaScript counts."""
    start, end = (len(text[:place].encode("utf-16-le", "surrogatepass")) // 2 for place in span)
    return [start, end]


def _static(result: Values, options: Options, boxes: dict[int, picture.Box]) -> list[dict[str, Any]]:
    """The numbers of each node as texts."""

    def shown(number: Any) -> str:
        return for_people(number, options.digits)

    return [
        {
            "value": shown(node.value),
            "gradient": shown(node.gradient),
            "partials": [
                (node.pullbacks[k] if k < len(node.pullbacks) else None) or shown(partial)
                for k, partial in enumerate(node.partials)
            ],
            "handed": [shown(part) for part in node.downstream],
            "mark": boxes[node.id].mark if node.id in boxes else "",
            "used": boxes[node.id].used if node.id in boxes else True,
        }
        for node in result.nodes
    ]


def _style() -> str:
    def variables(palette: Palette) -> str:
        return " ".join(f"--{name.replace('_', '-')}: {color};" for name, color in palette._asdict().items())

    dark = f"@media (prefers-color-scheme: dark) {{ :root {{ {variables(DARK)} }} }}\n"
    return f":root {{ color-scheme: light dark; {variables(LIGHT)} }}\n{dark}{_asset('page.css')}"
