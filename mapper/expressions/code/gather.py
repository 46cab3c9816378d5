"""Writes an object's first fields where the object itself is written: that costs less than to set one after another."""

from __future__ import annotations

import ast

from mapper.expressions.code.python import BLOCKS, Block, assign, named


def gathered(block: Block) -> Block:
    """The statements, with each ``made = {}`` put off until its first fields are known.

    A field is one of them if it is set to a variable or a constant before anything else is done with the object.
    """
    for statement in block:
        for part in BLOCKS:
            inner = getattr(statement, part, None)
            if inner:
                setattr(statement, part, gathered(inner))
    found = list(block)
    for statement in block:
        name = _name_of_empty(statement)
        fields = _first_fields(name, found[found.index(statement) + 1 :]) if name is not None else {}
        if name is not None and fields:
            *others, last = (each for each, _, _ in fields.values())
            made = ast.Dict([key for _, key, _ in fields.values()], [value for _, _, value in fields.values()])
            found[found.index(last)] = assign(name, made)
            for each in (statement, *others):
                found.remove(each)
    return found


def _name_of_empty(statement: ast.stmt) -> str | None:
    """The variable, where a statement sets one to an empty object."""
    match statement:
        case ast.Assign(targets=[ast.Name(name)], value=ast.Dict(keys=[])):
            return name
    return None


_Field = tuple[ast.stmt, ast.expr, ast.expr]


def _first_fields(name: str, block: Block) -> dict[object, _Field]:
    """The statements that set the first fields of the object in a variable, by key."""
    found: dict[object, _Field] = {}
    for statement in block:
        match statement:
            case ast.Assign(
                targets=[ast.Subscript(ast.Name(holder), ast.Constant(key) as written)],
                value=ast.Name() | ast.Constant() as value,
            ) if holder == name and key not in found:
                found[key] = (statement, written, value)
                continue
        values = {value.id for _, _, value in found.values() if isinstance(value, ast.Name)}
        if any(
            each.id == name or (each.id in values and isinstance(each.ctx, ast.Store)) for each in named([statement])
        ):
            break
    return found
