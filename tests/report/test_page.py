"""The page in a real browser: sliders and boxes change the gradients to what `Formula.gradient` gives."""

import html
import json
import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.codegen.test_javascript import SPELLED, disagreement, formula_of, number, points_of
from tests.support import autodiff

from autodiff.api import Formula

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1200,900",
)  # fmt: skip
FORMULAS = (
    "(x + y) * max(y, z)",
    "b = 5 - 3x; c = 2b + 3; d = 5b + 6; 7c + d^2",
    "σ(t) = 1/(1 + exp(-t)); σ(w*x + b)",
    "abs(x)*y + (log(x) if x > 0 else y^2)",
    "r = hypot(x, y); atan2(y, x)*r + gamma(r)",
    "erf(x)*sinc(y) + logsumexp(x, y, z)",
)
#: Every character that means something in HTML, in scripts, in DOT or in Mermaid, where a formula may have it.
NASTY = (
    "# </script><script>window.hacked=1</script><img src=x onerror=window.hacked=1> @@SCRIPT@@ ]]> --> \" ' & \\\n"
    "__proto__ = x; constructor = 2__proto__; ℌ𝔵 = constructor < x; toString*ℌ𝔵 + x + constructor\n"
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("no browser: this needs chromium and chromedriver (Debian: chromium and chromium-driver)")
    webdriver = pytest.importorskip("selenium.webdriver", reason="Selenium drives the browser: pip install selenium")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


def make(tmp_path: Path, *args: str) -> Path:
    path = tmp_path / "page.html"
    done = autodiff("graph", *args, "-o", str(path))
    assert done.code in (0, 3), done.stderr
    assert done.stdout == ""
    return path


def bindings_of(formula: Formula, point: list[float]) -> list[str]:
    return [f"--let={name}={value!r}" for name, value in zip(formula.variables, point, strict=True)]


SET_BOX = """
    const [k, value, kind] = arguments, element = document.getElementById(kind + k);
    element.value = value;
    element.dispatchEvent(new Event("input"));
    return element.value;
"""
READ = """
    const read = (id) => [...document.querySelectorAll(id)].map((e) => e.dataset.number);
    const outputs = [...document.querySelectorAll("#controls output")];
    const gradients = outputs.map((output) => output.querySelector("span").dataset.number);
    const shown = [...document.querySelectorAll(".node")].map((g) => [g.dataset.node,
        g.querySelector(".value")?.dataset.number, g.querySelector(".gradient")?.dataset.number]);
    return [read("#results span"), gradients, shown];
"""


def set_point(browser: Any, point: list[float]) -> None:
    for k, value in enumerate(point):
        browser.execute_script(SET_BOX, k, repr(value), "box")


def compare(browser: Any, formula: Formula, point: list[float], allowed: float = 1e-12) -> None:
    gradient = formula.gradient(dict(zip(formula.variables, point, strict=True)))
    (value,), partials, _ = browser.execute_script(READ)
    assert disagreement(number(value), gradient.value) <= allowed, (formula.text, point)
    for found, expected in zip(partials, gradient.partials.values(), strict=True):
        assert disagreement(number(found), expected) <= allowed, (formula.text, point)


def errors(browser: Any) -> list[str]:
    return [entry["message"] for entry in browser.get_log("browser") if "favicon" not in entry["message"]]


@pytest.mark.parametrize("text", FORMULAS)
def test_boxes_and_sliders_set_the_gradient_that_the_formula_has(browser: Any, tmp_path: Path, text: str) -> None:
    formula, generator = Formula(text), random.Random(text)
    browser.get(make(tmp_path, text, *bindings_of(formula, [1.0] * len(formula.variables))).as_uri())
    compare(browser, formula, [1.0] * len(formula.variables))
    for _ in range(8):
        point = [round(generator.uniform(-3, 3), 3) for _ in formula.variables]
        set_point(browser, point)
        compare(browser, formula, point)
        gradient = formula.gradient(dict(zip(formula.variables, point, strict=True)))
        assert gradient.adjoints is not None
        for node, value, adjoint in browser.execute_script(READ)[2]:
            if value is not None and value != "":
                assert disagreement(number(value), gradient.values[int(node)]) < 1e-12
                assert disagreement(number(adjoint), gradient.adjoints[int(node)]) < 1e-12
    for k in range(len(formula.variables)):
        browser.execute_script(SET_BOX, k, "0.3", "slider")
        point[k] = float(browser.execute_script(f"return document.getElementById('box{k}').value"))
        assert abs(point[k] - 0.3) < 0.05
        compare(browser, formula, point)
    assert errors(browser) == []


def test_every_row_that_javascript_spells_works_in_the_browser(browser: Any, tmp_path: Path) -> None:
    for row in SPELLED:
        formula = formula_of(row)
        start, *points = points_of(row, 4, seed=7)
        browser.get(make(tmp_path, formula.text, *bindings_of(formula, start)).as_uri())
        for point in points:
            set_point(browser, point)
            compare(browser, formula, point, max(1e-12, 1e-14 * row.ulps))
        assert errors(browser) == []


def test_no_script_of_a_formula_runs_and_all_of_it_is_shown(browser: Any, tmp_path: Path) -> None:
    names = ["--x", "1", "--toString", "2"]
    browser.get(make(tmp_path, NASTY, *names).as_uri())
    assert browser.execute_script("return window.hacked") is None
    assert browser.execute_script("return document.getElementById('formula').textContent") == NASTY
    assert browser.execute_script("return document.querySelectorAll('img').length") == 0
    formula = Formula(NASTY)
    compare(browser, formula, [1.0 if name == "x" else 2.0 for name in formula.variables])
    assert errors(browser) == []


def press(browser: Any, *keys: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    ActionChains(browser).send_keys(*[getattr(Keys, key, key) for key in keys]).perform()


def test_the_keyboard_reaches_nodes_steps_and_sliders(browser: Any, tmp_path: Path) -> None:
    browser.get(make(tmp_path, "(x + y) * max(y, z)", "--x", "1", "--y", "2", "--z", "0").as_uri())
    detail = "return document.getElementById('detail').textContent"
    marked = "return document.querySelector('#formula mark').textContent"
    browser.execute_script("document.getElementById('end').focus()")
    press(browser, "TAB")
    if browser.execute_script("return document.activeElement.id") == "picture":
        press(browser, "TAB")  # a frame that scrolls takes the focus itself
    assert browser.execute_script("return document.activeElement.dataset.node") == "5"
    assert "upstream" in browser.execute_script(detail)
    assert browser.execute_script(marked) == "(x + y) * max(y, z)"
    press(browser, "ARROW_UP")
    assert browser.execute_script(marked) == "x + y"
    text = browser.execute_script(detail)
    assert "d(f)/d(a) = 2" in text
    assert "d(a)/d(x) = 1" in text
    assert "to x: 2 · 1 = 2" in text
    press(browser, "SPACE", "ARROW_RIGHT")
    assert browser.execute_script(marked) == "max(y, z)"
    browser.execute_script("document.getElementById('slider0').focus()")
    press(browser, "ARROW_RIGHT")
    x = float(browser.execute_script("return document.getElementById('box0').value"))
    assert x > 1
    compare(browser, Formula("(x + y) * max(y, z)"), [x, 2.0, 0.0])
    browser.execute_script("document.getElementById('first').focus()")
    press(browser, "SPACE")
    step = "return document.getElementById('step').textContent"
    told = []
    while not browser.execute_script("return document.getElementById('next').disabled"):
        browser.execute_script("document.getElementById('next').click()")
        told.append(browser.execute_script(step))
    assert told[0].startswith("forward: a = x + y = 3")
    assert [line.partition(":")[0] for line in told] == ["forward"] * 3 + ["backward"] * 4
    assert told[4].startswith("backward: f hands 1 · 2 = 2 to a")
    assert errors(browser) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_large_page_fits_a_phone_and_has_contrast_in_light_and_dark(
    browser: Any, tmp_path: Path, scheme: str
) -> None:
    text = "; ".join(f"a{k} = sin(a{k - 1})*x{k % 7} + tanh(a{k - 1})" for k in range(1, 13)).replace("a0", "x0")
    formula = Formula(f"{text}; a12")
    path = make(tmp_path, formula.text, *bindings_of(formula, [0.5] * len(formula.variables)))
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        browser.get(path.as_uri())
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
        heights = "return [...document.querySelectorAll('.node text')].map((t) => t.getBoundingClientRect().height)"
        assert min(height for height in browser.execute_script(heights) if height) > 9
        paint = """
            const style = getComputedStyle(document.querySelector(arguments[0]));
            return [style[arguments[1]], getComputedStyle(document.body).backgroundColor];
        """
        for part in (".node .value", ".node .gradient", ".node .name", ".node .label"):
            assert contrast(*browser.execute_script(paint, part, "fill")) >= 4.5, part
        for part in (".results", ".step", ".hint"):
            assert contrast(*browser.execute_script(paint, part, "color")) >= 4.5, part
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert errors(browser) == []


def contrast(*colors: str) -> float:
    """The ratio of WCAG 2.2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)."""

    def luminance(color: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted(map(luminance, colors))
    return (high + 0.05) / (low + 0.05)


def test_a_page_of_one_point_says_why_and_still_shows_all(browser: Any, tmp_path: Path) -> None:
    browser.get(make(tmp_path, "besselj(0, x)*y", "--x", "1", "--y", "2").as_uri())
    assert "besselj cannot be computed in a browser" in browser.execute_script("return document.body.textContent")
    assert browser.execute_script("return document.querySelectorAll('input').length") == 0
    browser.execute_script("for (let k = 0; k < 9; k++) document.getElementById('next').click()")
    browser.get(make(tmp_path, "sum(W @ x)", "--W", "[[1, 2], [3, 4]]", "--x", "[1, 2]").as_uri())
    browser.execute_script("document.querySelector('.node[data-node=\"2\"]').dispatchEvent(new Event('mouseenter'))")
    assert "to x: W.T @ g" in browser.execute_script("return document.getElementById('detail').textContent")
    assert errors(browser) == []


def test_a_page_asks_for_nothing_from_outside(tmp_path: Path) -> None:
    text = make(tmp_path, NASTY, "--x", "1", "--toString", "2").read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    assert not re.findall(r"<(?:link|iframe|object|img|base)\b", text)
    assert not re.findall(r"\b(?:src|href)\s*=", text.replace(html.escape(NASTY), "").replace("src=x onerror", ""))
    assert text.count("</script>") == 2
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    assert data is not None
    assert json.loads(data[1])["formula"] == NASTY
    assert "<" not in data[1]
    assert "window.hacked" not in text[text.index("<script>") :]


def test_pages_start_at_1_where_no_values_are_given(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    done = autodiff("graph", "x*y", "-o", str(path))
    assert (done.code, done.stdout) == (0, "")
    assert "starts at 1" in done.stderr
    assert '"start":[1.0,1.0]' in path.read_text(encoding="utf-8")
