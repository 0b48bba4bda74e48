"""Writes the types of the reference clients from schema.graphql and the documents they send.

`python -m clients.generate` writes both files anew; a test holds them to the schema.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    get_named_type,
    is_required_input_field,
    parse,
    type_from_ast,
)

HERE = Path(__file__).resolve().parent
DOCUMENTS = HERE / "documents"
_PLAIN = {"Int": "number", "Boolean": "boolean"}
"""Scalars that are no text in JSON."""


class Language(Protocol):
    """How a client's language writes types."""

    target: Path
    head: str

    def text(self, name: str, document: str) -> str:
        """A constant with a document."""

    def shape(self, name: str, fields: list[tuple[str, str, bool]]) -> str:
        """An object: fields with their type, and whether they must be there."""

    def one_of(self, name: str, fields: list[tuple[str, str, bool]]) -> str:
        """An object with exactly one of these fields."""

    def words(self, name: str, values: list[str]) -> str:
        """One of these texts."""

    def scalar(self, kind: str) -> str:
        """ "string", "number" or "boolean"."""

    def list_of(self, item: str) -> str:
        """A list."""

    def or_null(self, item: str) -> str:
        """This, or null."""


class Python:
    """Typed dictionaries, as JSON has them."""

    target = HERE / "python" / "cogwerk_cart" / "schema.py"
    head = (
        '"""Written by `python -m clients.generate` from the schema and the documents; not by hand."""\n\n'
        "from __future__ import annotations\n\nfrom typing import Final, Literal, NotRequired, TypedDict\n"
    )

    def text(self, name: str, document: str) -> str:
        return f'\n{_constant(name)}: Final = """\\\n{document}"""\n'

    def shape(self, name: str, fields: list[tuple[str, str, bool]]) -> str:
        assert not any(keyword.iskeyword(field) for field, _, _ in fields), name
        lines = [f"    {field}: {kind if must else f'NotRequired[{kind}]'}\n" for field, kind, must in fields]
        return f"\n\nclass {name}(TypedDict):\n" + "".join(lines)

    def one_of(self, name: str, fields: list[tuple[str, str, bool]]) -> str:
        return self.shape(name, [(field, kind, False) for field, kind, _ in fields])

    def words(self, name: str, values: list[str]) -> str:
        return f"\n\n{name} = Literal[{_listed(values, ', ')}]\n"

    def scalar(self, kind: str) -> str:
        return {"string": "str", "number": "int", "boolean": "bool"}[kind]

    def list_of(self, item: str) -> str:
        return f"list[{item}]"

    def or_null(self, item: str) -> str:
        return f"{item} | None"


class TypeScript:
    """Interfaces."""

    target = HERE / "typescript" / "src" / "schema.ts"
    head = "// Written by `python -m clients.generate` from the schema and the documents; not by hand.\n"

    def text(self, name: str, document: str) -> str:
        return f"\nexport const {_constant(name)} = `\\\n{document}`;\n"

    def shape(self, name: str, fields: list[tuple[str, str, bool]]) -> str:
        lines = [f"  {field}{'' if must else '?'}: {kind};\n" for field, kind, must in fields]
        return f"\nexport interface {name} {{\n{''.join(lines)}}}\n"

    def one_of(self, name: str, fields: list[tuple[str, str, bool]]) -> str:
        return (
            f"\nexport type {name} =\n" + "\n".join(f"  | {{ {field}: {kind} }}" for field, kind, _ in fields) + ";\n"
        )

    def words(self, name: str, values: list[str]) -> str:
        return f"\nexport type {name} = {_listed(values, ' | ')};\n"

    def scalar(self, kind: str) -> str:
        return kind

    def list_of(self, item: str) -> str:
        return f"Array<{item}>"

    def or_null(self, item: str) -> str:
        return f"{item} | null"


LANGUAGES: tuple[Language, ...] = (Python(), TypeScript())


def main() -> None:
    """Writes both files."""
    schema = build_schema((HERE.parent / "schema.graphql").read_text(encoding="utf-8"), assume_valid_sdl=True)
    for language in LANGUAGES:
        language.target.write_text(generate(schema, language), encoding="utf-8")


def generate(schema: GraphQLSchema, language: Language) -> str:
    """The file's text: documents first, then what they take and what they are answered, each type once."""
    writer = _Writer(schema, language)
    texts = [path.read_text(encoding="utf-8") for path in sorted(DOCUMENTS.glob("*.graphql"))]
    operations = [(text, node) for text in texts for node in parse(text).definitions]
    constants = []
    for text, node in operations:
        assert isinstance(node, OperationDefinitionNode)
        assert node.name
        constants.append(language.text(node.name.value, text))
        writer.take(node)
    return language.head + "".join(constants) + "".join(writer.written.values())


class _Writer:
    """Collects types by name, those that others need before them."""

    def __init__(self, schema: GraphQLSchema, language: Language) -> None:
        self.written: dict[str, str] = {}
        self._schema = schema
        self._language = language

    def take(self, node: OperationDefinitionNode) -> None:
        """What an operation takes and what it is answered."""
        assert node.name
        for variable in node.variable_definitions or ():
            kind = type_from_ast(self._schema, variable.type)
            assert kind
            self._write(kind, "")
        root = self._schema.get_root_type(node.operation)
        assert root
        self._selected(node.name.value, root, node.selection_set, suffix="Data")

    def _write(self, kind: GraphQLType, path: str, selection: SelectionSetNode | None = None) -> str:
        """The type as it is written in a field."""
        if isinstance(kind, GraphQLNonNull):
            return self._bare(kind.of_type, path, selection)
        return self._language.or_null(self._bare(kind, path, selection))

    def _bare(self, kind: GraphQLType, path: str, selection: SelectionSetNode | None) -> str:
        if isinstance(kind, GraphQLList):
            return self._language.list_of(self._write(kind.of_type, path, selection))
        if isinstance(kind, GraphQLEnumType):
            self.written.setdefault(kind.name, self._language.words(kind.name, list(kind.values)))
            return kind.name
        if isinstance(kind, GraphQLInputObjectType):
            return self._input(kind)
        if selection is not None:
            return self._selected(path, get_named_type(kind), selection)
        return self._language.scalar(_PLAIN.get(str(kind), "string"))

    def _input(self, kind: GraphQLInputObjectType) -> str:
        if kind.name not in self.written:
            fields = [
                (name, self._write(field.type, ""), is_required_input_field(field))
                for name, field in kind.fields.items()
            ]
            write = self._language.one_of if kind.is_one_of else self._language.shape
            if kind.is_one_of:
                fields = [(name, self._bare(field.type, "", None), False) for name, field in kind.fields.items()]
            self.written[kind.name] = write(kind.name, fields)
        return kind.name

    def _selected(self, name: str, kind: GraphQLType, selection: SelectionSetNode, suffix: str = "") -> str:
        """The data of an operation are called after it; what its root field holds has the operation's own name."""
        assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
        fields = []
        for node in _fields(selection):
            field = node.name.value
            path = name if suffix else name + _pascal(field)
            fields.append((field, self._write(kind.fields[field].type, path, node.selection_set), True))
        self.written[name + suffix] = self._language.shape(name + suffix, fields)
        return name + suffix


def _fields(selection: SelectionSetNode) -> Iterator[FieldNode]:
    for node in selection.selections:
        assert isinstance(node, FieldNode), "the documents of the clients have no fragments"
        yield node


def _listed(values: list[str], between: str) -> str:
    return between.join(f'"{value}"' for value in values)


def _pascal(name: str) -> str:
    return name[0].upper() + name[1:]


def _constant(name: str) -> str:
    return "".join(f"_{sign}" if sign.isupper() else sign.upper() for sign in name).removeprefix("_")


if __name__ == "__main__":
    main()
