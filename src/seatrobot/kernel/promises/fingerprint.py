"""A hash of the code that decides what a check finds: its meaning, not its layout.

The hash covers the syntax trees of a function and of everything it refers to by name:

- Names are followed from the function to the functions, classes and constants of seatrobot that
  they are bound to, through imports and attributes of modules, and from there on. Annotations and
  base classes count as names.
- Names are followed within `seatrobot.kernel` and within the package of the function itself
  (`seatrobot.practices`). A definition of any other package counts, but nothing that it refers to:
  what a check does through those packages is what it examines.
- A name from outside seatrobot counts with the place it is imported from.
- Docstrings, comments, layout, positions, and the modules in which the definitions stand do not
  count. Definitions that nothing refers to do not count.

What it does not cover: methods of objects whose class is never named, names put together at run
time, signals, middleware, SQL in migrations, templates, settings, and other people's libraries.
The tree is written down in a form of our own, so that the hash is the same on every machine and in
every patch release of Python.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

PACKAGE = "seatrobot"
SOURCES = Path(__file__).parents[3]
KERNEL = f"{PACKAGE}.kernel"
IGNORED = {"ctx", "kind", "type_comment"}
DECLARING = {"promise", "fault"}
"""Decorators that declare a function and decide nothing that it does."""

Function = Callable[..., Any]


class Definition(NamedTuple):
    """A name at the top level of a module."""

    module: str
    name: str


class Import(NamedTuple):
    """What an imported name is bound to. name: empty for a module."""

    module: str
    name: str


@dataclass(slots=True)
class Module:
    """The statements at the top level of a module by the names they bind, and its imports.

    others: loops, calls, `with`, `try`, `del`, `match`: they may change what a name stands for.
    """

    definitions: dict[str, list[ast.stmt]] = field(default_factory=dict)
    others: list[ast.stmt] = field(default_factory=list)
    imports: dict[str, Import] = field(default_factory=dict)


class Sources:
    """Reads modules of seatrobot once; made for one calculation and dropped after it."""

    def __init__(self, root: Path = SOURCES) -> None:
        self.root = root
        self._modules: dict[str, Module | None] = {}

    def fingerprint(self, functions: Sequence[Function]) -> str:
        """Return the hash of what these functions decide."""
        text = "\n".join(text for _found, text in self._closure(functions))
        return hashlib.sha256(text.encode()).hexdigest()

    def definitions(self, *functions: Function) -> list[Definition]:
        """Return the functions and every definition that their hash covers."""
        return [found for found, _text in self._closure(functions)]

    def _closure(self, functions: Sequence[Function]) -> Iterator[tuple[Definition, str]]:
        """Yield each definition once, written down; a reference is the number of a definition."""
        followed = (KERNEL, *(".".join(each.__module__.split(".")[:2]) for each in functions))
        numbers: dict[Definition, int] = {}
        waiting = [
            (Definition(each.__module__, each.__qualname__), self._nodes_of(each))
            for each in functions
        ]
        for found, nodes in waiting:  # the loop goes on into what it appends
            references = []
            if _is_below(found.module, followed):
                for name, target in self._references(nodes, found.module):
                    if isinstance(target, Definition) and target not in numbers:
                        numbers[target] = len(numbers)
                        waiting.append((target, self._statements(target)))
                    shown = numbers[target] if isinstance(target, Definition) else target
                    references.append(f"{name}={shown}")
            tree = "".join(_text(node) for node in nodes)
            yield found, f"{tree} {' '.join(dict.fromkeys(references))}"

    def _nodes_of(self, function: Function) -> list[ast.AST]:
        """Return the syntax of a function, which may stand within another or be a lambda."""
        named = self._statements(Definition(function.__module__, function.__qualname__))
        if named:
            return [_without_declaration(node) for node in named]
        code = function.__code__
        tree = ast.parse(Path(code.co_filename).read_text("utf-8"))
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
        return [
            node
            for node in ast.walk(tree)
            if isinstance(node, kinds) and _first_line(node) == code.co_firstlineno
        ]

    def _statements(self, target: Definition) -> list[ast.AST]:
        module = self._module(target.module)
        return [*module.definitions.get(target.name, [])] if module else []

    def _references(
        self, nodes: Iterable[ast.AST], module: str
    ) -> Iterator[tuple[str, Definition | str]]:
        """Yield what names refer to: a definition here, or the place of one elsewhere."""
        local: dict[str, Import] = {}
        names: list[list[str]] = []
        for node in nodes:
            for each in ast.walk(node):
                if isinstance(each, ast.Import | ast.ImportFrom):
                    local |= _imports(each, module)
            names += _names(node)
        for name in names:
            target = self._resolve(module, name, local)
            if target is not None:
                yield ".".join(name), target

    def _resolve(
        self, module: str, name: list[str], local: dict[str, Import]
    ) -> Definition | str | None:
        first, rest = name[0], name[1:]
        here = self._module(module)
        if here is None:
            return None
        if first not in local and first in here.definitions:
            return Definition(module, first)
        bound = local.get(first) or here.imports.get(first)
        if bound is None:
            return None
        place = f"{bound.module}.{bound.name}" if bound.name else bound.module
        if not _is_below(place, (PACKAGE,)):
            return place
        if self._module(place) is None:
            return self._resolve(bound.module, [bound.name, *rest], {})
        while rest and self._module(f"{place}.{rest[0]}") is not None:
            place, rest = f"{place}.{rest[0]}", rest[1:]
        return self._resolve(place, rest, {}) if rest else None

    def _module(self, name: str) -> Module | None:
        if name not in self._modules:
            self._modules[name] = self._read(name)
        return self._modules[name]

    def _read(self, name: str) -> Module | None:
        stem = self.root.joinpath(*name.split("."))
        for file in (stem.with_suffix(".py"), stem / "__init__.py"):
            if file.is_file():
                module = Module()
                _collect(ast.parse(file.read_text("utf-8")).body, name, module)
                _attach_others(module)
                return module
        return None


def _collect(statements: Iterable[ast.stmt], name: str, module: Module) -> None:
    for statement in statements:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                module.definitions.setdefault(statement.name, []).append(statement)
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                for each in _assigned(statement):
                    module.definitions.setdefault(each, []).append(statement)
            case ast.Import() | ast.ImportFrom():
                module.imports |= _imports(statement, name)
            case _:
                module.others.append(statement)
                _collect(_nested(statement), name, module)


def _nested(statement: ast.AST) -> Iterator[ast.stmt]:
    """Yield the statements directly inside a compound one, such as `with`, `for` or `match`."""
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from child.body


def _attach_others(module: Module) -> None:
    """Let each further statement belong to the names it mentions: it may change them."""
    for statement in module.others:
        for each in {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}:
            if each in module.definitions and statement not in module.definitions[each]:
                module.definitions[each].append(statement)


def _assigned(statement: ast.Assign | ast.AnnAssign | ast.AugAssign) -> Iterator[str]:
    """Yield the names that an assignment binds or changes: `a, b = …`, `a += …`, `a[0] = …`."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    for target in targets:
        for each in target.elts if isinstance(target, ast.Tuple | ast.List) else [target]:
            changed = each
            while isinstance(changed, ast.Subscript | ast.Attribute):
                changed = changed.value
            if isinstance(changed, ast.Name):
                yield changed.id


def _imports(statement: ast.Import | ast.ImportFrom, module: str) -> dict[str, Import]:
    if isinstance(statement, ast.Import):
        return {
            each.asname or each.name.partition(".")[0]: Import(
                each.name if each.asname else each.name.partition(".")[0], ""
            )
            for each in statement.names
        }
    above = ".".join(module.split(".")[: -statement.level]) if statement.level else ""
    place = ".".join(part for part in (above, statement.module) if part)
    return {each.asname or each.name: Import(place, each.name) for each in statement.names}


def _names(node: ast.AST) -> Iterator[list[str]]:
    """Yield every name in a tree with the attributes that are taken of it, in their order."""
    attributes: list[str] = []
    inner = node
    while isinstance(inner, ast.Attribute):
        attributes.append(inner.attr)
        inner = inner.value
    if isinstance(inner, ast.Name):
        yield [inner.id, *reversed(attributes)]
        return
    for child in ast.iter_child_nodes(inner):
        yield from _names(child)


def _text(node: object) -> str:
    """Write a tree down without what does not decide: positions, docstrings, empty fields."""
    if isinstance(node, list):
        return f"[{','.join(_text(each) for each in node if not _is_docstring(each))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    facts = [
        f"{name}={_text(value)}"
        for name, value in ast.iter_fields(node)
        if name not in IGNORED and value is not None and value != []
    ]
    return f"{type(node).__name__}({','.join(facts)})"


def _is_docstring(node: object) -> bool:
    """Whether a statement is a mere string: a docstring, or one below a constant."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _without_declaration(node: ast.AST) -> ast.AST:
    """Return a function without the decorator that declares it; the sentence is hashed apart."""
    if isinstance(node, ast.FunctionDef):
        node.decorator_list = [each for each in node.decorator_list if not _declares(each)]
    return node


def _declares(decorator: ast.expr) -> bool:
    return (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Name)
        and decorator.func.id in DECLARING
    )


def _first_line(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> int:
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    return min([node.lineno, *(each.lineno for each in decorators)])


def _is_below(name: str, packages: Iterable[str]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in packages)
