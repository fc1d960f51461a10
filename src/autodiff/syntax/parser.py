"""Text to `Program`, by operator precedence with explicit stacks: one pass, no recursion.

    program    := statement { (";" | newline) statement }       the last statement is the output; of a definition
                                                                that stands last, the parameters are the variables
    statement  := NAME "=" expr | NAME "(" NAME { "," NAME } ")" "=" expr | expr { "," expr }
    expr       := or_expr [ "if" expr "else" expr ]                                    power 1, groups to the right
    or_expr    := and_expr { "or" and_expr }                                                 2
    and_expr   := not_expr { "and" not_expr }                                                3
    not_expr   := "not" not_expr | comparison                                                4
    comparison := sum { ("<" | "<=" | ">" | ">=" | "==" | "!=") sum }                        6   a < b < c: both hold
    sum        := product { ("+" | "-") product }                                            7
    product    := signed { ("*" | "/" | "%" | "@") signed }                                  8
    signed     := ("-" | "+") signed | power                                                 9
    power      := root [ ("^" | "**") signed | SUPERSCRIPT ]                                10   groups to the right
    root       := "√" root | part                                                           11
    part       := atom { "[" index { "," index } "]" | ".T" }
    atom       := NUMBER [ NAME | NAME "(" ... | "(" expr ")" ] | NAME | call | "(" expr ")" | "[" expr { "," expr } "]"
    call       := NAME "(" expr { "," expr } { "," NAME "=" option } ")"
    index      := INTEGER | [ INTEGER ] ":" [ INTEGER ] [ ":" [ INTEGER ] ] | "..."        option: see `options`

A number directly before a name or `(` multiplies with the power of `*`, unless it stands to the right of `/`, `%` or
`^`, where people read it in two ways. A line that begins with an operator between two values continues the one before,
as does one after an operator, a comma or an open parenthesis. The parser knows operators by their symbol, and functions
not at all.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from autodiff.syntax.expressions import ENDS, WORDS, Expressions
from autodiff.syntax.lazy_module import LazyModule
from autodiff.syntax.program import Body, Function, Program
from autodiff.syntax.tokens import NUMBER_START, is_name, read_tokens

if TYPE_CHECKING:
    from autodiff.syntax import complaints
else:
    complaints = LazyModule("complaints")


def parse(text: str, calls: Mapping[str, str] = MappingProxyType({})) -> Program:
    """Parse a whole text; `calls` are the functions that take an argument without parentheses, each with its inverse.

    Raises:
        FormulaError: the text is no program; the error carries the place and a hint.
    """
    tokens, places = read_tokens(text, calls)
    program = Program(text, places)
    reader = Expressions(tokens, program, program.body)
    body, names, assigned = program.body, program.body.names, program.assigned
    i, end, expression_at = 0, len(tokens) - 1, -1
    last_function: Function | None = None
    while True:
        while tokens[i] in ENDS and i < end:
            i += 1
        if i == end:
            break
        if expression_at >= 0:
            raise complaints.without_effect(program, expression_at, i)
        name = tokens[i]
        if tokens[i + 1] == "=":
            _check_target(program, name, i)
            reader.target = name
            (ref,), after = reader.read(i + 2, single=True)
            if name in names:
                raise complaints.assigned_again(program, name, i)
            if ref < 0 and body.leaves[~ref].lstrip("-")[0] in NUMBER_START:
                ref = _own_number(body, ref, i + 2, after - 1)
            names[name] = assigned[name] = ref
            program.assigned_at[name] = i
            program.outputs, program.output_name = [ref], name
            program.output_places = [(i + 2, after - 1)]
            i = after
        elif tokens[i + 1] == "(" and _defines(tokens, i):
            last_function, i = _define(tokens, program, i)
            program.outputs = []
        else:
            expression_at = i
            reader.target = ""
            program.outputs, i = reader.read(i, single=False)
            program.output_places, program.output_name = reader.places, ""
    if not program.outputs:
        if last_function is None or not assigned.keys().isdisjoint(last_function.params):
            raise complaints.no_output(program)
        _output_function(program, last_function)
    return program


def _output_function(program: Program, function: Function) -> None:
    """Make a definition that stands last the output: a formula of its own parameters."""
    body, first = program.body, function.token
    args = []
    for k, param in enumerate(function.params):
        if param not in body.names:
            body.names[param] = body.leaf(param, first + 2 + 2 * k, first + 2 + 2 * k)
        args.append(body.names[param])
    last = first + 1 + 2 * len(args)
    program.outputs, program.output_name = [len(body.heads)], function.name
    program.output_places = [(first, last)]
    program.parameters = frozenset(function.params)
    body.heads.append(f"{function.name}/{len(args)}")
    body.args.append(tuple(args))
    body.first.append(first)
    body.last.append(last)


def _own_number(body: Body, ref: int, first: int, last: int) -> int:
    """A leaf for a number that gets a name: a node of its own, apart from the same number elsewhere."""
    text = body.leaves[~ref]
    if body.leaf_first[~ref] < first:
        return body.leaf(text, first, last)
    # It is new; the same number elsewhere shall be another leaf.
    del body.names[text]
    return ref


def _check_target(program: Program, name: str, i: int) -> None:
    if not is_name(name) or name in WORDS:
        raise complaints.bad_target(program, i)


def _defines(tokens: list[str], i: int) -> bool:
    """Whether the statement at token `i` is `NAME(...) = ...`."""
    depth = 0
    for j in range(i + 1, len(tokens)):
        if tokens[j] == "(":
            depth += 1
        elif tokens[j] == ")":
            depth -= 1
            if depth == 0:
                return tokens[j + 1] == "="
        elif tokens[j] in ENDS:
            break
    return False


def _define(tokens: list[str], program: Program, i: int) -> tuple[Function, int]:
    """Read the definition of a function at token `i`: the function, and the token after it."""
    name = tokens[i]
    _check_target(program, name, i)
    if name in program.functions:
        raise complaints.defined_again(program, name, i)
    function = Function(name, i)
    i += 2
    while True:
        param = tokens[i]
        if not is_name(param) or param in WORDS or tokens[i + 1] not in (",", ")"):
            raise complaints.bad_parameter(program, i)
        if param in function.body.names:
            raise complaints.repeated_parameter(program, param, i)
        function.params.append(param)
        function.body.names[param] = function.body.leaf(param, i, i)
        i += 2
        if tokens[i - 1] == ")":
            break
    reader = Expressions(tokens, program, function.body)
    reader.target = name
    (function.result,), after = reader.read(i + 1, single=True)
    program.functions[name] = function
    return function, after
