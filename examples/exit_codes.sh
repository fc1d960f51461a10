#!/bin/sh
# Let a script decide by the exit code: 0 done, 2 wrong request, 3 undefined at this point.
set -eu

derivative() { # FORMULA X: the derivative at X, or why there is none
    code=0
    result=$(autodiff grad "$1" --x "$2" --format value 2> /dev/null) || code=$?
    case $code in
    0) echo "$result" ;;
    2) echo "no such formula" ;;
    3) echo "undefined" ;;
    *) echo "unexpected: exit code $code" ;;
    esac
}

good=$(derivative "log(x)" 4)
edge=$(derivative "log(x)" -1)
typo=$(derivative "lgo(x)" 4)
printf '%s\n' "log(x) at 4: $good" "log(x) at -1: $edge" "lgo(x) at 4: $typo"

[ "$good" = 0.25 ] && [ "$edge" = undefined ] && [ "$typo" = "no such formula" ]
