import type { CartChangedCart, OperationEnvelope } from "./schema.js";
import type { Storage } from "./storage.js";

/** An operation that the shop did not take, and why; it will not be sent again. */
export interface Refusal {
  readonly operation: OperationEnvelope;
  readonly code: string;
  readonly message: string;
}

/** An operation, and the cart's version that holds it once the shop has said so. */
interface Queued {
  readonly envelope: OperationEnvelope;
  heldAt: number | null;
}

/** All that a device must not forget: its cart's key, what it saw last, and what it has not yet handed over. */
export class State {
  key: string | null = null;
  /** The idempotency key under which the cart is made, so that it is made once. */
  creation = crypto.getRandomValues(new Uint8Array(16)).reduce((text, byte) => text + byte.toString(16).padStart(2, "0"), "");
  clockUs = 0;
  cursor: string | null = null;
  cart: CartChangedCart | null = null;
  queue: Queued[] = [];
  refused: Refusal[] = [];

  static load(storage: Storage): State {
    const text = storage.load();
    return text === null ? new State() : Object.assign(new State(), JSON.parse(text));
  }

  save(storage: Storage): void {
    storage.save(JSON.stringify(this));
  }

  /** What the shop has not yet said to hold, oldest first. */
  get waiting(): OperationEnvelope[] {
    return this.queue.filter((item) => item.heldAt === null).map((item) => item.envelope);
  }

  /** The shop holds these; they are shown from here until a cart of this version has been seen. */
  acknowledge(ids: string[], version: number): void {
    for (const item of this.queue) if (ids.includes(item.envelope.id)) item.heldAt = version;
    this.dropSeen();
  }

  /** It leaves the queue, and is kept for the user to see. */
  refuse(refusal: Refusal): void {
    this.queue = this.queue.filter((item) => item.envelope.id !== refusal.operation.id);
    this.refused = [...this.refused, refusal];
  }

  /** The cart as the shop has it. */
  see(cart: CartChangedCart, cursor: string | null): void {
    this.cart = cart;
    this.cursor = cursor;
    this.dropSeen();
  }

  /** To another cart, with all that is queued. */
  move(key: string): void {
    Object.assign(this, { key, cart: null, cursor: null });
    for (const item of this.queue) item.heldAt = null;
  }

  private dropSeen(): void {
    const version = this.cart?.version ?? 0;
    this.queue = this.queue.filter((item) => item.heldAt === null || item.heldAt > version);
  }
}
