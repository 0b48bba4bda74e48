"""Codes: named, made up by thousands, listed and withdrawn."""

from __future__ import annotations

from typing import Annotated, Self

import strawberry

from modules.kernel.graph import (
    REASON,
    Behind,
    DateTime,
    First,
    Info,
    Outcome,
    PageInfo,
    Problem,
    decode_cursor,
    encode_cursor,
    field,
    instant,
    page_size,
    problems,
)
from modules.kernel.names import PromotionId
from modules.pricing.model import codes as model
from modules.pricing.model.codes import BatchState
from modules.pricing.service.batches import AT_ONCE, BatchService
from modules.pricing.service.codes import CodeService

strawberry.enum(
    BatchState,
    name="CodeBatchState",
    description="RUNNING: codes are missing yet. DONE: all are there. WITHDRAWN: none may be used any more.",
)


@strawberry.type(description="A code of a promotion.")
class PromotionCode:
    code: str = strawberry.field(description="As its author wrote it; small and capital letters are the same.")
    batch: strawberry.ID | None = strawberry.field(description="Of a batch it was made with; null: it was named.")
    max_uses: int | None = strawberry.field(description="Null: as often as the promotion's limits allow.")
    held: int = strawberry.field(description="Uses that checkouts hold now, or held until a moment ago.")
    confirmed: int = strawberry.field(description="Uses of orders.")
    valid_from: DateTime | None = strawberry.field(description="The first moment it holds; null: it always has.")
    valid_until: DateTime | None = strawberry.field(description="The first moment it holds no more; null: none.")
    withdrawn_at: DateTime | None = strawberry.field(description="When it or its batch was withdrawn; null: it is not.")

    @classmethod
    def of(cls, code: model.Code) -> Self:
        """From the model's value."""
        return cls(
            code=code.shown,
            batch=strawberry.ID(code.batch) if code.batch else None,
            max_uses=code.max_uses,
            held=code.held,
            confirmed=code.confirmed,
            valid_from=instant(code.valid_from_us),
            valid_until=instant(code.valid_until_us),
            withdrawn_at=instant(code.withdrawn_us),
        )


@strawberry.type(description="A code and its place in the list.")
class PromotionCodeEdge:
    cursor: str = strawberry.field(description="Give it as `after` to go on behind it.")
    node: PromotionCode = strawberry.field(description="The code.")


@strawberry.type(description="Codes page by page, in the order of their small letters.")
class PromotionCodeConnection:
    edges: list[PromotionCodeEdge] = strawberry.field(description="In order.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")


@strawberry.type(description="Codes that were made together, each for one use.")
class CodeBatch:
    id: strawberry.ID = strawberry.field(description="For `withdrawCodes`, and to go on with it on the command line.")
    promotion: strawberry.ID = strawberry.field(description="Whose codes they are.")
    prefix: str = strawberry.field(description="What all of them begin with.")
    count: int = strawberry.field(description="Codes that were asked for.")
    made: int = strawberry.field(description="Codes that are there.")
    state: BatchState = strawberry.field(description="How far it is.")
    created_at: DateTime = strawberry.field(description="When it was begun.")

    @classmethod
    def of(cls, batch: model.CodeBatch) -> Self:
        """From the model's value."""
        return cls(
            id=strawberry.ID(batch.id),
            promotion=strawberry.ID(batch.promotion),
            prefix=batch.prefix,
            count=batch.count,
            made=batch.made,
            state=batch.state,
            created_at=instant(batch.created_us),
        )


@strawberry.input(description="A code with a name: one for everybody, as an advertisement shows it.")
class CodeInput:
    code: str = strawberry.field(description="1 to 64 characters; small and capital letters are the same.")
    promotion: strawberry.ID = strawberry.field(description="Whose code it is, for good.")
    max_uses: int | None = strawberry.field(
        default=None, description="Over all customers; null: as often as the promotion's limits allow."
    )
    valid_from: DateTime | None = strawberry.field(
        default=None, description="The first moment it holds; null: it always has."
    )
    valid_until: DateTime | None = strawberry.field(default=None, description="The first moment it holds no more.")


@strawberry.input(description="At most 1,000 codes.")
class UpsertCodesInput:
    reason: str = strawberry.field(description=REASON)
    codes: list[CodeInput] = strawberry.field(description="Each once; one that was withdrawn holds again.")


@strawberry.type(description="What became of the codes.")
class UpsertCodesPayload(Outcome):
    pass


@strawberry.input(description="Unique codes, each for one use. More than 10,000 are made on the command line.")
class GenerateCodesInput:
    idempotency_key: str = strawberry.field(
        description="Made by the client, 1 to 200 characters; the same key and input within 24 hours: the same batch."
    )
    reason: str = strawberry.field(description=REASON)
    promotion: strawberry.ID = strawberry.field(description="Whose codes they are.")
    count: int = strawberry.field(description=f"1 to {AT_ONCE}.")
    prefix: str = strawberry.field(default="", description="What all of them begin with, at most 20 characters.")
    length: int | None = strawberry.field(
        default=None, description="Random signs behind the prefix; null: as many as nobody can guess."
    )
    valid_from: DateTime | None = strawberry.field(
        default=None, description="The first moment they hold; null: they always do."
    )
    valid_until: DateTime | None = strawberry.field(default=None, description="The first moment they hold no more.")

    def batch(self) -> model.BatchInput:
        """As the service takes it."""
        given = {name: value for name, value in vars(self).items() if name not in ("idempotency_key", "reason")}
        return model.BatchInput(**given)


@strawberry.type(description="The batch; `codes` lists what is in it.")
class GenerateCodesPayload:
    batch: CodeBatch | None = strawberry.field(description="Null when refused.")
    problems: list[Problem] = strawberry.field(description="What was refused, and why.")


@strawberry.input(description="Codes and batches of codes, at most 1,000 of each.")
class WithdrawCodesInput:
    reason: str = strawberry.field(description=REASON)
    codes: list[str] = strawberry.field(default_factory=list, description="As they are written.")
    batches: list[strawberry.ID] = strawberry.field(default_factory=list, description="All codes of each.")


@strawberry.type(description="What became of the codes and batches.")
class WithdrawCodesPayload(Outcome):
    pass


async def _codes(
    info: Info,
    promotion: Annotated[strawberry.ID, strawberry.argument(description="Whose codes.")],
    batch: Annotated[strawberry.ID | None, strawberry.argument(description="Of this batch alone.")] = None,
    first: First = 24,
    after: Behind = None,
) -> PromotionCodeConnection:
    behind = decode_cursor(after, str)[0] if after is not None else ""
    size, service = page_size(first), info.context.use(CodeService)
    found = await service.page(info.context.viewer, PromotionId(promotion), size + 1, behind, batch)
    edges = [PromotionCodeEdge(cursor=encode_cursor([code.code]), node=PromotionCode.of(code)) for code in found[:size]]
    page = PageInfo.of([edge.cursor for edge in edges], len(found) > size, after is not None)
    return PromotionCodeConnection(edges=edges, page_info=page)


async def _code_batches(
    info: Info, promotion: Annotated[strawberry.ID, strawberry.argument(description="Whose batches.")]
) -> list[CodeBatch]:
    found = await info.context.use(BatchService).batches(info.context.viewer, PromotionId(promotion))
    return [CodeBatch.of(batch) for batch in found]


async def _upsert_codes(info: Info, input: UpsertCodesInput) -> UpsertCodesPayload:
    codes = [model.CodeInput(**vars(code)) for code in input.codes]
    done = await info.context.use(CodeService).upsert_codes(info.context.viewer, codes, input.reason)
    return UpsertCodesPayload.of(info, done)


async def _generate_codes(info: Info, input: GenerateCodesInput) -> GenerateCodesPayload:
    service = info.context.use(BatchService)
    done = await service.generate(info.context.viewer, input.batch(), input.reason, input.idempotency_key)
    batch = CodeBatch.of(done.batch) if done.batch else None
    return GenerateCodesPayload(batch=batch, problems=problems(info.context, done.problems))


async def _withdraw_codes(info: Info, input: WithdrawCodesInput) -> WithdrawCodesPayload:
    service = info.context.use(CodeService)
    done = await service.withdraw_codes(info.context.viewer, input.reason, input.codes, input.batches)
    return WithdrawCodesPayload.of(info, done)


@strawberry.type
class CodeQuery:
    codes: PromotionCodeConnection = field(
        _codes, description="A promotion's codes with their uses; needs the scope promotions:read."
    )
    code_batches: list[CodeBatch] = field(
        _code_batches, description="A promotion's batches of codes; needs the scope promotions:read."
    )


@strawberry.type
class CodeMutation:
    upsert_codes: UpsertCodesPayload = field(
        _upsert_codes, description="Names codes or changes them; needs the scope promotions:write."
    )
    generate_codes: GenerateCodesPayload = field(
        _generate_codes, description="Makes codes that nobody can guess; needs the scope promotions:write."
    )
    withdraw_codes: WithdrawCodesPayload = field(
        _withdraw_codes,
        description="Lets nobody use codes any more; what is held may be confirmed. Needs the scope promotions:write.",
    )
