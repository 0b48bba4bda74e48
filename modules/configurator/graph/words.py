"""Words: what characteristics, values and rules are called in the viewer's language."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from modules.configurator.engine.demands import PACKAGE
from modules.configurator.engine.entering import shortest
from modules.configurator.model.characteristics import Characteristic, Value
from modules.configurator.model.contents import Content
from modules.configurator.model.masters import Texts
from modules.kernel.names import Locale

QUANTITY = ".qty"


class Words:
    """Of one content in one language; what has no description there is told in its default one, else by its id."""

    def __init__(self, content: Content, locale: str) -> None:
        self.content = content
        self._locales = (locale, locale.partition("-")[0])
        self._rules = {rule.id: rule for rule in content.rules}

    def characteristic(self, id: str) -> str:
        """Also of a quantity's key, whose characteristic it is."""
        found = self.content.characteristics.get(id.removesuffix(QUANTITY))
        return found.name(*self._locales) if found else id

    def value(self, characteristic: str, value: Value | None) -> str | None:
        """An option's description; a number with its unit; a text as it is."""
        found = self.content.characteristics.get(characteristic)
        if value is None or found is None:
            return plain(value)
        option = found.option(value) if isinstance(value, str) else None
        if option is not None:
            return option.name(*self._locales)
        return f"{plain(value)} {found.unit}".strip()

    def rule(self, id: str) -> str:
        """A rule's description; what a package sets is told by the package's name."""
        if id.startswith(PACKAGE):
            package, _, option = id.removeprefix(PACKAGE).partition(".")
            return f"{self.characteristic(package)}: {self.value(package, option)}"
        found = self._rules.get(id)
        return found.name(*self._locales) if found else id

    def text(self, texts: Texts) -> str:
        """The text in the viewer's language, else in its default one."""
        found = dict(texts)
        mine = (found[Locale(locale)] for locale in self._locales if locale in found)
        return next(mine, next(iter(found.values()), ""))

    def members(self) -> Iterator[tuple[str, Characteristic]]:
        """The revision's characteristics in their sequence."""
        for member in self.content.members:
            yield member.characteristic, self.content.characteristics[member.characteristic]


def plain(value: Value | None) -> str | None:
    """A value as it is typed: numbers without exponent and without zeros at their end."""
    return f"{shortest(value):f}" if isinstance(value, Decimal) else value
