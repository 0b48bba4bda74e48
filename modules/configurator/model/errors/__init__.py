"""The configurator's refusals, as a tree; each has a stable code (section 9, and E_DOCUMENT).

Refused (kernel)
└── ConfiguratorRefusal
    ├── BadChoice                   what was entered cannot be a value here
    │   ├── UnknownCharacteristic       E_UNKNOWN_CHARACTERISTIC
    │   ├── UnknownOption               E_UNKNOWN_OPTION
    │   ├── WrongType                   E_TYPE
    │   ├── OutOfRange                  E_RANGE
    │   ├── OffStep                     E_STEP
    │   ├── TooManyDecimals             E_SCALE
    │   ├── BadText                     E_LENGTH
    │   ├── QuantityRequired            E_QTY_REQUIRED
    │   └── QuantityForbidden           E_QTY_FORBIDDEN
    ├── NotPossible                 E_CONFLICT, with explanation and repairs
    ├── LockedByPackage             E_LOCKED_BY_PACKAGE
    ├── Unfinished                  it cannot be finalised yet
    │   ├── Incomplete                  E_INCOMPLETE
    │   ├── Stopped                     E_STOP_RULE
    │   └── LimitReached                E_BUDGET
    ├── Outdated                    the model is not, or no longer, the one that holds
    │   ├── NoRevision                  E_NO_REVISION
    │   ├── RevisionObsolete            E_REVISION_OBSOLETE
    │   └── StaleModel                  E_STALE_MODEL
    ├── BadModel                    the modeller's wish does not hold
    │   ├── DateOverlap                 E_DATE_OVERLAP
    │   ├── BadTransition               E_BAD_TRANSITION
    │   ├── InUse                       E_IN_USE
    │   ├── UnsatisfiableModel          E_UNSATISFIABLE_MODEL
    │   ├── Cycle                       E_CYCLE
    │   ├── NotUsable                   E_NOT_USABLE
    │   └── BadDocument                 E_DOCUMENT
    ├── BadExpression               a condition or formula is wrong
    │   ├── BadSyntax                   E_SYNTAX
    │   ├── UnknownName                 E_UNKNOWN_NAME
    │   └── TypeMismatch                E_TYPE_MISMATCH
    ├── Undefined                   something needed has no result
    │   ├── DivisionByZero              E_DIV_ZERO
    │   └── NoMatchingRow               E_TABLE_NO_MATCH
    ├── BadStructure                it cannot be built, priced or costed
    │   ├── NoAlternate                 E_NO_ALTERNATE
    │   ├── NegativeQuantity            E_NEGATIVE_QTY
    │   ├── StructureCycle              E_BOM_CYCLE
    │   ├── ChildIncomplete             E_CHILD_INCOMPLETE
    │   ├── ChildConflict               E_CHILD_CONFLICT
    │   ├── NoBasePrice                 E_NO_BASE_PRICE
    │   └── ZeroCost                    E_ZERO_COST
    ├── BadSession                  the session is not there, not open so far, or not in a state for this
    │   ├── SessionNotFound             E_NO_SESSION
    │   ├── SessionRightRequired        E_RIGHT
    │   ├── SessionClosed               E_CLOSED
    │   ├── NotForSale                  E_NOT_FOR_SALE
    │   ├── RebaseRequired              E_REBASE_REQUIRED
    │   ├── SessionLinkNotFound         E_NO_LINK
    │   └── SessionLinkLimit            E_LINK_LIMIT
    └── VersionConflict             E_VERSION

CogwerkError (kernel)
└── Fault                           ours, not the client's
    └── HashCollision                   E_HASH_COLLISION
"""

from modules.configurator.model.errors.building import (
    BadStructure,
    ChildConflict,
    ChildIncomplete,
    DivisionByZero,
    Fault,
    HashCollision,
    NegativeQuantity,
    NoAlternate,
    NoBasePrice,
    NoMatchingRow,
    StructureCycle,
    Undefined,
    ZeroCost,
)
from modules.configurator.model.errors.choosing import (
    BadChoice,
    BadText,
    Incomplete,
    LimitReached,
    LockedByPackage,
    NoRevision,
    NotPossible,
    OffStep,
    Outdated,
    OutOfRange,
    QuantityForbidden,
    QuantityRequired,
    RevisionObsolete,
    StaleModel,
    Stopped,
    TooManyDecimals,
    Unfinished,
    UnknownCharacteristic,
    UnknownOption,
    VersionConflict,
    WrongType,
)
from modules.configurator.model.errors.modelling import (
    BadDocument,
    BadExpression,
    BadModel,
    BadSyntax,
    BadTransition,
    Cycle,
    DateOverlap,
    InUse,
    NotUsable,
    TypeMismatch,
    UnknownName,
    UnsatisfiableModel,
)
from modules.configurator.model.errors.refusal import ConfiguratorRefusal, Path
from modules.configurator.model.errors.sessions import (
    BadSession,
    NotForSale,
    RebaseRequired,
    SessionClosed,
    SessionLinkLimit,
    SessionLinkNotFound,
    SessionNotFound,
    SessionRightRequired,
)

__all__ = [
    "BadChoice",
    "BadDocument",
    "BadExpression",
    "BadModel",
    "BadSession",
    "BadStructure",
    "BadSyntax",
    "BadText",
    "BadTransition",
    "ChildConflict",
    "ChildIncomplete",
    "ConfiguratorRefusal",
    "Cycle",
    "DateOverlap",
    "DivisionByZero",
    "Fault",
    "HashCollision",
    "InUse",
    "Incomplete",
    "LimitReached",
    "LockedByPackage",
    "NegativeQuantity",
    "NoAlternate",
    "NoBasePrice",
    "NoMatchingRow",
    "NoRevision",
    "NotForSale",
    "NotPossible",
    "NotUsable",
    "OffStep",
    "OutOfRange",
    "Outdated",
    "Path",
    "QuantityForbidden",
    "QuantityRequired",
    "RebaseRequired",
    "RevisionObsolete",
    "SessionClosed",
    "SessionLinkLimit",
    "SessionLinkNotFound",
    "SessionNotFound",
    "SessionRightRequired",
    "StaleModel",
    "Stopped",
    "StructureCycle",
    "TooManyDecimals",
    "TypeMismatch",
    "Undefined",
    "Unfinished",
    "UnknownCharacteristic",
    "UnknownName",
    "UnknownOption",
    "UnsatisfiableModel",
    "VersionConflict",
    "WrongType",
    "ZeroCost",
]
