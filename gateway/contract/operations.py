"""The operations of clients: from the manifests and documents that they hand in, and from live traffic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.edge.operations import read_manifests
from gateway.settings import SettingsError
from modules.runtime.usage import Use


@dataclass(frozen=True, slots=True, order=True)
class Operation:
    """A document of a client. `times` 0: it is registered, and was not counted."""

    client: str
    version: str
    text: str
    times: int = 0
    last_us: int = 0

    @property
    def sender(self) -> str:
        """Who, as a person would say it."""
        return f"{self.client or 'unnamed clients'} {self.version}".strip()


def read_operations(paths: Sequence[Path]) -> list[Operation]:
    """Manifests (`storefront@3.2.0.json`: the client's name and version), documents, and directories of either, in
    which a document's directory names its client. Raises SettingsError."""
    return list(dict.fromkeys(operation for path in paths for operation in _read(path)))


def of_traffic(uses: Iterable[Use]) -> list[Operation]:
    """What was counted."""
    return [Operation(use.client, use.version, use.document, use.times, use.last_us) for use in uses]


def _read(path: Path) -> Iterator[Operation]:
    if path.is_dir():
        files = [file for file in sorted(path.rglob("*")) if file.suffix in (".graphql", ".gql", ".json")]
        if not files:
            raise SettingsError("OPERATIONS", str(path), "directories that hold manifests or documents")
        for file in files:
            yield from _read(file)
    elif path.suffix == ".json":
        client, _, version = path.stem.partition("@")
        for text in read_manifests((path,)).values():
            yield Operation(client, version, text)
    else:
        yield Operation(path.absolute().parent.name, "", _text(path))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise SettingsError("OPERATIONS", str(path), f"files that can be read ({error})") from None
