"""The commands that take a formula, as in `autodiff grad FORMULA --x 1`: the formula decides which options exist."""

import os
from collections.abc import Callable, Sequence
from typing import Any

import click

from autodiff import api
from autodiff.cli.ops_files import OPS, read_ops
from autodiff.cli.options import HelpfulCommand, format_meant
from autodiff.cli.remarks import remark, remark_arrays
from autodiff.cli.sources import read_formula
from autodiff.cli.stderr import say
from autodiff.cli.values import constant_meant, file_value, read_value
from autodiff.errors import AutodiffError, BindingError, FormulaError, nearest
from autodiff.syntax.tokens import canonical_name, is_name

#: Source that is longer than this is not repeated in a hint.
_SHORT = 40


#: Options of some commands that people try in others.
_ELSEWHERE = {
    "--order": "autodiff grad and autodiff diff",
    "--wrt": "autodiff grad, diff, jacobian, hessian, explain and graph",
}


VALUES = click.Option(
    ["--values"], multiple=True, metavar="FILE", expose_value=False,
    help="Bind the variables that a file gives by name: .json, .toml, or a row of a .csv, as in points.csv:3.",
)  # fmt: skip


class Request:
    """What the command line asks for: the argument FORMULA as it stands, and each binding as it was typed."""

    __slots__ = ("bindings", "files", "ops", "reads", "source", "values")

    def __init__(self) -> None:
        self.source: str | None = None
        #: What makes a formula of the text that is given.
        self.reads: Callable[[str], str] = str
        #: The files with operations of the user.
        self.ops: list[str] = []
        #: The files with values by name.
        self.values: list[str] = []
        #: What comes after the formula, for a command that reads files of rows.
        self.files: list[str] = []
        #: For each binding: the name, the value, and the option that gave it.
        self.bindings: list[tuple[str, str, str]] = []


class FormulaCommand(HelpfulCommand):
    """A command whose first argument is a formula, and which takes an option for each of its variables."""

    #: Whether other arguments are files.
    takes_files = False

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        *own, help_option = super().get_params(ctx)
        return [*own, VALUES, OPS, help_option]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        request = ctx.meta["autodiff.request"] = Request()
        rest = _split(self, ctx, args, request)
        remaining = super().parse_args(ctx, rest)
        ctx.params["request"] = request
        return remaining

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, "FORMULA [--VARIABLE VALUE]... [OPTIONS]")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        names = _variables(ctx)
        if names:
            with formatter.section("Variables"):
                formatter.write_dl([(_spell(ctx, name, "NUMBER"), f"The value of {name}.") for name in names])
        super().format_options(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        found = super().shell_complete(ctx, incomplete)
        known = {item.value for item in found}
        options = [f"--{name}" for name in _variables(ctx) if f"--{name}" not in known]
        return found + [CompletionItem(option) for option in options if option.startswith(incomplete)]


def _spell(ctx: click.Context, name: str, value: str) -> str:
    """How the command line gives a variable its value: by `--let` where an option has the same name."""
    taken = any(f"--{name}" in param.opts for param in ctx.command.get_params(ctx))
    return f"--let {name}={value}" if taken else f"--{name} {value}"


def shadowed(ctx: click.Context, param: click.Parameter, value: str = "NUMBER") -> str:
    """The hint for an option that was perhaps meant as a variable of the same name; empty where it was not."""
    if "autodiff.request" in ctx.meta:
        for name in _variables(ctx):
            if f"--{name}" in param.opts or f"-{name}" in param.opts:
                return f"to give {name!r} a value write {_spell(ctx, name, value)}"
    return ""


def _variables(ctx: click.Context) -> tuple[str, ...]:
    """The variables of the formula on the command line, as far as it can be read."""
    request: Request = ctx.meta["autodiff.request"]
    if request.source is None or request.source == "-":
        return ()
    try:
        return api.Formula(read_formula(request.source), ops=read_ops(request.ops)).variables
    except AutodiffError:
        return ()


def _split(command: click.Command, ctx: click.Context, args: Sequence[str], request: Request) -> list[str]:
    """Put the formula and the bindings into `request`; the options of the command remain."""
    flags = {
        option: isinstance(param, click.Option) and (param.is_flag or param.count)
        for param in command.get_params(ctx)
        for option in (*param.opts, *param.secondary_opts)
        # -h asks for help, unless h has a value: then it is the formula minus h.
        if option != "-h" or not _binds_h(args)
    }
    rest: list[str] = []
    queue = list(args)
    flag = ""  # the option just before, if it takes no value
    only_formula = False
    while queue:
        arg = queue.pop(0)
        name, equals, value = arg.partition("=")
        before, flag = flag, ""
        if arg == "--" and not only_formula:
            only_formula = True
        elif not only_formula and name in flags:
            rest.append(arg)
            if name in ("--ops", "--values") and (equals or queue):
                (request.ops if name == "--ops" else request.values).append(value if equals else queue[0])
            if flags[name]:
                flag = name
            elif not equals and queue and _takes(command, ctx, name, queue[0]):
                rest.append(queue.pop(0))
        elif not only_formula and _is_option(name):
            if not equals and (not queue or queue[0] in flags or _is_option(queue[0].partition("=")[0])):
                if ctx.resilient_parsing:
                    break
                raise _no_value(command, ctx, name, request.source, queue)
            request.bindings.append((canonical_name(name[2:]), value if equals else queue.pop(0), name))
        elif request.source is None:
            # Whatever is left is the formula, even where it begins with a minus.
            request.source = arg
        elif isinstance(command, FormulaCommand) and command.takes_files:
            request.files.append(arg)
        elif not ctx.resilient_parsing:
            error = _unexpected(arg, request.source)
            for param in command.get_params(ctx) if before else ():
                if before in param.opts:
                    error.hint = shadowed(ctx, param, arg) or error.hint
            raise error
    return rest


def _takes(command: click.Command, ctx: click.Context, name: str, value: str) -> bool:
    """Whether an option takes `value`: one whose value may be left out takes only what it knows."""
    for param in command.get_params(ctx):
        if name in param.opts and isinstance(param, click.Option) and isinstance(param.type, click.Choice):
            return param.flag_value not in param.type.choices or value in param.type.choices
    return True


def _is_option(text: str) -> bool:
    """Whether `text` looks like the option of a variable."""
    return text.startswith("--") and is_name(text[2:])


def _binds_h(args: Sequence[str]) -> bool:
    return any(arg in ("--h", "h") or arg.startswith(("--h=", "--let=h=", "h=")) for arg in args)


def _no_value(
    command: click.Command, ctx: click.Context, name: str, source: str | None, queue: Sequence[str]
) -> BindingError:
    if form := format_meant(command, name):
        return BindingError("missing-value", f"{name} has no value", hint=f"write --format {form}")
    hint = f"write {name} 1, or {name}=-1"
    if source is None and queue:
        hint += f'; a formula that begins with two dashes stands last, after --, as in: {name} 1 -- "{name}"'
    return BindingError("missing-value", f"{name} has no value", hint=hint)


def _unexpected(arg: str, source: str) -> AutodiffError:
    if len(arg) > 1 and arg[0] == "-" and is_name(arg[1:]):
        return AutodiffError("usage", f"there is no option {arg}", hint=f"a variable takes two dashes: -{arg} 1")
    if "=" in arg and is_name(arg.partition("=")[0]):
        return AutodiffError("usage", f"{arg!r} is no option", hint=f"a variable takes two dashes: --{arg}")
    return AutodiffError(
        "usage", f"{arg!r} comes after the formula {source!r}",
        hint="put the whole formula in quotes, and give a value as --x 1",
    )  # fmt: skip


def resolve(ctx: click.Context, request: Request, lets: Sequence[str]) -> tuple[api.Formula, dict[str, float]]:
    """The formula of a request, and the value of each of its variables.

    Raises:
        AutodiffError: the formula is wrong, or the bindings do not fit it.
    """
    formula, bindings = read_bindings(ctx, request, lets)
    graph = formula.graph(bindings)
    missing = [name for name in graph.inputs if name not in bindings]
    if missing:
        error = api.missing_bindings(graph, missing, bindings, [_spell(ctx, name, "1") for name in missing])
        meant = next(filter(None, map(constant_meant, missing)), "")
        if meant and not error.hint.startswith("did you mean"):
            error.hint = f"did you mean {meant!r}? Otherwise {error.hint}"
            error.hint = error.hint.replace("give a value", "give it a value") if len(missing) == 1 else error.hint
        raise error
    return formula, bindings


def read_bindings(ctx: click.Context, request: Request, lets: Sequence[str]) -> tuple[api.Formula, dict[str, float]]:
    """The formula of a request, and the value of each variable that has one. Raises like `resolve`."""
    if request.source is None:
        example = f'{ctx.command_path} "x*y" --x 2 --y 3'
        for _, value, option in request.bindings:
            if form := format_meant(ctx.command, option):
                hint = f"write --format {form}, and the formula in quotes: {value!r}"
                raise AutodiffError("usage", f"{option} takes what follows it for a value", hint=hint)
        raise AutodiffError("usage", "no formula is given", hint=f"write, for example: {example}")
    formula = _read(request)
    typed = list(request.bindings)
    for text in lets:
        name, equals, value = text.partition("=")
        name = canonical_name(name.strip())
        if not equals or not is_name(name):
            raise BindingError("bad-let", f"--let {text} binds nothing", hint="write --let NAME=VALUE")
        typed.append((name, value, f"--let {name}"))
    given = _from_files(request.values) if request.values else {}
    graph = formula.graph([*given, *(name for name, _, _ in typed)])
    typed = [(api.known_as(name, graph), value, option) for name, value, option in typed]
    _check_names(ctx, formula, typed)
    bindings = {name: read_value(name, value, option) for name, value, option in typed}
    if given:
        bindings = _bound_by_files(graph, given, bindings) | bindings
    graph = formula.graph(bindings)
    if ctx.command.name not in ("diff", "compile"):
        remark(graph, lambda name: _spell(ctx, name, "1"))
    remark_arrays(graph, bindings)
    return formula, bindings


def _from_files(paths: Sequence[str]) -> dict[str, tuple[Any, str]]:
    """What the files of `--values` give each name, and which file; a later one overrides those before it."""
    from autodiff.data.value_files import read_values

    return {name: (value, path) for path in paths for name, value in read_values(path).items()}


def _bound_by_files(graph: Any, given: dict[str, tuple[Any, str]], typed: dict[str, Any]) -> dict[str, Any]:
    """The values of variables that only files give; a note names those that no variable wants."""
    found, idle = {}, []
    for name, (value, path) in given.items():
        known = api.known_as(name, graph)
        if known not in graph.input_numbers:
            idle.append(name)
        elif known not in typed:
            found[known] = file_value(known, value, path)
    if idle:
        listed = ", ".join(idle[:8]) + ", ..." * (len(idle) > 8)
        say(f"note: the formula has no variable for what the file also gives: {listed}")
    return found


def _read(request: Request) -> api.Formula:
    """The formula of a request; an error knows what else the command line may have meant."""
    source, ops = request.source or "", read_ops(request.ops) if request.ops else None
    try:
        return api.Formula(request.reads(read_formula(source)), ops=ops)
    except FormulaError as error:
        if error.kind == "unknown-function" and error.spans:
            name = error.text[slice(*error.spans[0])].strip()
            if name in {bound for bound, _, _ in request.bindings}:
                # Without its value the text does not show that it is a variable.
                if not error.hint.startswith("to multiply"):
                    error.hint = f"to multiply write {name}*{_group(error.text[error.spans[0][1] :])}"
                error.hint += "; 'autodiff functions' lists the functions"
        elif source[:1] != "@" and (source.endswith(".txt") or os.path.isfile(source)):
            import shlex

            error.hint = f"to read a file write {shlex.quote('@' + source)}"
        raise


def _group(text: str) -> str:
    """The group in parentheses that `text` begins with, as a hint shows it."""
    depth = 0
    for k, char in enumerate(text[:_SHORT]):
        depth += (char == "(") - (char == ")")
        if depth == 0 and "\n" not in text[:k]:
            return text[: k + 1]
    return "(...)"


def _check_names(ctx: click.Context, formula: api.Formula, typed: Sequence[tuple[str, str, str]]) -> None:
    """Raise for a name that is bound twice, or that the formula does not use."""
    names = [name for name, _, _ in typed]
    graph = formula.graph(dict.fromkeys(names, 0.0))
    seen: set[str] = set()
    for name, _, option in typed:
        if name not in graph.input_numbers:
            error = api.unknown_variable(graph, name, f"{option} binds")
            options = [option for param in ctx.command.get_params(ctx) for option in param.opts]
            close = nearest(f"--{name}", options)
            if close and not nearest(name, graph.inputs) and name not in graph.program.assigned:
                error.hint = f"did you mean the option {close}?"
            if form := format_meant(ctx.command, option):
                error.message, error.hint = f"autodiff {ctx.command.name} takes no {option}", f"write --format {form}"
            if option in _ELSEWHERE and option not in options:
                error.message = f"autodiff {ctx.command.name} takes no {option}"
                error.hint = f"{_ELSEWHERE[option]} take it"
            raise error
        if name in seen:
            raise BindingError("bound-twice", f"{name!r} is bound twice", hint="remove one of the two")
        seen.add(name)
