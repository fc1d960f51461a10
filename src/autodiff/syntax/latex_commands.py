"""The commands of LaTeX that mean something in a formula, and what they mean."""

from autodiff.syntax.letters import GREEK

COMMANDS = {
    "cdot": "*", "times": "*", "ast": "*", "odot": "*", "div": "/", "le": "<=", "leq": "<=", "leqslant": "<=",
    "ge": ">=", "geq": ">=", "geqslant": ">=", "ne": "!=", "neq": "!=", "lt": "<", "gt": ">", "land": "and",
    "lor": "or", "wedge": "and", "vee": "or", "lnot": "not", "neg": "not", "lbrack": "[", "rbrack": "]",
}  # fmt: skip
LETTERS = {
    **GREEK, **{name.capitalize(): letter.upper() for name, letter in GREEK.items()}, "varepsilon": "ε",
    "varphi": "φ", "vartheta": "θ", "varrho": "ρ", "varsigma": "ς", "varkappa": "κ", "infty": "inf", "ell": "ℓ",
    "hbar": "ℏ",
}  # fmt: skip
#: What only says how something looks.
LOOKS = frozenset(
    ["displaystyle", "textstyle", "limits", "nolimits", "quad", "qquad", "big", "Big", "bigg", "Bigg", "bigl", "bigr",
     "Bigl", "Bigr", "biggl", "biggr", "Biggl", "Biggr", "middle", "nonumber", "notag", "rm", "bf", "it", "enspace",
     "thinspace", "hfill", "(", ")", "[", "]", ",", ";", ":", "!", " ", ">"]
)  # fmt: skip
BOLD = frozenset(["mathbf", "boldsymbol", "bm", "vec", "mathbfit", "pmb"])
UPRIGHT = frozenset(
    ["mathrm", "text", "mathit", "mathsf", "mathcal", "operatorname", "operatorname*", "textrm", "textit", "mathtt",
     "mbox", "mathbb"]
)  # fmt: skip
ACCENTS = frozenset(["hat", "bar", "tilde", "dot", "ddot", "overline", "widehat", "widetilde", "check", "breve"])
FENCES = {
    "lvert": "|(", "rvert": "|)", "lVert": "‖(", "rVert": "‖)", "lfloor": "⌊(", "rfloor": ")", "lceil": "⌈(",
    "rceil": ")", "{": "(", "}": ")", "lbrace": "(", "rbrace": ")", "lparen": "(", "rparen": ")",
}  # fmt: skip
TRANSPOSES = frozenset(
    ["top", "intercal", "transp", "mathsf{T}", "mathrm{T}", "text{T}", "rm T", "mathsf T", "mathrm T"]
)
MATRICES = frozenset(["pmatrix", "bmatrix", "matrix", "vmatrix", "smallmatrix", "array"])
LAYOUTS = frozenset(["aligned", "align", "align*", "equation", "equation*", "split", "gather", "gathered", "gather*"])
#: Functions that have a command of their own; every other comes by \operatorname.
FUNCTIONS = frozenset(
    ["sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "coth", "exp",
     "ln", "lg", "log", "min", "max", "det"]
)  # fmt: skip
ADVICE = {
    "sum": "write sum(...) of an array", "int": "there are no integrals: write the integrand",
    "prod": "write prod(...) of an array", "partial": "a formula is what is differentiated: autodiff differentiates it",
    "nabla": "a formula is what is differentiated: autodiff differentiates it", "lim": "there are no limits",
    "pm": "write + or -", "mp": "write + or -",
}  # fmt: skip
