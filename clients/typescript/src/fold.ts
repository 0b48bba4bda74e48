import type { AddLineInput, CartChangedCart, CartOperationInput } from "./schema.js";
import { sha256 } from "./sha256.js";

/** So much of a product. `title` is null until the shop has named it; `quantity` is a decimal string. */
export interface Line {
  readonly id: string;
  readonly sku: string;
  readonly quantity: string;
  readonly title: string | null;
}

const MICROS = 1_000_000n;
/** A line holds no more. */
const MOST = 1_000_000n * MICROS;
const DEFAULT = "l-";

/**
 * What a cart will hold when the shop has taken up what is still queued: the shop's own rules, in small. The shop's
 * answer always replaces this. Operations of other kinds change nothing here until it has come.
 */
export class Draft {
  private readonly held = new Map<string, Line>();
  private readonly entered = new Map<string, string>();

  constructor(cart: CartChangedCart | null) {
    for (const { id, quantity, product } of cart?.lines ?? []) {
      this.held.set(id, { id, sku: product.sku, quantity, title: product.title });
    }
    for (const code of cart?.codes ?? []) this.entered.set(compared(code), code);
  }

  get lines(): Line[] {
    return [...this.held.values()];
  }

  get codes(): string[] {
    return [...this.entered.values()];
  }

  /** One operation more; none that has no number where one belongs: the shop will refuse it. */
  do(operation: CartOperationInput): void {
    try {
      this.act(operation);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }

  private act(operation: CartOperationInput): void {
    if ("addLine" in operation) {
      this.add(operation.addLine);
    } else if ("setQuantity" in operation) {
      this.set(operation.setQuantity.lineId, operation.setQuantity.quantity);
    } else if ("removeLine" in operation) {
      this.held.delete(operation.removeLine.lineId);
    } else if ("addCode" in operation) {
      const place = compared(operation.addCode);
      if (!this.entered.has(place)) this.entered.set(place, operation.addCode);
    } else if ("removeCode" in operation) {
      this.entered.delete(compared(operation.removeCode));
    }
  }

  private add(wish: AddLineInput): void {
    const id = this.lineOf(wish);
    const line = this.held.get(id) ?? { id, sku: wish.sku, quantity: "0", title: null };
    this.held.set(id, { ...line, quantity: plain(micros(line.quantity) + micros(wish.quantity)) });
  }

  private lineOf(wish: AddLineInput): string {
    if (!wish.lineId || wish.lineId.startsWith(DEFAULT)) return defaultLine(wish.sku);
    // The goods of another line are not taken from it.
    const there = this.held.get(wish.lineId);
    return there === undefined || there.sku === wish.sku ? wish.lineId : defaultLine(wish.sku);
  }

  private set(id: string, quantity: string): void {
    const line = this.held.get(id);
    if (line === undefined) return;
    if (micros(quantity) === 0n) this.held.delete(id);
    else this.held.set(id, { ...line, quantity: plain(micros(quantity)) });
  }
}

/** The line of a product that is added without a line id, in every cart. */
export const defaultLine = (sku: string): string => DEFAULT + sha256(`${sku}\0`).slice(0, 20);

// Lower of upper is as near as JavaScript comes to case folding.
const compared = (code: string): string => code.normalize("NFKC").trim().toUpperCase().toLowerCase();

function micros(quantity: string): bigint {
  const [whole = "0", part = ""] = quantity.split(".");
  return BigInt(whole) * MICROS + BigInt(part.padEnd(6, "0").slice(0, 6));
}

function plain(quantity: bigint): string {
  const most = quantity < MOST ? quantity : MOST;
  const part = String(most % MICROS).padStart(6, "0").replace(/0+$/, "");
  return part ? `${most / MICROS}.${part}` : String(most / MICROS);
}
