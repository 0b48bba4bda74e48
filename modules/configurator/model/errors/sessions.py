"""What the holder of a session may be told about the session itself."""

from __future__ import annotations

from modules.configurator.model.errors.refusal import ConfiguratorRefusal, Path

_SESSION: Path = ("input",)


class BadSession(ConfiguratorRefusal):
    """The session is not there, not open so far, or not in a state for this."""


class SessionNotFound(BadSession):
    """There is none that this opens; one of somebody else looks the same."""

    code = "E_NO_SESSION"

    def __init__(self, path: Path = _SESSION) -> None:
        super().__init__("There is no configuration session that this opens.", path)


class SessionRightRequired(BadSession):
    """The key opens the session, but not so far; nothing was done."""

    code = "E_RIGHT"

    def __init__(self, right: str, path: Path = _SESSION) -> None:
        super().__init__(f"This key does not open the session so far: it takes the right {str(right)!r}.", path)
        self.right = right


class SessionClosed(BadSession):
    """It is parked or finalised: resume the one, edit a copy of the other; `state` says which."""

    code = "E_CLOSED"

    def __init__(self, state: str, path: Path = _SESSION) -> None:
        super().__init__(f"The session is {state}, so it cannot be changed.", path)
        self.state = state


class NotForSale(BadSession):
    """Sessions of this kind are for trying only."""

    code = "E_NOT_FOR_SALE"

    def __init__(self, kind: str, path: Path = _SESSION) -> None:
        super().__init__(f"A session of kind {kind} cannot be finalised.", path)
        self.kind = kind


class RebaseRequired(BadSession):
    """On that day another revision holds. `may_keep` says whether the session's own may be kept all the same."""

    code = "E_REBASE_REQUIRED"

    def __init__(self, mine: int, holds: int, may_keep: bool, path: Path = ("input", "needDate")) -> None:
        super().__init__(f"Revision {holds} holds on that day, not {mine}: keep the revision, or rebase.", path)
        self.mine = mine
        self.holds = holds
        self.may_keep = may_keep


class SessionLinkNotFound(BadSession):
    """The session has no such link, or none any more."""

    code = "E_NO_LINK"

    def __init__(self, path: Path = ("input", "link")) -> None:
        super().__init__("The session has no such link.", path)


class SessionLinkLimit(BadSession):
    """It has as many links as it may."""

    code = "E_LINK_LIMIT"

    def __init__(self, most: int, path: Path = _SESSION) -> None:
        super().__init__(f"A session has at most {most} links: revoke one.", path)
