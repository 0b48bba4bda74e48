import { Draft, type Line } from "./fold.js";
import type { CartChangedCartQuoteNotices } from "./schema.js";
import type { Refusal, State } from "./state.js";

/** The cart as the user sees it: what the shop told last, with everything on top that is queued here. */
export interface View {
  readonly lines: readonly Line[];
  readonly codes: readonly string[];
  /** Of the shop's cart; 0 before it was seen. */
  readonly version: number;
  /** Operations that the shop does not yet hold. */
  readonly waiting: number;
  /** With tax; null while something is queued, or the shop does not say: it alone knows prices. */
  readonly total: { readonly amount: string; readonly currency: string } | null;
  /** What the shop says of the cart it has. */
  readonly notices: readonly CartChangedCartQuoteNotices[];
  readonly refused: readonly Refusal[];
  /** Whether changes of others arrive now. */
  readonly online: boolean;
}

export function viewOf(state: State, online: boolean): View {
  const draft = new Draft(state.cart);
  for (const { envelope } of state.queue) draft.do(envelope.operation);
  const quote = state.cart?.quote ?? null;
  return {
    lines: draft.lines,
    codes: draft.codes,
    version: state.cart?.version ?? 0,
    waiting: state.waiting.length,
    total: state.queue.length ? null : (quote?.total.gross ?? null),
    notices: quote?.notices ?? [],
    refused: state.refused,
    online,
  };
}
