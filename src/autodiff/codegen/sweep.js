// The sweeps over a program that autodiff has generated. It holds the functions `values(inputs)`, which gives the value
// of every node, and `partials(v, shares)`, which gives those of every operation by its arguments, and the graph:
// `base` (the number of the first operation), `args` of each operation, `active` (which nodes depend on a wanted
// input), `wanted`, `outputs`, `weights`, `selects` (the conditionals), `flat`, `sides` and `jumps`.

// Those of the shares of conditionals on their boundary that count: a branch that is not chosen counts only where its
// derivative is finite. What decides is how fast each node moves at most.
function countedShares(program, v, sides) {
  const shares = [...sides], rates = new Float64Array(v.length);
  if (shares.every((share) => share === null)) return shares;
  let partials = program.partials(v, shares);
  for (let node = 0; node < program.base; node++) rates[node] = program.active[node];
  program.args.forEach((args, k) => {
    const node = program.base + k, choice = program.selects.indexOf(node);
    if (!program.active[node]) return;
    if (choice >= 0 && shares[choice] !== null && !Number.isFinite(rates[args[v[args[0]] !== 0 ? 2 : 1]])) {
      shares[choice] = null;
      partials = program.partials(v, shares);
    }
    args.forEach((arg, j) => {
      const partial = partials[k][j];
      if (partial !== null && partial !== 0 && rates[arg] !== 0) rates[node] += Math.abs(partial * rates[arg]);
    });
  });
  return shares;
}

// A flag for each node: 1 where an output uses it. A branch that was not chosen is used where the conditional counts both.
function usedNodes(program, v, outputs, shares) {
  const used = new Uint8Array(v.length);
  for (const node of outputs) used[node] = 1;
  for (let node = v.length - 1; node >= program.base; node--) {
    if (!used[node]) continue;
    const args = program.args[node - program.base], condition = v[args[0]];
    const choice = program.selects.indexOf(node);
    if (choice >= 0 && shares[choice] === null && condition === condition) used[args[0]] = used[args[condition !== 0 ? 1 : 2]] = 1;
    else for (const arg of args) used[arg] = 1;
  }
  return used;
}

// The adjoint of every node. A zero contributes nothing, even beside an infinity.
function reverseSweep(program, partials, size) {
  const adjoints = new Float64Array(size);
  program.outputs.forEach((node, k) => { if (program.weights[k] !== 0) adjoints[node] += program.weights[k]; });
  for (let node = size - 1; node >= program.base; node--) {
    const upstream = adjoints[node];
    if (upstream === 0 || !program.active[node]) continue;
    program.args[node - program.base].forEach((arg, k) => {
      const partial = partials[node - program.base][k];
      if (partial !== null && partial !== 0) adjoints[arg] += upstream * partial;
    });
  }
  return adjoints;
}

// All about one point: values, partials, adjoints, kinks, and which nodes an output uses.
function evaluateAt(program, inputs) {
  const v = program.values(inputs), sides = program.shares(v), shares = countedShares(program, v, sides);
  const used = usedNodes(program, v, program.outputs, shares), partials = program.partials(v, shares);
  let adjoints = null;
  if (program.weights !== null) {
    let value = 0;
    program.outputs.forEach((node, k) => { if (program.weights[k] !== 0) value += program.weights[k] * v[node]; });
    if (value !== value) {
      const chosen = usedNodes(program, v, program.outputs, sides.map(() => null));
      adjoints = Float64Array.from(chosen, (flag) => (flag ? NaN : 0));
    } else {
      adjoints = reverseSweep(program, partials, v.length);
    }
  }
  return { values: v, partials, adjoints, used, kinks: findKinks(program, v, used, sides) };
}

// The used nodes that sit on a kink or a jump of what moves with an active input: the kind, and for each argument the
// smaller and the larger one-sided derivative, or null.
function findKinks(program, v, used, shares) {
  const { base } = program, moving = new Uint8Array(v.length), found = new Map();
  for (let node = 0; node < base; node++) moving[node] = program.active[node];
  program.args.forEach((args, k) => {
    const node = base + k;
    if (!args.some((arg) => moving[arg])) return;
    const call = program.calls[program.codes[k]], given = [...args.map((arg) => v[arg]), v[node]];
    let kink = null;
    const intervals = args.map((arg, j) => {
      if (!moving[arg] || call.sides[j] === null) return null;
      const [left, right] = call.sides[j].map((side) => side(...given));
      return left !== right && left === left && right === right ? [Math.min(left, right), Math.max(left, right)] : null;
    });
    if (intervals.some((interval) => interval !== null)) kink = { kind: "kink", intervals };
    else if (call.jump !== null && call.jump(...given) === 1) kink = { kind: "jump", intervals };
    const choice = program.selects.indexOf(node), share = choice < 0 ? null : shares[choice];
    if (share !== null) {
      for (const part of program.conditions[choice]) found.delete(part);
      if (0 < share && share < 1) kink = { kind: "kink", intervals: [null, [0, 1], [0, 1]] };
    }
    if (kink !== null && used[node]) found.set(node, kink);
    if (kink !== null || args.some((arg, j) => moving[arg] && call.varies[j])) moving[node] = 1;
  });
  return found;
}
