import { HybridClock, wallUs, written } from "./clock.js";
import { Gateway, Rejected, Unreachable, Unreadable } from "./gateway.js";
import {
  APPLY_CART_OPERATIONS,
  CART_CHANGED,
  CREATE_CART,
  type ApplyCartOperations,
  type ApplyCartOperationsData,
  type CartChangedData,
  type CartOperationInput,
  type CreateCartData,
  type OperationEnvelope,
} from "./schema.js";
import { State } from "./state.js";
import type { Storage } from "./storage.js";
import { viewOf, type View } from "./view.js";

/** Operations a call; the shop takes no more. */
const BATCH = 100;

export interface Options {
  /** Of a cart that exists already; without one, a cart is made when the device is first online. */
  key?: string;
  /** What others see as `by`: "till 3". */
  device?: string;
  /** Who asks and where, such as `Cogwerk-Channel`. */
  headers?: Record<string, string>;
  /** Microseconds since 1970. */
  wall?: () => number;
  patienceMs?: number;
  /** After how much silence a line counts as broken; the shop says something once a minute. */
  silenceMs?: number;
  longestPauseMs?: number;
}

/**
 * A cart that is always at hand. What is done counts at once in `view`, is saved before the method returns, and is
 * handed over while `keepInStep` runs and the shop can be reached: each operation once, whatever happens on the way.
 */
export class Cart {
  private readonly state: State;
  private readonly clock: HybridClock;
  private readonly listeners = new Set<(view: View) => void>();
  private online = false;
  private shown: View | null = null;
  private wake: () => void = () => undefined;
  private restart: AbortController | null = null;

  constructor(
    private readonly url: string,
    private readonly storage: Storage,
    private readonly options: Options = {},
  ) {
    this.state = State.load(storage);
    if (options.key && options.key !== this.state.key) this.state.move(options.key);
    this.clock = new HybridClock(this.state.clockUs, options.wall ?? wallUs);
  }

  /** Whoever has it has the cart; null until the cart was made. */
  get key(): string | null {
    return this.state.key;
  }

  /** The cart as it stands now; the same object until something changes. */
  get view(): View {
    return (this.shown ??= viewOf(this.state, this.online));
  }

  /** Whether the shop holds all that was done here and has shown the cart with it. */
  get settled(): boolean {
    return this.state.queue.length === 0 && this.state.cart !== null;
  }

  /** Calls back after every change, until the function that is returned is called. */
  subscribe(listener: (view: View) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** More of a product; answers the operation's id, as every method does that changes the cart. */
  add(sku: string, quantity = "1", lineId?: string): string {
    return this.do({ addLine: { sku, quantity, ...(lineId ? { lineId } : {}) } });
  }

  /** Another quantity of a line; 0 takes it out. */
  setQuantity(lineId: string, quantity: string): string {
    return this.do({ setQuantity: { lineId, quantity } });
  }

  /** Takes a line out. */
  remove(lineId: string): string {
    return this.do({ removeLine: { lineId } });
  }

  /** Any operation that the schema has. */
  do(operation: CartOperationInput): string {
    const id = crypto.getRandomValues(new Uint32Array(4)).reduce((text, word) => text + word.toString(16).padStart(8, "0"), "");
    const envelope: OperationEnvelope = { id, at: written(this.clock.tick()), operation };
    this.state.queue.push({ envelope, heldAt: null });
    try {
      this.save();
    } catch (error) {
      // What could not be saved was not done.
      this.state.queue.pop();
      throw error;
    }
    this.tell();
    return id;
  }

  /** To another cart, such as the customer's own after a claim; what is queued goes along. */
  moveTo(key: string): void {
    this.state.move(key);
    this.change();
    this.restart?.abort();
  }

  /** Forgets the refusals. */
  dismiss(): void {
    this.state.refused = [];
    this.change();
  }

  /** Hands over and listens until the signal ends it. Throws Rejected when the shop does not want the cart any more. */
  async keepInStep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.restart = new AbortController();
      await this.inStep(AbortSignal.any([signal, this.restart.signal])).finally(() => this.restart?.abort());
    }
  }

  private async inStep(signal: AbortSignal): Promise<void> {
    const { headers = {}, patienceMs = 10_000, silenceMs = 75_000 } = this.options;
    const gateway = new Gateway(`${this.url}/graphql`, headers, patienceMs, silenceMs, signal);
    signal.addEventListener("abort", () => this.wake(), { once: true });
    try {
      await this.insisting(signal, () => this.make(gateway));
      await Promise.all([
        this.insisting(signal, () => this.handOver(gateway, signal)),
        this.insisting(signal, () => this.follow(gateway)),
      ]);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.goOffline();
    }
  }

  /** Does it again and again, with pauses that grow and differ between devices (full jitter). */
  private async insisting(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    const longest = this.options.longestPauseMs ?? 30_000;
    for (let tries = 0; ; tries++) {
      const before = this.progress;
      try {
        return await work();
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof Unreachable)) throw error;
        // What has got on in between was no failure.
        if (before !== this.progress) tries = 0;
        await pause(Math.random() * Math.min(longest, 100 * 2 ** tries), signal);
      }
    }
  }

  private get progress(): string {
    return `${this.state.cursor} ${this.state.waiting.length}`;
  }

  private async make(gateway: Gateway): Promise<void> {
    if (this.state.key !== null) return;
    const { createCart } = await gateway.run<CreateCartData>(CREATE_CART, { idempotencyKey: this.state.creation });
    if (createCart.key === null) throw new Rejected(createCart.problems);
    this.state.move(createCart.key);
    this.change();
  }

  private async handOver(gateway: Gateway, signal: AbortSignal): Promise<void> {
    for (;;) {
      const operations = this.state.waiting.slice(0, BATCH);
      if (operations.length === 0) {
        await new Promise<void>((resolve) => (this.wake = resolve));
        signal.throwIfAborted();
        continue;
      }
      await this.send(gateway, operations);
    }
  }

  /** What the shop cannot read is sent by halves, so that one operation keeps no other from it. */
  private async send(gateway: Gateway, operations: OperationEnvelope[]): Promise<void> {
    const wish = { key: this.state.key, operations, device: this.options.device ?? null };
    try {
      this.take((await gateway.run<ApplyCartOperationsData>(APPLY_CART_OPERATIONS, wish)).applyCartOperations, operations);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      const middle = operations.length >> 1;
      if (middle > 0) {
        await this.send(gateway, operations.slice(0, middle));
        await this.send(gateway, operations.slice(middle));
      } else {
        for (const operation of operations) this.state.refuse({ operation, code: error.code, message: error.reason });
        this.change();
      }
    }
  }

  private take(answer: ApplyCartOperations, operations: OperationEnvelope[]): void {
    const { cart, applied, problems } = answer;
    const refused = problems.filter(({ path }) => placeOf(path) !== null);
    if (cart === null || (applied.length === 0 && refused.length === 0)) throw new Rejected(problems);
    for (const { code, message, path } of refused) {
      const operation = operations[placeOf(path) ?? 0];
      if (operation) this.state.refuse({ operation, code, message });
    }
    this.state.acknowledge(applied, cart.version);
    this.change();
  }

  private async follow(gateway: Gateway): Promise<void> {
    const after = this.state.cursor;
    try {
      await gateway.follow<CartChangedData>(CART_CHANGED, { key: this.state.key, after }, ({ cartChanged }) => {
        this.online = true;
        this.clock.observe(cartChanged.cart.changedAt);
        // One that came without its quote is asked for as a whole again.
        this.state.see(cartChanged.cart, cartChanged.cart.quote && cartChanged.cursor);
        this.change();
      });
    } catch (error) {
      if (!(error instanceof Rejected) || after === null) throw error;
      // The shop may have been set up anew, and the cursor mean nothing to it.
      this.state.cursor = null;
      throw new Unreachable(error.message);
    } finally {
      this.goOffline();
    }
  }

  private goOffline(): void {
    this.online = false;
    this.tell();
  }

  private change(): void {
    this.save();
    this.tell();
  }

  private save(): void {
    this.state.clockUs = this.clock.lastUs;
    this.state.save(this.storage);
  }

  private tell(): void {
    this.shown = null;
    this.wake();
    for (const listener of this.listeners) listener(this.view);
  }
}

/** Which operation of the call a problem is about; null when it is about the call. */
function placeOf(path: string[] | null): number | null {
  return path?.[0] === "input" && path[1] === "operations" && path[2] !== undefined ? Number(path[2]) : null;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => (clearTimeout(timer), reject(signal.reason));
    const timer = setTimeout(() => (signal.removeEventListener("abort", stop), resolve()), ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
