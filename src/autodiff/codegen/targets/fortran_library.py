"""What Fortran lacks, or has in another form than the table of operations; and the names that are taken."""

import re
from types import MappingProxyType

from autodiff.codegen.targets.c_library import BERNOULLI

#: Functions of C's library by the names that they get here: what Fortran has is less exact, or gives integers.
FROM_C = {
    **{f"ad_{name}": 1 for name in ("expm1", "log1p", "cbrt", "exp2", "log2", "rint", "floor", "ceil", "trunc",
                                    "lgamma", "tgamma")},
    **{f"ad_{name}": 2 for name in ("pow", "fmod", "remainder", "hypot", "atan2")},
}  # fmt: skip
_NUMBERS = ", ".join(f"{part}_dp" for part in re.sub(r"/(\d+)", r"_dp/\1.0", BERNOULLI).split(", "))

HELPERS = MappingProxyType({
    "ad_max": """
pure real(dp) function ad_max(a, b)
    real(dp), intent(in) :: a, b
    ad_max = merge(a, merge(b, merge(a, a + b, a == b .and. a /= 0.0_dp), b > a), a > b)
end function
""",
    "ad_min": """
pure real(dp) function ad_min(a, b)
    real(dp), intent(in) :: a, b
    ad_min = merge(a, merge(b, merge(a, -(-a - b), a == b .and. a /= 0.0_dp), b < a), a < b)
end function
""",
    "ad_chain": """
! The product of the chain rule: a zero contributes nothing.
pure real(dp) function ad_chain(x, y)
    real(dp), intent(in) :: x, y
    ad_chain = merge(0.0_dp, x*y, x == 0.0_dp .or. y == 0.0_dp)
end function
""",
    "ad_copysign": """
pure real(dp) function ad_copysign(x, y)
    real(dp), intent(in) :: x, y
    ad_copysign = merge(y, sign(x, y), y /= y)
end function
""",
    "ad_mod": """
! The remainder with the sign of y.
pure real(dp) function ad_mod(x, y)
    real(dp), intent(in) :: x, y
    ad_mod = ad_fmod(x, y)
    if (ad_mod == 0.0_dp) then
        ad_mod = sign(0.0_dp, y)
    else if ((ad_mod < 0.0_dp) .neqv. (y < 0.0_dp)) then
        ad_mod = ad_mod + y
    end if
end function
""",
    "ad_ldexp": """
! x*2^n for any n, in steps that are not rounded but for the last.
pure real(dp) function ad_ldexp(x, n)
    real(dp), intent(in) :: x, n
    real(dp) :: rest, whole
    ad_ldexp = n
    if (n /= n) return
    rest = max(-5000.0_dp, min(5000.0_dp, n))
    whole = ad_floor(rest)
    ad_ldexp = merge(x, x*ad_exp2(rest - whole), rest == whole)
    do while (whole > 1000.0_dp)
        ad_ldexp = ad_ldexp*ad_exp2(1000.0_dp)
        whole = whole - 1000.0_dp
    end do
    do while (whole < -900.0_dp .and. abs(ad_ldexp) > 1.0e-20_dp)
        ad_ldexp = ad_ldexp*ad_exp2(-900.0_dp)
        whole = whole + 900.0_dp
    end do
    if (whole >= -1000.0_dp) then
        ad_ldexp = ad_ldexp*ad_exp2(whole)
    else
        ad_ldexp = ad_ldexp*ad_exp2(-1000.0_dp)*ad_exp2(max(whole + 1000.0_dp, -1000.0_dp))
    end if
end function
""",
    "ad_polygamma_series": f"""
! The n-th derivative of digamma for n > 0: the recurrence up to where the asymptotic series holds.
pure real(dp) function ad_polygamma_series(n, from)
    real(dp), intent(in) :: n, from
    real(dp), parameter :: bernoulli(9) = [ &
        {_NUMBERS}]
    real(dp) :: x, total, lost, term, next, lead, tail, factor, j
    integer :: k
    x = from
    total = 0.0_dp
    lost = 0.0_dp
    do while (x < n + 20.0_dp)
        term = 1.0_dp/x
        do k = 1, int(n)
            term = term*(k/x)
        end do
        next = total + term
        lost = lost + merge((total - next) + term, (term - next) + total, abs(total) >= abs(term))
        total = next
        x = x + 1.0_dp
    end do
    lead = 1.0_dp/x
    do k = 1, int(n) - 1
        lead = lead*(k/x)
    end do
    tail = lead*n/(2.0_dp*x)
    factor = lead
    do k = 1, 9
        j = 2.0_dp*k
        factor = factor*((n + j - 2.0_dp)*(n + j - 1.0_dp)/((j - 1.0_dp)*j)/(x*x))
        tail = tail + bernoulli(k)*factor
    end do
    if (total - total == 0.0_dp) total = total + (lead + (tail + lost))
    ad_polygamma_series = merge(total, -total, ad_fmod(n, 2.0_dp) == 1.0_dp)
end function
""",
    "ad_digamma": f"""
pure real(dp) function ad_digamma(from)
    real(dp), intent(in) :: from
    real(dp), parameter :: bernoulli(9) = [ &
        {_NUMBERS}]
    real(dp), parameter :: zero = 1.4616321449683622_dp, rest_of_zero = 9.549995429965697e-17_dp
    real(dp), parameter :: pi = 3.141592653589793_dp
    real(dp) :: x, mirrored, away, terms(20), power, total, lost, next
    integer :: k, length
    x = from
    ad_digamma = x
    if (x /= x .or. x == ad_inf) return
    mirrored = 0.0_dp
    if (x <= 0.0_dp) then
        ad_digamma = ad_nan
        if (x == ad_floor(x)) return
        mirrored = -pi/tan(pi*(x - ad_rint(x)))
        x = 1.0_dp - x
    end if
    away = (x - zero) - rest_of_zero
    total = 0.0_dp
    power = 1.0_dp
    if (abs(away) < 0.4_dp) then
        do k = 1, 39
            power = power*(away/k)
            total = total + ad_polygamma_series(real(k, dp), zero)*power
        end do
        ad_digamma = mirrored + total
        return
    end if
    ! The terms cancel, so what each sum loses is added at the end.
    length = 0
    do while (x < 16.0_dp)
        length = length + 1
        terms(length) = -1.0_dp/x
        x = x + 1.0_dp
    end do
    terms(length + 1) = log(x)
    terms(length + 2) = -0.5_dp/x
    total = mirrored
    lost = 0.0_dp
    do k = 1, length + 2
        next = total + terms(k)
        lost = lost + merge((total - next) + terms(k), (terms(k) - next) + total, abs(total) >= abs(terms(k)))
        total = next
    end do
    ad_digamma = total
    if (total - total /= 0.0_dp) return
    do k = 1, 9
        power = power*(x*x)
        lost = lost - bernoulli(k)/(2.0_dp*k*power)
    end do
    ad_digamma = total + lost
end function
""",
    "ad_polygamma": """
pure real(dp) function ad_polygamma(n, x)
    real(dp), intent(in) :: n, x
    ad_polygamma = ad_nan
    if (.not. (n >= 0.0_dp .and. n <= 1000.0_dp .and. n == ad_floor(n)) .or. x /= x) return
    if (n > 0.0_dp .and. x < -1.0e5_dp) return
    if (n == 0.0_dp) then
        ad_polygamma = ad_digamma(x)
    else if (x - x /= 0.0_dp) then
        ad_polygamma = merge(ad_nan, 0.0_dp, x < 0.0_dp)
    else if (x > 0.0_dp .or. x /= ad_floor(x)) then
        ad_polygamma = ad_polygamma_series(n, x)
    end if
end function
""",
    "ad_spherical_bessel": """
! The spherical Bessel function: the power series where its terms only fall, above it the recurrence.
pure real(dp) function ad_spherical_bessel(n, x)
    real(dp), intent(in) :: n, x
    real(dp) :: scaled, total, term, above, here, wanted, below, first, second, before, now, next
    integer :: order, k
    ad_spherical_bessel = ad_nan
    if (n - n /= 0.0_dp .or. x /= x .or. n /= ad_floor(n) .or. n < -1.0_dp .or. n > 1000.0_dp) return
    if (n < 0.0_dp) then
        if (x /= 0.0_dp) ad_spherical_bessel = cos(x)/x
        return
    end if
    ad_spherical_bessel = 0.0_dp
    if (x - x /= 0.0_dp) return
    order = int(n)
    if (x*x < 4.0_dp*n + 6.0_dp) then
        scaled = 1.0_dp
        do k = 1, order
            scaled = scaled*(x/(2*k + 1))
        end do
        total = 1.0_dp
        term = 1.0_dp
        k = 0
        do while (abs(term) > 1.0e-18_dp)
            k = k + 1
            term = term*(-(x*x/2.0_dp)/(k*(2.0_dp*(order + k) + 1.0_dp)))
            total = total + term
        end do
        ad_spherical_bessel = scaled*total
        return
    end if
    first = sin(x)/x
    second = (first - cos(x))/x
    if (abs(x) < n) then
        above = 0.0_dp
        here = 1.0_dp
        wanted = 0.0_dp
        do k = order + 60, 1, -1
            if (k == order) wanted = here
            below = (2*k + 1)/x*here - above
            above = here
            here = below
            if (abs(here) > 1.0e200_dp) then
                above = above*1.0e-200_dp
                here = here*1.0e-200_dp
                wanted = wanted*1.0e-200_dp
            end if
        end do
        ad_spherical_bessel = merge(wanted/here*first, wanted/above*second, abs(here) > abs(above))
        return
    end if
    before = cos(x)/x
    now = first
    do k = 0, order - 1
        next = (2*k + 1)/x*now - before
        before = now
        now = next
    end do
    ad_spherical_bessel = now
end function
""",
})  # fmt: skip

_WORDS = """
dp c_double int64 ad_inf ad_nan point value values gradient jacobian hessian abs acos acosh asin asinh atan atanh cos
cosh erf erfc exp log log10 sign sin sinh sqrt tan tanh max min merge real int transfer if then else end do while call
return function subroutine module program contains use import interface pure private public intent in out parameter
integer logical print write stop wrong found huge tiny
"""
RESERVED = frozenset(_WORDS.split())
