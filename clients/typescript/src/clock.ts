/** The device's own clock, in microseconds since 1970. */
export const wallUs = (): number => Date.now() * 1000;

/**
 * The device's clock, but never before what it has said or heard: what is done later counts later. So a device that
 * runs hours behind still counts after what its user saw. One that runs ahead is bounded by the shop.
 */
export class HybridClock {
  constructor(
    public lastUs: number,
    private readonly wall: () => number,
  ) {}

  /** A moment for the next operation; each call answers a later one. */
  tick(): number {
    this.lastUs = Math.max(this.wall(), this.lastUs + 1);
    return this.lastUs;
  }

  /** Something happened elsewhere at this moment (ISO 8601), and the user has seen it. */
  observe(moment: string | null): void {
    if (moment !== null) this.lastUs = Math.max(this.lastUs, readUs(moment));
  }
}

/** The moment in ISO 8601, with microseconds. */
export function written(us: number): string {
  const millis = Math.floor(us / 1000);
  const rest = String(us - millis * 1000).padStart(3, "0");
  return new Date(millis).toISOString().replace("Z", `${rest}Z`);
}

function readUs(moment: string): number {
  // Date reads milliseconds; the digits behind them are added.
  const digits = /\.(\d+)/.exec(moment)?.[1] ?? "";
  return Date.parse(moment) * 1000 + Number(digits.padEnd(6, "0").slice(3, 6));
}
