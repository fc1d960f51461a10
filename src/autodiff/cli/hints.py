"""The ways out of errors as the command line types them; `autodiff.errors.IN_PYTHON` has them for Python."""

from collections.abc import Mapping

from autodiff.errors import Way

ON_THE_COMMAND_LINE: Mapping[str, str] = {
    "differentiate": 'write: autodiff diff "{formula}" --wrt {name}',
    "constant-column": "for the column write --col {name}={name}, for the constant --{name} {name}",
    "choose-column": "--col {name}=COLUMN says which it is, and --{name} 1 fixes it",
    "input-format": "the formats are CSV, TSV, JSON lines, Parquet and Arrow; --input-format says which it is",
    "equation": "'==' compares; for an equation write: autodiff diff \"{formula}\" --implicit {name}",
    "list-functions": "'autodiff functions' lists what there is",
    "assigned": "the formula itself assigns {name!r}; remove the assignment or the option",
    "list-numbers": "--all draws more than {most} nodes; 'autodiff grad' lists numbers",
    "weigh-outputs": "weigh them with --seed {weights}, write their sum, or use autodiff jacobian",
    "weigh-elements": "sum it with sum(...), weigh its elements with --seed, or use autodiff jacobian",
    "rows-of-outputs": "ask for a row of each with --jacobian, or write their sum",
    "part-of-hessian": "choose some with --wrt, or ask for a product with --direction",
    "part-of-jacobian": "multiply with it instead: grad --seed or grad --direction",
    "fewer-passes": "use --direction for one pass, --wrt for some variables, or the reverse mode",
    "second-order": "for second derivatives of formulas with arrays: autodiff hessian",
    "name-variables": "write --wrt {x} for d2f/d{x}2, or --wrt {x},{y} for d2f/d{x}d{y}; for all of them: "
    "autodiff hessian",
    "name-as-many": "name as many as the order says, as in --wrt {spelled}",
    "give-shape": 'give it a value of that shape, as in --{name} "[1, 2]" or --{name} 1',
    "long-derivative": "a lower order, such as --order {lower}, is a formula; at a point any order is a number: "
    "autodiff grad FORMULA --order {order} with values",
    "order-of-arrays": "leave out --order, or name numbers with --wrt; the numbers are what autodiff hessian shows",
}


def worded(way: Way) -> str:
    """What to type on the command line."""
    return ON_THE_COMMAND_LINE[way.name].format(**way.details)
