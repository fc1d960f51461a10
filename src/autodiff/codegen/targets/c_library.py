"""What C's library lacks, or has in another form than the table of operations; and the names that are taken."""

from types import MappingProxyType

#: B_2, B_4, ...
BERNOULLI = "1.0/6, -1.0/30, 1.0/42, -1.0/30, 5.0/66, -691.0/2730, 7.0/6, -3617.0/510, 43867.0/798"

#: In an order in which each comes after those that it calls.
HELPERS = MappingProxyType({
    "ad_max": """
static double ad_max(double a, double b)
{
    return a > b ? a : b > a ? b : a == b && a != 0.0 ? a : a + b;
}
""",
    "ad_min": """
static double ad_min(double a, double b)
{
    return a < b ? a : b < a ? b : a == b && a != 0.0 ? a : -(-a - b);
}
""",
    "ad_chain": """
// The product of the chain rule: a zero contributes nothing.
static double ad_chain(double x, double y)
{
    return x == 0.0 || y == 0.0 ? 0.0 : x*y;
}
""",
    "ad_copysign": """
static double ad_copysign(double x, double y)
{
    return y != y ? y : copysign(x, y);
}
""",
    "ad_mod": """
// The remainder with the sign of y.
static double ad_mod(double x, double y)
{
    const double rest = fmod(x, y);
    if (rest == 0.0) return copysign(0.0, y);
    return (rest < 0.0) != (y < 0.0) ? rest + y : rest;
}
""",
    "ad_ldexp": """
// x*2^n for any n.
static double ad_ldexp(double x, double n)
{
    if (n != n) return n;
    const double most = n > 5000.0 ? 5000.0 : n < -5000.0 ? -5000.0 : n, whole = floor(most);
    return scalbn(most == whole ? x : x*exp2(most - whole), (int)whole);
}
""",
    "ad_polygamma_series": f"""
// The n-th derivative of digamma for n > 0: the recurrence up to where the asymptotic series holds.
static double ad_polygamma_series(double n, double x)
{{
    static const double bernoulli[9] = {{{BERNOULLI}}};
    double sum = 0.0, lost = 0.0;
    while (x < n + 20.0) {{
        double term = 1.0/x;
        for (int k = 1; k <= (int)n; k++) term *= k/x;
        const double next = sum + term;
        lost += fabs(sum) >= fabs(term) ? sum - next + term : term - next + sum;
        sum = next;
        x += 1.0;
    }}
    double lead = 1.0/x;
    for (int k = 1; k < (int)n; k++) lead *= k/x;
    double tail = lead*n/(2.0*x), factor = lead;
    for (int k = 0; k < 9; k++) {{
        const double j = 2.0*k + 2.0;
        factor *= (n + j - 2.0)*(n + j - 1.0)/((j - 1.0)*j)/(x*x);
        tail += bernoulli[k]*factor;
    }}
    const double total = sum - sum == 0.0 ? sum + (lead + (tail + lost)) : sum;
    return fmod(n, 2.0) == 1.0 ? total : -total;
}}
""",
    "ad_digamma": f"""
static double ad_digamma(double x)
{{
    static const double bernoulli[9] = {{{BERNOULLI}}};
    static const double zero = 1.4616321449683622, rest_of_zero = 9.549995429965697e-17;
    const double pi = 3.141592653589793;
    if (x != x || x == INFINITY) return x;
    double mirrored = 0.0;
    if (x <= 0.0) {{
        if (x == floor(x)) return NAN;
        mirrored = -pi/tan(pi*(x - rint(x)));
        x = 1.0 - x;
    }}
    const double away = x - zero - rest_of_zero;
    if (fabs(away) < 0.4) {{
        double sum = 0.0, power = 1.0;
        for (int k = 1; k < 40; k++) {{
            power *= away/k;
            sum += ad_polygamma_series(k, zero)*power;
        }}
        return mirrored + sum;
    }}
    // The terms cancel, so what each sum loses is added at the end.
    double terms[20], power = 1.0, sum = mirrored, lost = 0.0;
    int count = 0;
    for (; x < 16.0; x += 1.0) terms[count++] = -1.0/x;
    terms[count++] = log(x);
    terms[count++] = -0.5/x;
    for (int k = 0; k < count; k++) {{
        const double next = sum + terms[k];
        lost += fabs(sum) >= fabs(terms[k]) ? sum - next + terms[k] : terms[k] - next + sum;
        sum = next;
    }}
    if (sum - sum != 0.0) return sum;
    for (int k = 0; k < 9; k++) {{
        power *= x*x;
        lost -= bernoulli[k]/((2.0*k + 2.0)*power);
    }}
    return sum + lost;
}}
""",
    "ad_polygamma": """
static double ad_polygamma(double n, double x)
{
    if (!(n >= 0.0 && n <= 1000.0 && n == floor(n)) || x != x || (n > 0.0 && x < -1e5)) return NAN;
    if (n == 0.0) return ad_digamma(x);
    if (x - x != 0.0) return x < 0.0 ? NAN : 0.0;
    if (x <= 0.0 && x == floor(x)) return NAN;
    return ad_polygamma_series(n, x);
}
""",
    "ad_spherical_bessel": """
// The spherical Bessel function: the power series where its terms only fall, above it the recurrence.
static double ad_spherical_bessel(double n, double x)
{
    if (n - n != 0.0 || x != x || n != floor(n) || n < -1.0 || n > 1000.0) return NAN;
    if (n < 0.0) return x == 0.0 ? NAN : cos(x)/x;
    if (x - x != 0.0) return 0.0;
    const int order = (int)n;
    if (x*x < 4.0*n + 6.0) {
        double scale = 1.0, sum = 1.0, term = 1.0;
        for (int k = 1; k <= order; k++) scale *= x/(2*k + 1);
        for (int k = 1; fabs(term) > 1e-18; k++) {
            term *= -(x*x/2.0)/(k*(2.0*(order + k) + 1.0));
            sum += term;
        }
        return scale*sum;
    }
    if (fabs(x) < n) {
        double above = 0.0, here = 1.0, wanted = 0.0;
        for (int k = order + 60; k > 0; k--) {
            if (k == order) wanted = here;
            const double below = (2*k + 1)/x*here - above;
            above = here;
            here = below;
            if (fabs(here) > 1e200) {
                above *= 1e-200;
                here *= 1e-200;
                wanted *= 1e-200;
            }
        }
        const double first = sin(x)/x, second = (first - cos(x))/x;
        return fabs(here) > fabs(above) ? wanted/here*first : wanted/above*second;
    }
    double before = cos(x)/x, now = sin(x)/x;
    for (int k = 0; k < order; k++) {
        const double next = (2*k + 1)/x*now - before;
        before = now;
        now = next;
    }
    return now;
}
""",
})  # fmt: skip

#: Words of C and of C++, and what math.h, stdio.h and stdlib.h declare.
_WORDS = """
auto break case char const continue default do double else enum extern float for goto if inline int long register
restrict return short signed sizeof static struct switch typedef union unsigned void volatile while _Bool _Complex
_Imaginary alignas alignof and asm bool catch class concept constexpr decltype delete explicit export false friend
mutable namespace new noexcept not nullptr operator or private protected public requires template this throw true try
typeid typename using virtual xor thread_local main errno NULL EOF NAN INFINITY HUGE_VAL unix linux i386 value_ values
gradient jacobian hessian compare wrong lost at acos asin atan atan2 cos sin tan cosh sinh tanh acosh asinh atanh exp
exp2 expm1 frexp ilogb ldexp log log10 log1p log2 logb modf scalbn scalbln cbrt fabs hypot pow sqrt erf erfc lgamma
tgamma ceil floor nearbyint rint lrint llrint round lround llround trunc fmod remainder remquo copysign nan nextafter
nexttoward fdim fmax fmin fma fpclassify isfinite isinf isnan isnormal signbit j0 j1 jn y0 y1 yn gamma drem finite
significand signgam abs labs div ldiv rand srand exit abort malloc calloc realloc free atof atoi atol strtod strtol
qsort bsearch getenv system puts printf scanf fopen fclose remove rename tmpfile getc putc gets stdin stdout stderr
index random M_E M_PI float_t double_t exception scalb pow10 exp10 dremf clock time
"""
RESERVED = frozenset(_WORDS.split())
