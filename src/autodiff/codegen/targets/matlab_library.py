"""What MATLAB lacks, or has complex numbers for, as functions of real numbers; and the names that are taken."""

from types import MappingProxyType


def _real(name: str, defined: str) -> str:
    """A function that is complex elsewhere, and NaN here."""
    return f"""
function y = ad_{name}(x)
  if {defined}, y = {name}(x); else, y = NaN; end
end
"""


_HELPERS = {
    **{f"ad_{name}": _real(name, "x >= 0") for name in ("log", "log2", "log10", "sqrt")},
    **{f"ad_{name}": _real(name, "abs(x) <= 1") for name in ("asin", "acos", "atanh")},
    "ad_acosh": _real("acosh", "x >= 1"),
    "ad_log1p": _real("log1p", "x >= -1"),
    "ad_where": """
function y = ad_where(c, a, b)
  if c, y = a; else, y = b; end
end
""",
    "ad_choose": """
function y = ad_choose(c, a, b)
  if c ~= c, y = c; elseif c ~= 0, y = a; else, y = b; end
end
""",
    "ad_max": """
function y = ad_max(a, b)
  if a > b, y = a; elseif b > a, y = b; elseif a == b && a ~= 0, y = a; else, y = a + b; end
end
""",
    "ad_min": """
function y = ad_min(a, b)
  if a < b, y = a; elseif b < a, y = b; elseif a == b && a ~= 0, y = a; else, y = -(-a - b); end
end
""",
    "ad_chain": """
function y = ad_chain(a, b)
  % The product of the chain rule: a zero contributes nothing.
  if a == 0 || b == 0, y = 0; else, y = a*b; end
end
""",
    "ad_pow": """
function y = ad_pow(a, b)
  if b == 0 || a == 1
    y = 1;
  elseif isinf(b)
    if abs(a) == 1, y = 1; elseif (abs(a) > 1) == (b > 0), y = Inf; else, y = 0; end
    if a ~= a, y = a; end
  elseif a < 0 && b ~= fix(b)
    y = NaN;
    if isinf(a), y = Inf^b; end
  elseif a < 0
    y = abs(a)^b;
    if rem(b, 2) ~= 0, y = -y; end
  else
    y = a^b;
  end
end
""",
    "ad_fmod": """
function r = ad_fmod(x, y)
  % The remainder without rounding: each step takes off a multiple of y that is a power of two.
  if isinf(x) || x ~= x || y ~= y || y == 0, r = NaN; return; end
  r = abs(x);
  b = abs(y);
  if ~isinf(b)
    while r >= b
      [p, k] = log2(r);
      [q, l] = log2(b);
      s = pow2(q, k);
      if s > r, s = pow2(q, k - 1); end
      r = r - s;
    end
  end
  if x < 0 || 1/x < 0, r = -r; end
end
""",
    "ad_digamma": """
function y = ad_digamma(x)
  if x == Inf || x ~= x
    y = x;
  elseif x > 0
    y = psi(x);
  elseif x == fix(x)
    y = NaN;
  else
    y = psi(1 - x) - pi/tan(pi*(x - round(x)));
  end
end
""",
    "ad_gamma": """
function y = ad_gamma(x)
  if x < 0 && x == fix(x), y = NaN; else, y = gamma(x); end
end
""",
    "ad_besselj": """
function y = ad_besselj(n, x)
  % What is larger is more than the libraries of MATLAB and Octave compute.
  if x ~= x || abs(n) > 1000 || n ~= n || (x < 0 && n ~= fix(n))
    y = NaN;
  elseif isinf(x)
    y = 0;
  elseif abs(x) > 1e9
    y = NaN;
  else
    y = besselj(n, x);
  end
end
""",
    "ad_spherical_bessel": """
function y = ad_spherical_bessel(n, x)
  % The spherical Bessel function: the power series where its terms only fall, above it the recurrence.
  if isinf(n) || n ~= n || x ~= x || n ~= fix(n) || n < -1 || n > 1000, y = NaN; return; end
  if n < 0
    if x == 0, y = NaN; else, y = cos(x)/x; end
    return;
  end
  if isinf(x), y = 0; return; end
  if x*x < 4*n + 6
    scaled = 1; total = 1; term = 1; k = 0;
    for k = 1:n, scaled = scaled*(x/(2*k + 1)); end
    k = 0;
    while abs(term) > 1e-18
      k = k + 1;
      term = term*(-(x*x/2)/(k*(2*(n + k) + 1)));
      total = total + term;
    end
    y = scaled*total;
    return;
  end
  first = sin(x)/x;
  second = (first - cos(x))/x;
  if abs(x) < n
    above = 0; here = 1; kept = 0;
    for k = n + 60:-1:1
      if k == n, kept = here; end
      below = (2*k + 1)/x*here - above;
      above = here;
      here = below;
      if abs(here) > 1e200, above = above*1e-200; here = here*1e-200; kept = kept*1e-200; end
    end
    if abs(here) > abs(above), y = kept/here*first; else, y = kept/above*second; end
    return;
  end
  before = cos(x)/x;
  y = first;
  for k = 0:n - 1
    next = (2*k + 1)/x*y - before;
    before = y;
    y = next;
  end
end
""",
    "ad_lgamma": """
function y = ad_lgamma(x)
  if x >= 0 || x ~= x
    y = gammaln(x);
  elseif x == fix(x)
    y = Inf;
  else
    y = log(pi/abs(sin(pi*(x - round(x))))) - gammaln(1 - x);
  end
end
""",
    "ad_polygamma": """
function y = ad_polygamma(n, x)
  if ~(n >= 0 && n <= 1000 && n == fix(n)) || x ~= x || (n > 0 && x < -1e5), y = NaN; return; end
  if n == 0, y = ad_digamma(x); return; end
  if isinf(x) && x > 0, y = 0; return; end
  if x <= 0 && x == fix(x), y = NaN; return; end
  y = 0;
  while x <= 0
    y = y - (-1)^n*gamma(n + 1)/x^(n + 1);
    x = x + 1;
  end
  y = y + psi(n, x);
end
""",
}
HELPERS = MappingProxyType(_HELPERS)

_WORDS = """
break case catch classdef continue else elseif end for function global if otherwise parfor persistent return spmd
switch try while endif endfor endfunction endwhile end_try_catch do until unwind_protect endswitch abs atan sinh cosh
tanh asinh sin cos tan exp expm1 floor ceil fix erf erfc gamma gammaln psi besselj pow2 nthroot hypot atan2 NaN Inf
zeros double
isinf isnan error printf fprintf disp nargin nargout varargin round rem pi value values gradient jacobian hessian point
found wanted near ans true false eye ones size numel
"""
RESERVED = frozenset(_WORDS.split())
