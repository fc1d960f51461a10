// The life of the page: sliders and boxes set the inputs, the program gives all numbers, and the picture shows them.
// Texts of the formula are only ever set as text.

const data = JSON.parse(document.getElementById("data").textContent);
const nodes = data.nodes;
const $ = (id) => document.getElementById(id);
const groups = new Map([...document.querySelectorAll(".node")].map((g) => [Number(g.dataset.node), g]));

// A number with so many significant digits, as the tables have it.
function forPeople(x) {
  if (x === null || x === undefined) return "";
  if (!Number.isFinite(x)) return x !== x ? "NaN" : x > 0 ? "Infinity" : "-Infinity";
  if (x === 0) return Object.is(x, -0) ? "-0" : "0";
  const [mantissa, exponent] = x.toExponential(data.digits - 1).split("e");
  const strip = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  const power = Number(exponent);
  if (power < -4 || power >= data.digits) return `${strip(mantissa)}e${power}`;
  return strip(x.toFixed(data.digits - 1 - power));
}

function markText(value, gradient, kink) {
  const wrong = [["value", value], ["gradient", gradient]].filter(([, x]) => x !== null && !Number.isFinite(x));
  const parts = wrong.length ? [`${wrong.map(([name]) => name).join(" and ")} not finite`] : [];
  if (kink) parts.push([kink.kind, ...kink.intervals.filter(Boolean).map(([a, b]) => `[${forPeople(a)}, ${forPeople(b)}]`)].join(" "));
  return parts.join(", ");
}

// The numbers of every node: as texts, and exactly where the program computes them.
function evaluate(inputs) {
  const at = evaluateAt(program, inputs);
  const state = nodes.map((node, k) => {
    const used = Boolean(at.used[k]) || k < data.base, active = Boolean(program.active[k]);
    const gradient = at.adjoints !== null && active ? at.adjoints[k] : null;
    const partials = k < data.base ? [] : at.partials[k - data.base];
    const handed = partials.map((p) => (p === null || gradient === null ? null : gradient === 0 || p === 0 ? 0 : gradient * p));
    return {
      used, value: forPeople(at.values[k]), gradient: forPeople(gradient), exact: { value: at.values[k], gradient },
      partials: partials.map((p) => (at.adjoints === null ? "" : forPeople(p))), numbers: partials,
      handed: handed.map(forPeople), mark: used ? markText(at.values[k], gradient, at.kinks.get(k)) : "not used here",
    };
  });
  return state;
}

let inputs = data.start === null ? null : data.start.map(Number);
let state = data.live ? evaluate(inputs) : data.static;

// The variables.

const controls = [];
if (data.live && data.inputs > 0) {
  $("controls").hidden = false;
  for (let k = 0; k < data.inputs; k++) addControl(k);
}

function addControl(k) {
  const row = document.createElement("div"), label = document.createElement("label");
  const slider = document.createElement("input"), box = document.createElement("input"), output = document.createElement("output");
  row.className = "control";
  label.textContent = nodes[k].name;
  label.htmlFor = box.id = `box${k}`;
  slider.id = `slider${k}`;
  slider.type = "range";
  slider.setAttribute("aria-label", `slider for ${nodes[k].name}`);
  box.type = "number";
  box.step = slider.step = "any";
  output.id = `gradient${k}`;
  output.htmlFor = `${box.id} ${slider.id}`;
  fitSlider(slider, inputs[k]);
  if (Number.isFinite(inputs[k])) box.value = inputs[k];
  slider.addEventListener("input", () => {
    // As many digits as a slider can mean.
    const span = slider.max - slider.min, places = Math.max(0, 3 - Math.floor(Math.log10(span)));
    set(k, Number(Number(slider.value).toFixed(Math.min(places, 100))));
    box.value = inputs[k];
  });
  slider.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
    if (way === undefined) return;
    event.preventDefault();
    slider.value = Number(slider.value) + (way * (slider.max - slider.min)) / 100;
    slider.dispatchEvent(new Event("input"));
  });
  box.addEventListener("input", () => {
    if (box.value.trim() === "" || !Number.isFinite(Number(box.value))) return;
    set(k, Number(box.value));
    if (inputs[k] < Number(slider.min) || inputs[k] > Number(slider.max)) fitSlider(slider, inputs[k]);
    slider.value = inputs[k];
  });
  row.append(label, slider, box, output);
  $("controls").append(row);
  controls.push({ slider, box, output });
}

function fitSlider(slider, value) {
  const middle = Number.isFinite(value) ? value : 0, reach = Math.min(Math.max(1, 2 * Math.abs(middle)), 8e307);
  slider.min = middle - reach;
  slider.max = middle + reach;
  slider.value = middle;
}

function set(k, value) {
  inputs[k] = value;
  state = evaluate(inputs);
  render();
}

// The steps: forward through the operations, then backward through those that hand something on.

function makeSteps() {
  const steps = [];
  if (state === null) return steps;
  for (let k = data.base; k < nodes.length; k++) if (state[k].used) steps.push({ way: "forward", node: k });
  if (data.label !== "d" || data.wanted.length) {
    steps.push({ way: "seed", node: -1 });
    for (let k = nodes.length - 1; k >= data.base; k--) {
      if (state[k].used && state[k].gradient !== "" && state[k].gradient !== "0" && state[k].partials.some((p) => p !== "")) {
        steps.push({ way: "backward", node: k });
      }
    }
  }
  return steps;
}

let steps = makeSteps(), position = null, timer = null;

// What is known after some steps: which values, and the gradients as far as they are summed.
function knownAt(position) {
  if (position === null || state === null) return null;
  const values = new Set(), sums = new Map(), seeded = new Map();
  for (let k = 0; k < data.base; k++) values.add(k);
  for (const { way, node } of steps.slice(0, position)) {
    if (way === "forward") values.add(node);
    else if (way === "seed") {
      data.outputs.forEach((output, k) => {
        const weight = program ? program.weights[k] : null;
        if (weight !== 0) seeded.set(output.node, (seeded.get(output.node) || 0) + (weight === null ? 1 : weight));
      });
      for (const [output, sum] of seeded) sums.set(output, sum);
    } else {
      nodes[node].args.forEach((arg, k) => {
        if (state[node].partials[k] === "") return;
        const partial = program ? state[node].numbers[k] : NaN, gradient = program ? state[node].exact.gradient : NaN;
        sums.set(arg, (sums.get(arg) || 0) + (partial === 0 || gradient === 0 ? 0 : gradient * partial));
      });
    }
  }
  return { values, sums };
}

function describe(step) {
  if (step === undefined) return "";
  if (step.way === "seed") {
    const weights = program ? program.weights : [1];
    if (data.outputs.length === 1 && weights[0] === 1) return `backward: the derivative of ${data.objective} by itself is 1`;
    return `backward: each output starts with its weight, ${data.outputs.map(({ name }, k) => `${forPeople(weights[k])} for ${name}`).join(", ")}`;
  }
  const node = nodes[step.node], now = state[step.node];
  if (step.way === "forward") return `forward: ${node.name} = ${node.operation} = ${now.value}`;
  const parts = node.args.map((arg, k) => {
    if (now.partials[k] === "") return "";
    const product = program ? `${now.gradient} · ${now.partials[k]} = ${now.handed[k]}` : now.handed[k];
    return `${product} to ${nodes[arg].name}`;
  });
  return `backward: ${node.name} hands ${parts.filter(Boolean).join(", ")}`;
}

function go(to) {
  position = to === null ? null : Math.max(0, Math.min(steps.length, to));
  render();
  const step = position ? steps[position - 1] : undefined;
  const group = step && groups.get(step.node);
  if (group) reveal(group);
}

function stop() {
  if (timer !== null) clearInterval(timer);
  timer = null;
  $("play").textContent = "Play";
  $("play").setAttribute("aria-pressed", "false");
}

if (steps.length) {
  $("steps").hidden = false;
  $("first").addEventListener("click", () => { stop(); go(0); });
  $("back").addEventListener("click", () => { stop(); go((position === null ? steps.length : position) - 1); });
  $("next").addEventListener("click", () => { stop(); go((position === null ? 0 : position) + 1); });
  $("end").addEventListener("click", () => { stop(); go(null); });
  $("play").addEventListener("click", () => {
    if (timer !== null) { stop(); return; }
    if (position === null || position >= steps.length) go(0);
    $("play").textContent = "Pause";
    $("play").setAttribute("aria-pressed", "true");
    timer = setInterval(() => {
      if (position >= steps.length) stop();
      else go(position + 1);
    }, 900);
  });
}

// Scrolls the picture alone, so that the page stays where it is.
function reveal(group) {
  const frame = $("picture").getBoundingClientRect(), box = group.getBoundingClientRect();
  const far = (low, high, from, to) => (low < from + 20 || high > to - 20 ? (low + high) / 2 - (from + to) / 2 : 0);
  $("picture").scrollBy({
    left: far(box.left, box.right, frame.left, frame.right), top: far(box.top, box.bottom, frame.top, frame.bottom),
  });
}

// The picture and the texts.

function put(group, kind, text, full) {
  const spot = group.querySelector(`.${kind}`);
  if (!spot) return;
  spot.textContent = text;
  if (full !== undefined && full !== null) spot.dataset.number = Object.is(full, -0) ? "-0" : String(full);
}

function render() {
  if (state === null) return;
  steps = makeSteps();
  if (position !== null) position = Math.min(position, steps.length);
  const known = knownAt(position), step = position ? steps[position - 1] : undefined;
  for (const [k, group] of groups) {
    const now = state[k], sum = known && known.sums.has(k) ? known.sums.get(k) : null;
    const partial = known && sum !== null ? (program ? forPeople(sum) : now.gradient) : "…";
    const exact = now.exact || {};
    const hidden = !now.used ? "" : null;
    put(group, "value", hidden ?? (known && !known.values.has(k) ? "…" : now.value), exact.value);
    put(group, "gradient", hidden ?? (now.gradient === "" ? "" : known ? partial : now.gradient), exact.gradient);
    if (data.live) put(group, "mark", known && !known.values.has(k) ? "" : now.mark);
    group.classList.toggle("unused", !now.used);
    group.classList.toggle("marked", now.used && now.mark !== "");
    group.classList.toggle("now", step !== undefined && step.node === k);
    group.classList.toggle("forward", step !== undefined && step.way === "forward" && step.node === k);
    group.setAttribute("aria-label", said(k));
  }
  for (const label of document.querySelectorAll("text.partial")) {
    const now = state[label.dataset.to];
    label.textContent = now.used ? now.partials[label.dataset.argument] : "";
  }
  const results = $("results");
  results.textContent = "";
  data.outputs.forEach(({ name, node }, k) => {
    const value = document.createElement("span");
    value.className = "value number";
    value.id = `output${k}`;
    value.textContent = state[node].value;
    if (state[node].exact) value.dataset.number = value.title = String(state[node].exact.value);
    results.append(k ? "   " : "", `${name} = `, value);
  });
  controls.forEach(({ output }, k) => {
    const gradient = state[k].exact.gradient, value = document.createElement("span");
    output.textContent = "";
    if (!data.wanted.includes(k)) return;
    value.className = "gradient number";
    value.textContent = forPeople(gradient);
    value.dataset.number = value.title = String(gradient);
    output.append(`${data.label}/d${nodes[k].name} = `, value);
  });
  $("step").textContent = position === 0 ? "nothing is computed yet" : describe(step);
  $("back").disabled = position === 0;
  $("next").disabled = position !== null && position >= steps.length;
  if (chosen !== null) showDetail(chosen);
}

function said(k) {
  const node = nodes[k], now = state === null ? {} : state[k];
  const numbers = [now.value && `value ${now.value}`, now.gradient && `gradient ${now.gradient}`, now.mark];
  return [node.operation ? `${node.name} = ${node.operation}` : node.name, ...numbers.filter(Boolean)].join(", ");
}

// One node in detail.

let chosen = null, pinned = false;

function choose(k) {
  if (chosen !== null && groups.has(chosen)) groups.get(chosen).classList.remove("chosen");
  chosen = k;
  for (const arrow of document.querySelectorAll(".arrow")) {
    arrow.classList.toggle("into", k !== null && Number(arrow.dataset.to) === k);
    arrow.classList.toggle("out", k !== null && Number(arrow.dataset.from) === k);
  }
  if (k === null) { highlight(null); return; }
  groups.get(k).classList.add("chosen");
  highlight(nodes[k].span);
  showDetail(k);
}

function highlight(span) {
  const text = data.formula, formula = $("formula");
  formula.textContent = "";
  if (span === null || span[0] === span[1]) { formula.append(text); return; }
  const mark = document.createElement("mark");
  mark.textContent = text.slice(span[0], span[1]);
  formula.append(text.slice(0, span[0]), mark, text.slice(span[1]));
}

function showDetail(k) {
  const detail = $("detail"), node = nodes[k], now = state === null ? null : state[k];
  const title = document.createElement("h2"), list = document.createElement("dl");
  const line = (term, text, kind) => {
    const dt = document.createElement("dt"), dd = document.createElement("dd");
    dt.textContent = term;
    dd.textContent = text;
    if (kind) dd.className = kind;
    list.append(dt, dd);
  };
  title.textContent = node.operation ? `${node.name} = ${node.operation}` : node.name;
  line("written", data.formula.slice(...node.span).replace(/\s+/g, " ").slice(0, 300));
  line("kind", node.kind);
  if (now !== null && now.used) {
    line("value", now.value, "value");
    const of = data.objective || "f";
    if (now.gradient !== "") line("upstream", `d(${of})/d(${node.name}) = ${now.gradient}`, "gradient");
    node.args.forEach((arg, j) => {
      if (!now.partials[j]) return;
      line("local", data.live || !/[a-z]/i.test(now.partials[j]) ? `d(${node.name})/d(${nodes[arg].name}) = ${now.partials[j]}` : `to ${nodes[arg].name}: ${now.partials[j]}`);
    });
    node.args.forEach((arg, j) => {
      if (now.handed[j] && now.partials[j]) {
        line("downstream", data.live ? `to ${nodes[arg].name}: ${now.gradient} · ${now.partials[j]} = ${now.handed[j]}` : `to ${nodes[arg].name}: ${now.handed[j]}`, "gradient");
      }
    });
    const users = nodes.flatMap((other, n) => other.args.map((arg, j) => [n, j, arg])).filter(([n, j, arg]) => arg === k && state[n].used && state[n].handed[j]);
    if (now.gradient !== "" && users.length) line("sum of", users.map(([n, j]) => `${state[n].handed[j]} from ${nodes[n].name}`).join(", "));
  }
  if (now !== null && now.mark) line("note", now.mark);
  detail.textContent = "";
  detail.append(title, list);
}

// Nodes: one of them is reached by Tab, the arrow keys move on along the arrows and beside.

const order = [...groups.keys()];
function moveFrom(k, key) {
  const users = order.filter((n) => nodes[n].args.includes(k)), args = nodes[k].args.filter((n) => groups.has(n));
  if (key === "ArrowUp") return args[0];
  if (key === "ArrowDown") return users[0];
  if (key === "Home") return order[0];
  if (key === "End") return order[order.length - 1];
  const box = (n) => groups.get(n).getBoundingClientRect();
  const here = box(k), middle = (r) => (r.left + r.right) / 2;
  const beside = order.filter((n) => n !== k && Math.abs(box(n).top + box(n).bottom - here.top - here.bottom) < here.height);
  const left = beside.filter((n) => middle(box(n)) < middle(here)).sort((a, b) => middle(box(b)) - middle(box(a)));
  const right = beside.filter((n) => middle(box(n)) > middle(here)).sort((a, b) => middle(box(a)) - middle(box(b)));
  const place = order.indexOf(k);
  if (key === "ArrowLeft") return left.length ? left[0] : order[place - 1];
  if (key === "ArrowRight") return right.length ? right[0] : order[place + 1];
  return undefined;
}

function roam(k) {
  for (const [n, group] of groups) group.setAttribute("tabindex", n === k ? "0" : "-1");
}

for (const [k, group] of groups) {
  group.setAttribute("role", "button");
  group.addEventListener("mouseenter", () => { if (!pinned) choose(k); });
  group.addEventListener("focus", () => { if (!pinned || group.matches(":focus-visible")) choose(k); roam(k); });
  group.addEventListener("click", () => { pinned = !(pinned && chosen === k); choose(k); });
  group.addEventListener("keydown", (event) => {
    if (event.key === " " || event.key === "Enter") { pinned = !pinned; event.preventDefault(); return; }
    if (event.key === "Escape") { pinned = false; choose(null); return; }
    const to = moveFrom(k, event.key);
    if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    groups.get(to).focus({ preventScroll: true });
    reveal(groups.get(to));
  });
  group.setAttribute("aria-label", said(k));
}
roam(order[order.length - 1]);

// A large picture shrinks until it fits, but not so far that it could not be read.
const drawing = document.querySelector(".autodiff-graph"), natural = Number(drawing.getAttribute("width"));
drawing.style.width = `clamp(${Math.round(0.85 * natural)}px, 100%, ${Math.round(natural)}px)`;
render();
