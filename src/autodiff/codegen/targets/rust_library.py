"""What Rust's standard library lacks, or has in another form than the table of operations."""

import re
from types import MappingProxyType

from autodiff.codegen.targets.c_library import BERNOULLI

#: Functions of C's library, which that of Rust is linked with: what it has of its own is less exact, or is not stable.
FROM_C = dict.fromkeys(("asinh", "acosh", "atanh", "erf", "erfc", "tgamma", "lgamma"), 1) | {"remainder": 2}

_BERNOULLI = re.sub(r"/(\d+)", r"/\1.0", BERNOULLI)
_HELPERS = {
    "ad_max": """
fn ad_max(a: f64, b: f64) -> f64 {
    if a > b { a } else if b > a { b } else if a == b && a != 0.0 { a } else { a + b }
}
""",
    "ad_min": """
fn ad_min(a: f64, b: f64) -> f64 {
    if a < b { a } else if b < a { b } else if a == b && a != 0.0 { a } else { -(-a - b) }
}
""",
    "ad_chain": """
// The product of the chain rule: a zero contributes nothing.
fn ad_chain(x: f64, y: f64) -> f64 {
    if x == 0.0 || y == 0.0 { 0.0 } else { x*y }
}
""",
    "ad_copysign": """
fn ad_copysign(x: f64, y: f64) -> f64 {
    if y != y { y } else { x.copysign(y) }
}
""",
    "ad_mod": """
// The remainder with the sign of y.
fn ad_mod(x: f64, y: f64) -> f64 {
    let rest = x % y;
    if rest == 0.0 { return 0.0_f64.copysign(y); }
    if (rest < 0.0) != (y < 0.0) { rest + y } else { rest }
}
""",
    "ad_ldexp": """
// x*2^n for any n, in steps that are not rounded but for the last.
fn ad_ldexp(x: f64, n: f64) -> f64 {
    if n != n { return n; }
    let most = n.clamp(-5000.0, 5000.0);
    let mut whole = most.floor() as i32;
    let mut scaled = if most == most.floor() { x } else { x*(most - most.floor()).exp2() };
    while whole > 1000 { scaled *= 1000.0_f64.exp2(); whole -= 1000; }
    while whole < -900 && scaled.abs() > 1e-20 { scaled *= (-900.0_f64).exp2(); whole += 900; }
    if whole >= -1000 { return scaled*f64::from(whole).exp2(); }
    scaled*(-1000.0_f64).exp2()*f64::from((whole + 1000).max(-1000)).exp2()
}
""",
}
_HELPERS |= {
    "ad_polygamma_series": f"""
// The n-th derivative of digamma for n > 0: the recurrence up to where the asymptotic series holds.
fn ad_polygamma_series(n: f64, from: f64) -> f64 {{
    let bernoulli = [{_BERNOULLI}];
    let order = n as i32;
    let (mut x, mut sum, mut lost) = (from, 0.0_f64, 0.0_f64);
    while x < n + 20.0 {{
        let mut term = 1.0/x;
        for k in 1..=order {{ term *= f64::from(k)/x; }}
        let next = sum + term;
        lost += if sum.abs() >= term.abs() {{ sum - next + term }} else {{ term - next + sum }};
        sum = next;
        x += 1.0;
    }}
    let mut lead = 1.0/x;
    for k in 1..order {{ lead *= f64::from(k)/x; }}
    let (mut tail, mut factor) = (lead*n/(2.0*x), lead);
    for (k, number) in bernoulli.iter().enumerate() {{
        let j = 2.0*(k as f64) + 2.0;
        factor *= (n + j - 2.0)*(n + j - 1.0)/((j - 1.0)*j)/(x*x);
        tail += number*factor;
    }}
    let total = if sum - sum == 0.0 {{ sum + (lead + (tail + lost)) }} else {{ sum }};
    if n % 2.0 == 1.0 {{ total }} else {{ -total }}
}}
""",
    "ad_digamma": f"""
fn ad_digamma(from: f64) -> f64 {{
    let bernoulli = [{_BERNOULLI}];
    let (zero, rest_of_zero, pi) = (1.4616321449683622, 9.549995429965697e-17, std::f64::consts::PI);
    let (mut x, mut mirrored) = (from, 0.0);
    if x != x || x == f64::INFINITY {{ return x; }}
    if x <= 0.0 {{
        if x == x.floor() {{ return f64::NAN; }}
        mirrored = -pi/(pi*(x - x.round_ties_even())).tan();
        x = 1.0 - x;
    }}
    let away: f64 = x - zero - rest_of_zero;
    if away.abs() < 0.4 {{
        let (mut sum, mut power) = (0.0, 1.0);
        for k in 1..40 {{
            power *= away/f64::from(k);
            sum += ad_polygamma_series(f64::from(k), zero)*power;
        }}
        return mirrored + sum;
    }}
    // The terms cancel, so what each sum loses is added at the end.
    let mut terms = Vec::new();
    while x < 16.0 {{ terms.push(-1.0/x); x += 1.0; }}
    terms.push(x.ln());
    terms.push(-0.5/x);
    let (mut sum, mut lost, mut power): (f64, f64, f64) = (mirrored, 0.0, 1.0);
    for term in terms {{
        let next = sum + term;
        lost += if sum.abs() >= term.abs() {{ sum - next + term }} else {{ term - next + sum }};
        sum = next;
    }}
    if sum - sum != 0.0 {{ return sum; }}
    for (k, number) in bernoulli.iter().enumerate() {{
        power *= x*x;
        lost -= number/((2.0*(k as f64) + 2.0)*power);
    }}
    sum + lost
}}
""",
    "ad_polygamma": """
fn ad_polygamma(n: f64, x: f64) -> f64 {
    if !(n >= 0.0 && n <= 1000.0 && n == n.floor()) || x != x || (n > 0.0 && x < -1e5) { return f64::NAN; }
    if n == 0.0 { return ad_digamma(x); }
    if x - x != 0.0 { return if x < 0.0 { f64::NAN } else { 0.0 }; }
    if x <= 0.0 && x == x.floor() { return f64::NAN; }
    ad_polygamma_series(n, x)
}
""",
    "ad_spherical_bessel": """
// The spherical Bessel function: the power series where its terms only fall, above it the recurrence.
fn ad_spherical_bessel(n: f64, x: f64) -> f64 {
    if n - n != 0.0 || x != x || n != n.floor() || n < -1.0 || n > 1000.0 { return f64::NAN; }
    if n < 0.0 { return if x == 0.0 { f64::NAN } else { x.cos()/x }; }
    if x - x != 0.0 { return 0.0; }
    let order = n as i32;
    if x*x < 4.0*n + 6.0 {
        let (mut scale, mut sum, mut term, mut k) = (1.0, 1.0, 1.0_f64, 0);
        for k in 1..=order { scale *= x/f64::from(2*k + 1); }
        while term.abs() > 1e-18 {
            k += 1;
            term *= -(x*x/2.0)/f64::from(k*(2*(order + k) + 1));
            sum += term;
        }
        return scale*sum;
    }
    if x.abs() < n {
        let (mut above, mut here, mut wanted) = (0.0_f64, 1.0_f64, 0.0_f64);
        for k in (1..=order + 60).rev() {
            if k == order { wanted = here; }
            let below = f64::from(2*k + 1)/x*here - above;
            above = here;
            here = below;
            if here.abs() > 1e200 { above *= 1e-200; here *= 1e-200; wanted *= 1e-200; }
        }
        let first = x.sin()/x;
        let second = (first - x.cos())/x;
        return if here.abs() > above.abs() { wanted/here*first } else { wanted/above*second };
    }
    let (mut before, mut now) = (x.cos()/x, x.sin()/x);
    for k in 0..order {
        let next = f64::from(2*k + 1)/x*now - before;
        before = now;
        now = next;
    }
    now
}
""",
}
HELPERS = MappingProxyType(_HELPERS)

_WORDS = """
as break const continue crate else enum extern false fn for if impl in let loop match mod move mut pub ref return self
Self static struct super trait true type unsafe use where while async await dyn abstract become box do final macro
override priv typeof unsized virtual yield try gen union std core alloc main Vec String Some
None Ok Err Option Result Box println print assert value values gradient jacobian hessian point given near wrong vec
"""
RESERVED = frozenset(_WORDS.split())
