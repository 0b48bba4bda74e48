"""Commands on links: further keys of a cart."""

from __future__ import annotations

import strawberry

from modules.cart.graph.carts import Cart, shown
from modules.cart.graph.keys import CartLink
from modules.cart.model.keys import Right
from modules.cart.service import LinkInput, LinkService, MailInput, RecoveryService
from modules.kernel.graph import DateTime, Info, Problem, field, problems


@strawberry.input(description="A wish for a link.")
class CreateCartLinkInput:
    key: str = strawberry.field(description="The owner's.")
    idempotency_key: str = strawberry.field(
        description="16 to 200 characters, made anew for each link: a UUID. With it the call may be sent again."
    )
    right: Right = strawberry.field(description="READ or EDIT.")
    label: str | None = strawberry.field(default=None, description='1 to 40 characters: "for grandma".')
    expires_at: DateTime | None = strawberry.field(
        default=None, description="From then on it opens nothing. Without it, until it is revoked."
    )

    def read(self) -> LinkInput:
        """In the module's words."""
        return LinkInput(
            key=self.key,
            idempotency_key=self.idempotency_key,
            right=self.right,
            label=self.label,
            expires_at=self.expires_at,
        )


@strawberry.input(description="The end of a link.")
class RevokeCartLinkInput:
    key: str = strawberry.field(description="The owner's.")
    link: strawberry.ID = strawberry.field(description="As the cart's links show it.")


@strawberry.input(description="A link that is to be mailed.")
class MailCartLinkInput:
    key: str = strawberry.field(description="The owner's.")
    idempotency_key: str = strawberry.field(
        description="16 to 200 characters, made anew for each mail: a UUID. With it the call may be sent again."
    )
    to: str = strawberry.field(description="A mail address.")


@strawberry.type(description="The cart with the link that was mailed.")
class MailCartLinkPayload:
    cart: Cart | None = strawberry.field(description="As the owner sees it now. Null when refused.")
    problems: list[Problem] = strawberry.field(description="What was refused, and why.")


@strawberry.type(description="A new link.")
class CreateCartLinkPayload:
    cart: Cart | None = strawberry.field(description="As the owner sees it now. Null when refused.")
    link: CartLink | None = strawberry.field(description="Null when refused.")
    key: str | None = strawberry.field(
        description="For others; opens the cart as the link says. Told here only, and again when the call is repeated."
    )
    problems: list[Problem] = strawberry.field(description="What was refused, and why.")


@strawberry.type(description="The cart after a link has ended.")
class RevokeCartLinkPayload:
    cart: Cart | None = strawberry.field(description="As the owner sees it now. Null when refused.")
    problems: list[Problem] = strawberry.field(description="What was refused, and why.")


async def _create_cart_link(info: Info, input: CreateCartLinkInput) -> CreateCartLinkPayload:
    done = await info.context.use(LinkService).create(info.context.viewer, input.read())
    return CreateCartLinkPayload(
        cart=await shown(info, done.cart, "cart") if done.cart else None,
        link=CartLink.of(done.link) if done.link else None,
        key=done.key,
        problems=problems(info.context, done.problems),
    )


async def _mail_cart_link(info: Info, input: MailCartLinkInput) -> MailCartLinkPayload:
    wish = MailInput(key=input.key, idempotency_key=input.idempotency_key, to=input.to)
    done = await info.context.use(RecoveryService).mail(info.context.viewer, wish)
    cart = await shown(info, done.cart, "cart") if done.cart else None
    return MailCartLinkPayload(cart=cart, problems=problems(info.context, done.problems))


async def _revoke_cart_link(info: Info, input: RevokeCartLinkInput) -> RevokeCartLinkPayload:
    done = await info.context.use(LinkService).revoke(info.context.viewer, input.key, input.link)
    cart = await shown(info, done.cart, "cart") if done.cart else None
    return RevokeCartLinkPayload(cart=cart, problems=problems(info.context, done.problems))


@strawberry.type
class LinkMutation:
    create_cart_link: CreateCartLinkPayload = field(
        _create_cart_link, description="A further key of a cart, to read or to edit it; for its owner."
    )
    mail_cart_link: MailCartLinkPayload = field(
        _mail_cart_link,
        description="Mails a link to edit the cart, so that it is found again; for its owner, a few times an hour.",
    )
    revoke_cart_link: RevokeCartLinkPayload = field(
        _revoke_cart_link,
        description="Lets a link open nothing any more and ends the subscriptions made with it; for the cart's owner.",
    )
