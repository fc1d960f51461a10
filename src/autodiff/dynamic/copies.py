"""Values copied and sent to other processes with all that they were computed from, however long the chain."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from autodiff.dynamic.value import _AGE, Value

_new = object.__new__


def deeply(value: Value, memo: dict[int, Any]) -> Value:
    """What `copy.deepcopy` does of a Value: the same graph anew, in which parts that are shared stay so."""
    nodes = [node for node in _behind(value) if id(node) not in memo]
    for node in nodes:
        memo[id(node)] = _bare(type(node), *deepcopy(_facts(node)))
    for node in nodes:
        made: Value = memo[id(node)]
        made._row = node._row
        made._args = tuple([memo[id(arg)] if isinstance(arg, Value) else deepcopy(arg, memo) for arg in node._args])
    copied: Value = memo[id(value)]
    return copied


def shallowly(value: Value) -> Value:
    """What `copy.copy` does of a Value."""
    made = _bare(type(value), *_facts(value))
    made._row, made._args, made._age = value._row, value._args, value._age
    return made


def reduced(value: Value) -> tuple[Any, ...]:
    """What pickle does of a Value. Inputs stay the same objects in all that is pickled with them."""
    if value._row is None:
        return _bare, (type(value), *_facts(value))
    nodes = _behind(value)
    number = {node: k for k, node in enumerate(nodes)}
    oldest: dict[Value, int] = {}
    for node in nodes:
        for arg in node._args:
            if isinstance(arg, Value):
                oldest[arg] = min(oldest.get(arg, node._age), node._age)
    records = [
        # Whether its data was set after something was computed from it is to be known there too.
        (node, node._age > oldest.get(node, node._age)) if node._row is None
        else (
            type(node), *_facts(node), node._row,
            tuple([(True, number[arg]) if isinstance(arg, Value) else (False, arg) for arg in node._args]),
        )
        for node in nodes
    ]  # fmt: skip
    return _chain, (records, number[value])


def _chain(records: list[tuple[Any, ...]], wanted: int) -> Value:
    nodes: list[Value] = [record[0] if len(record) == 2 else _bare(*record[:4]) for record in records]
    for node, record in zip(nodes, records, strict=True):
        if len(record) > 2:
            node._row = record[4]
            node._args = tuple([nodes[arg] if is_value else arg for is_value, arg in record[5]])
    for node, record in zip(nodes, records, strict=True):
        if len(record) == 2 and record[1]:
            node._age = next(_AGE)
    return nodes[wanted]


def _behind(value: Value) -> list[Value]:
    """A Value and all that it was computed from, the oldest first."""
    seen, stack = {value}, [value]
    while stack:
        for arg in stack.pop()._args:
            if isinstance(arg, Value) and arg not in seen:
                seen.add(arg)
                stack.append(arg)
    return sorted(seen, key=lambda node: node._age)


def _facts(node: Value) -> tuple[Any, Any, Mapping[str, Any]]:
    own = [
        name for kind in type(node).__mro__ for name in getattr(kind, "__slots__", ()) if name not in Value.__slots__
    ]
    return node._data, node._grad, {name: getattr(node, name) for name in own}


def _bare(kind: type[Value], data: Any, grad: Any, own: Mapping[str, Any]) -> Value:
    node = _new(kind)
    node._data, node._grad, node._row, node._args, node._age = data, grad, None, (), next(_AGE)
    for name, fact in own.items():
        setattr(node, name, fact)
    return node
