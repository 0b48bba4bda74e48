"""The statements that read the configurator's models."""

from __future__ import annotations

from typing import Final

COLUMNS: Final = ("kind", "within", "folded", "id", "family", "version", "created_us", "changed_us", "document")
_ALL: Final = ", ".join(COLUMNS)
_HEAD: Final = ", ".join((*COLUMNS[:-1], "'' AS document"))
_ORDER: Final = "ORDER BY kind, within, folded"

OF_FAMILIES: Final = f"SELECT {_ALL} FROM configurator_master WHERE family IN :families {_ORDER}"
HEADS_OF_FAMILIES: Final = f"SELECT {_HEAD} FROM configurator_master WHERE family IN :families"
OF_KIND: Final = f"SELECT {_ALL} FROM configurator_master WHERE kind = :kind AND within = '' AND folded IN :folded"
HEADS_OF_KIND: Final = (
    f"SELECT {_HEAD} FROM configurator_master WHERE kind = :kind AND within = '' AND folded IN :folded"
)
PAGE: Final = f"""
    SELECT {_ALL} FROM configurator_master WHERE kind = :kind AND within = '' AND folded > :after
    ORDER BY folded LIMIT :most
"""
OF_PARTS: Final = f"SELECT {_ALL} FROM configurator_master WHERE kind = 'revision' AND within IN :parts"
HOMES: Final = "SELECT id, family FROM configurator_master WHERE kind = 'part' AND within = '' AND folded IN :parts"
FAMILIES_OF: Final = "SELECT family, characteristic FROM configurator_membership WHERE characteristic IN :folded"
EDITION: Final = "SELECT revision FROM configurator_revision WHERE id = 1"
_KEYED: Final = "FROM configurator_content WHERE part IN :parts AND revision IN :revisions AND version IN :versions"
CONTENTS: Final = f"SELECT part, revision, version, document {_KEYED}"
HASHES: Final = f"SELECT part, revision, version, hash {_KEYED}"
MOMENTS: Final = f"SELECT part, revision, version, changed_us {_KEYED}"
