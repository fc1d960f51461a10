// What JavaScript's own Math lacks, or has in another form than the table of operations. A function here has the name
// of its row and overrides one of Math. Doubles in, doubles out; conditions are 1 or 0; nothing throws.

function where(c, a, b) { return c !== c ? c : c !== 0 ? a : b; }
function chain(x, y) { return x === 0 || y === 0 ? 0 : x * y; }
function isfinite(x) { return +Number.isFinite(x); }
function isinf(x) { return +(x === Infinity || x === -Infinity); }
function isnan(x) { return +(x !== x); }
function negative(x) { return x < 0 || Object.is(x, -0); }
function copysign(x, y) { return y !== y ? y : negative(y) ? -Math.abs(x) : Math.abs(x); }

function mod(x, y) {
  const rest = x % y;
  if (rest === 0) return copysign(0, y);
  return (rest < 0) !== (y < 0) ? rest + y : rest;
}

function fmod(x, y) { return x % y; }

function remainder(x, y) {
  if (Math.abs(y) === Infinity && Number.isFinite(x)) return x;
  const size = Math.abs(x), by = Math.abs(y), low = size % by, high = by - low;
  const rest = low < high ? low : low > high ? -high : low - 2 * ((0.5 * (size - low)) % by);
  return negative(x) ? -rest : rest;
}

// The nearest integer, and the even one of two.
function round(x) {
  if (!(Math.abs(x) < 4503599627370496)) return x;
  const low = Math.floor(x), rest = x - low;
  const near = rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;
  return copysign(near, x);
}

function ties(v, ...xs) {
  let count = 0;
  for (const x of xs) if (x === v) count += 1;
  return count;
}

// Math.pow follows an older standard at 1^y and (-1)^inf.
function pow(x, y) {
  return x === 1 || y === 0 || (x === -1 && isinf(y)) ? 1 : Math.pow(x, y);
}

// x*2^n without an overflow on the way; -969 is one step of 1022 that leaves 53 bits, so that it rounds only once.
function ldexp(x, n) {
  if (n !== n) return x * n;
  let left = Math.max(-5000, Math.min(5000, n));
  const whole = Math.floor(left);
  if (left !== whole) x *= Math.pow(2, left - whole);
  left = whole;
  for (let k = 0; k < 2 && left > 1023; k++) { x *= 2 ** 1023; left -= 1023; }
  for (let k = 0; k < 2 && left < -1022; k++) { x *= 2 ** -969; left += 969; }
  return x * 2 ** Math.max(-1022, Math.min(1023, left));
}

// A finite double as an integer times a power of two.
function parts(x) {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, x);
  const head = bits.getUint32(0), exponent = (head >>> 20) & 2047;
  let size = (BigInt(head & 1048575) << 32n) | BigInt(bits.getUint32(4));
  if (exponent) size |= 1n << 52n;
  return [head >>> 31 ? -size : size, (exponent || 1) - 1075];
}

// x*y + z rounded once, by integers.
function fma(x, y, z) {
  if (![x, y, z].every(Number.isFinite)) return Number.isFinite(x) && Number.isFinite(y) ? z : x * y + z;
  const [a, p] = parts(x), [b, q] = parts(y), [c, r] = parts(z), low = Math.min(p + q, r);
  const sum = ((a * b) << BigInt(p + q - low)) + (c << BigInt(r - low));
  if (sum === 0n) return x * y + z;
  // Number() rounds, as long as what it makes is neither beyond the doubles nor among the subnormal ones.
  const size = sum < 0n ? -sum : sum, excess = Math.max(0, size.toString(2).length - 64);
  const kept = (size >> BigInt(excess)) | BigInt(size & ((1n << BigInt(excess)) - 1n) ? 1n : 0n);
  return ldexp(sum < 0n ? -Number(kept) : Number(kept), low + excess);
}

function logsumexp(...xs) {
  const top = Math.max(...xs);
  if (!Number.isFinite(top)) return top;
  const rest = xs.slice();
  rest.splice(rest.indexOf(top === 0 ? rest.find((x) => x === 0) : top), 1);
  return top + Math.log1p(total(rest.map((x) => Math.exp(x - top))));
}

// A sum with its rounding errors added at the end (Neumaier).
function total(terms) {
  let sum = 0, lost = 0;
  for (const term of terms) {
    const next = sum + term;
    lost += Math.abs(sum) >= Math.abs(term) ? sum - next + term : term - next + sum;
    sum = next;
  }
  return Number.isFinite(lost) ? sum + lost : sum;
}

function poly(x, coefficients) {
  let sum = 0;
  for (let k = coefficients.length - 1; k >= 0; k--) sum = sum * x + coefficients[k];
  return sum;
}

// erf and erfc with the rational approximations of FreeBSD's msun, s_erf.c:
// Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunPro, a Sun Microsystems, Inc.
// business. Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice
// is preserved.
const ERF = {
  near: [[1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02,
    -5.77027029648944159157e-03, -2.37630166566501626084e-05],
  [1, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03, 1.32494738004321644526e-04,
    -3.96022827877536812320e-06]],
  one: [[-2.36211856075265944077e-03, 4.14856118683748331666e-01, -3.72207876035701323847e-01,
    3.18346619901161753674e-01, -1.10894694282396677476e-01, 3.54783043256182359371e-02, -2.16637559486879084300e-03],
  [1, 1.06420880400844228286e-01, 5.40397917702171048937e-01, 7.18286544141962662868e-02, 1.26171219808761642112e-01,
    1.36370839120290507362e-02, 1.19844998467991074170e-02]],
  far: [[-9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e+01,
    -6.23753324503260060396e+01, -1.62396669462573470355e+02, -1.84605092906711035994e+02, -8.12874355063065934246e+01,
    -9.81432934416914548592e+00],
  [1, 1.96512716674392571292e+01, 1.37657754143519042600e+02, 4.34565877475229228821e+02, 6.45387271733267880336e+02,
    4.29008140027567833386e+02, 1.08635005541779435134e+02, 6.57024977031928170135e+00, -6.04244152148580987438e-02]],
  tail: [[-9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e+01,
    -1.60636384855821916062e+02, -6.37566443368389627722e+02, -1.02509513161107724954e+03, -4.83519191608651397019e+02],
  [1, 3.03380607434824582924e+01, 3.25792512996573918826e+02, 1.53672958608443695994e+03, 3.19985821950859553908e+03,
    2.55305040643316442583e+03, 4.74528541206955367215e+02, -2.24409524465858183362e+01]],
};
const ERX = 8.45062911510467529297e-01;

function ratio(x, [above, below]) { return poly(x, above) / poly(x, below); }

// erfc(x) for x >= 1.25.
function erfcTail(x) {
  const s = 1 / (x * x), z = Math.fround(x);
  return Math.exp(-z * z - 0.5625) * Math.exp((z - x) * (z + x) + ratio(s, x < 1 / 0.35 ? ERF.far : ERF.tail)) / x;
}

function erf(x) {
  const size = Math.abs(x);
  if (size < 0.84375) return size < 1e-300 ? 1.1283791670955126 * x : x + x * ratio(x * x, ERF.near);
  const top = size < 1.25 ? ERX + ratio(size - 1, ERF.one) : size < 6 ? 1 - erfcTail(size) : size !== size ? x : 1;
  return copysign(top, x);
}

function erfc(x) {
  const size = Math.abs(x);
  if (size < 0.84375) {
    const y = ratio(x * x, ERF.near);
    return x < 0.25 ? 1 - (x + x * y) : 0.5 - (x - 0.5 + x * y);
  }
  if (size < 1.25) return x > 0 ? 1 - ERX - ratio(size - 1, ERF.one) : 1 + ERX + ratio(size - 1, ERF.one);
  if (size !== size) return x;
  const tail = size < 28 ? erfcTail(size) : 0;
  return x > 0 ? tail : 2 - tail;
}

// The gamma family: Lanczos's sum as in Boost and in Python's math module.
const LANCZOS = [
  [23531376880.41076, 42919803642.6491, 35711959237.35567, 17921034426.037209, 6039542586.352028, 1439720407.3117216,
    248874557.86205417, 31426415.5854002, 2876370.6289353725, 186056.26539522348, 8071.672002365816, 210.82427775157936,
    2.5066282746310002],
  [0, 39916800, 120543840, 150917976, 105258076, 45995730, 13339535, 2637558, 357423, 32670, 1925, 66, 1],
];
const LANCZOS_G = 6.024680040776729583740234375;

function lanczosSum(x) {
  if (x < 5) return ratio(x, LANCZOS);
  return ratio(1 / x, LANCZOS.map((side) => side.slice().reverse()));
}

function sinpi(x) {
  const y = Math.abs(x) % 2, quarter = round(2 * y);
  const sine = [
    () => Math.sin(Math.PI * y), () => Math.cos(Math.PI * (y - 0.5)), () => Math.sin(Math.PI * (1 - y)),
    () => -Math.cos(Math.PI * (y - 1.5)), () => Math.sin(Math.PI * (y - 2)),
  ][quarter]();
  return negative(x) ? -sine : sine;
}

function gamma(x) {
  if (!Number.isFinite(x)) return x === -Infinity ? NaN : x;
  if (x === Math.floor(x)) {
    if (x <= 0) return x === 0 ? copysign(Infinity, x) : NaN;
    if (x <= 23) {
      let product = 1;
      for (let k = 2; k < x; k++) product *= k;
      return product;
    }
  }
  const size = Math.abs(x);
  if (size < 1e-20) return 1 / x;
  if (size > 200) return x < 0 ? 0 / sinpi(x) : Infinity;
  const half = LANCZOS_G - 0.5, y = size + half;
  const z = (size > half ? y - size - half : y - half - size) * LANCZOS_G / y;
  // The power in two halves, so that it does not overflow before the exponential brings it down.
  const power = size < 140 ? Math.pow(y, size - 0.5) : Math.pow(y, size / 2 - 0.25), again = size < 140 ? 1 : power;
  if (x < 0) {
    const r = -Math.PI / sinpi(size) / size * Math.exp(y) / lanczosSum(size);
    return (r - z * r) / power / again;
  }
  const r = lanczosSum(size) / Math.exp(y);
  return (r + z * r) * power * again;
}

// zeta(k) - 1 for k = 2, 3, ...
const ZETA_LESS_1 = [
  0.6449340668482264, 0.2020569031595943, 0.08232323371113819, 0.03692775514336993, 0.01734306198444914,
  0.008349277381922827, 0.00407735619794434, 0.0020083928260822143, 0.0009945751278180853, 0.0004941886041194645,
  0.0002460865533080483, 0.00012271334757848915, 6.124813505870483e-05, 3.058823630702049e-05, 1.528225940865187e-05,
  7.637197637899763e-06, 3.81729326499984e-06, 1.908212716553939e-06, 9.539620338727962e-07, 4.769329867878064e-07,
  2.38450502727733e-07, 1.1921992596531106e-07, 5.960818905125948e-08, 2.980350351465228e-08, 1.4901554828365043e-08,
  7.45071178983543e-09, 3.725334024788457e-09, 1.862659723513049e-09, 9.313274324196682e-10, 4.656629065033784e-10,
  2.3283118336765053e-10, 1.164155017270052e-10, 5.820772087902701e-11, 2.9103850444971e-11, 1.4551921891041985e-11,
];

// log(gamma(2 + z)) for -0.7 <= z <= 1/2 (https://dlmf.nist.gov/5.7.E3).
function logGammaSeries(z) {
  let sum = 0;
  for (let k = ZETA_LESS_1.length + 1; k > 1; k--) sum = ZETA_LESS_1[k - 2] / k - z * sum;
  return z * (0.42278433509846713 + z * sum);
}

function lgamma(x) {
  if (!Number.isFinite(x)) return x !== x ? x : Infinity;
  if (x > 0 && x < 8) {
    if (x < 0.5) return logGammaSeries(x) - Math.log1p(x) - Math.log(x);
    if (x < 1.3) return logGammaSeries(x - 1) - Math.log1p(x - 1);
    let factor = 1;
    while (x > 2.5) { x -= 1; factor *= x; }
    return logGammaSeries(x - 2) + Math.log(factor);
  }
  if (x <= 0 && x === Math.floor(x)) return Infinity;
  const size = Math.abs(x);
  if (size < 1e-20) return -Math.log(size);
  const r = Math.log(lanczosSum(size)) - LANCZOS_G + (size - 0.5) * (Math.log(size + LANCZOS_G - 0.5) - 1);
  return x > 0 ? r : Math.log(Math.PI) - Math.log(Math.abs(sinpi(size))) - Math.log(size) - r;
}

// B_2, B_4, ...
const BERNOULLI = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798];
// The zero of digamma between 1 and 2, as a double and what it lacks.
const DIGAMMA_ZERO = [1.4616321449683622, 9.549995429965697e-17];

function digamma(x) {
  if (x !== x || x === Infinity) return x;
  if (x <= 0) {
    if (x === Math.floor(x)) return NaN;
    const rest = x - round(x);
    return digamma(1 - x) - Math.PI / Math.tan(Math.PI * rest);
  }
  const away = x - DIGAMMA_ZERO[0] - DIGAMMA_ZERO[1];
  if (Math.abs(away) < 0.4) {
    // Taylor's series around the zero, near which anything else cancels.
    let sum = 0, power = 1, factorial = 1;
    for (let k = 1; k < 40; k++) {
      power *= away;
      factorial *= k;
      sum += polygamma(k, DIGAMMA_ZERO[0]) / factorial * power;
    }
    return sum;
  }
  const terms = [];
  while (x < 16) { terms.push(-1 / x); x += 1; }
  const square = x * x;
  let power = 1;
  terms.push(Math.log(x), -0.5 / x);
  BERNOULLI.forEach((b, k) => { power *= square; terms.push(-b / ((2 * k + 2) * power)); });
  return total(terms);
}

// The n-th derivative of digamma: the recurrence up to where the asymptotic series holds (https://dlmf.nist.gov/5.15).
function polygamma(n, x) {
  if (!(n >= 0 && n <= 1000 && n === Math.floor(n)) || x !== x || (n > 0 && x < -1e5)) return NaN;
  if (n === 0) return digamma(x);
  if (!Number.isFinite(x)) return x < 0 ? NaN : 0;
  if (x <= 0 && x === Math.floor(x)) return NaN;
  const terms = [];
  while (x < n + 20) {
    let term = 1 / x;
    for (let k = 1; k <= n; k++) term *= k / x;
    terms.push(term);
    x += 1;
  }
  let lead = 1 / x;
  for (let k = 1; k < n; k++) lead *= k / x;
  terms.push(lead, lead * n / (2 * x));
  let factor = lead;
  BERNOULLI.forEach((b, k) => {
    const j = 2 * k + 2;
    factor *= (n + j - 2) * (n + j - 1) / ((j - 1) * j) / (x * x);
    terms.push(b * factor);
  });
  return n % 2 === 1 ? total(terms) : -total(terms);
}

// As in autodiff.ops.kernels.special: the power series where its terms only fall, above it the recurrence, downwards
// where n > x and upwards from there on.
function sphericalbessel(n, x) {
  if (!Number.isFinite(n) || x !== x || n !== Math.floor(n) || n < -1 || n > 1000) return NaN;
  if (n < 0) return x === 0 ? NaN : Math.cos(x) / x;
  if (isinf(x)) return 0;
  if (x * x < 4 * n + 6) {
    let scale = 1;
    for (let k = 1; k <= n; k++) scale *= x / (2 * k + 1);
    const terms = [1];
    for (let k = 1; Math.abs(terms[k - 1]) > 1e-18; k++) {
      terms.push(-terms[k - 1] * (x * x / 2) / (k * (2 * (n + k) + 1)));
    }
    return scale * total(terms);
  }
  if (Math.abs(x) < n) {
    let above = 0, here = 1, wanted = 0;
    for (let k = n + 60; k > 0; k--) {
      if (k === n) wanted = here;
      [above, here] = [here, (2 * k + 1) / x * here - above];
      if (Math.abs(here) > 1e200) [above, here, wanted] = [above * 1e-200, here * 1e-200, wanted * 1e-200];
    }
    const first = Math.sin(x) / x, second = (first - Math.cos(x)) / x;
    return Math.abs(here) > Math.abs(above) ? wanted / here * first : wanted / above * second;
  }
  let before = Math.cos(x) / x, now = Math.sin(x) / x;
  for (let k = 0; k < n; k++) [before, now] = [now, (2 * k + 1) / x * now - before];
  return now;
}
