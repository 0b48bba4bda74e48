const PASSING_STATUS = [408, 425, 429];
const PASSING_CODES = ["INTERNAL_SERVER_ERROR", "RATE_LIMITED", "TIMEOUT", "TOO_MANY_OPERATIONS", "UNAVAILABLE"];
const UNREADABLE_CODES = ["BAD_REQUEST", "BAD_USER_INPUT", "LIMIT_EXCEEDED"];
const FINAL_CLOSES = [4400, 4401, 4403, 4406];

/** The shop did not answer, or cannot now; the same is asked again later. */
export class Unreachable extends Error {}

/** The shop will not do this, however often it is asked. `problems` are the shop's own. */
export class Rejected extends Error {
  constructor(readonly problems: unknown) {
    super(typeof problems === "string" ? problems : JSON.stringify(problems));
  }
}

/** Something in the call is malformed, or it is too long. */
export class Unreadable extends Rejected {
  constructor(
    errors: unknown,
    readonly code: string,
    readonly reason: string,
  ) {
    super(errors);
  }
}

interface Body<T> {
  data?: T | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** One shop. `headers` say who asks and where, such as `Cogwerk-Channel`. */
export class Gateway {
  constructor(
    private readonly url: string,
    private readonly headers: Record<string, string>,
    private readonly patienceMs: number,
    private readonly silenceMs: number,
    private readonly signal: AbortSignal,
  ) {}

  /** The data of a mutation. Throws Unreachable, Rejected. */
  async run<T>(query: string, variables: object): Promise<T> {
    const response = await fetch(this.url, {
      method: "POST",
      headers: { ...this.headers, "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.any([this.signal, AbortSignal.timeout(this.patienceMs)]),
    }).catch(unreachable);
    const body = (await response.json().catch(unreachable)) as Body<T>;
    if (response.status >= 500 || PASSING_STATUS.includes(response.status)) {
      throw new Unreachable(`HTTP ${response.status}`);
    }
    return dataOf(body);
  }

  /** Hands each event's data to `take`. Rejects with Unreachable when the line breaks, Rejected when the shop ends it. */
  follow<T>(query: string, variables: object, take: (data: T) => void): Promise<never> {
    const socket = new WebSocket(this.url.replace(/^http/, "ws"), "graphql-transport-ws");
    const say = (message: object): void => socket.send(JSON.stringify(message));
    let timer: ReturnType<typeof setTimeout> | undefined;
    return new Promise<never>((_, reject) => {
      // Browsers do not tell of a line that is broken and was never closed.
      const listen = (ms: number): void => {
        clearTimeout(timer);
        timer = setTimeout(() => reject(new Unreachable("no answer")), ms);
      };
      listen(this.patienceMs);
      const act: Record<string, (payload: unknown) => void> = {
        connection_ack: () => say({ type: "subscribe", id: "1", payload: { query, variables } }),
        ping: () => (listen(this.silenceMs), say({ type: "pong" })),
        next: (payload) => {
          listen(this.silenceMs);
          const { data } = payload as Body<T>;
          // Also where a part of the shop is away, which costs its own fields.
          if (data && !Object.values(data).includes(null)) take(data);
          dataOf(payload as Body<T>);
        },
        error: (errors) => dataOf({ errors } as Body<T>),
        complete: () => {
          throw new Rejected("The cart is not open to this key any more.");
        },
      };
      socket.onopen = () => say({ type: "connection_init", payload: this.headers });
      socket.onmessage = ({ data }) => {
        try {
          const message = JSON.parse(data as string) as { type: string; payload?: unknown };
          act[message.type]?.(message.payload);
        } catch (error) {
          reject(error);
        }
      };
      socket.onerror = () => reject(new Unreachable("the line broke"));
      socket.onclose = ({ code, reason }) =>
        reject(FINAL_CLOSES.includes(code) ? new Rejected(reason) : new Unreachable(`closed with ${code}`));
      this.signal.addEventListener("abort", () => reject(this.signal.reason), { once: true });
    }).finally(() => (clearTimeout(timer), socket.close()));
  }
}

function unreachable(error: unknown): never {
  throw new Unreachable(String(error));
}

function dataOf<T>({ data, errors }: Body<T>): T {
  if (!errors?.length) return data as T;
  if (errors.some(({ extensions }) => PASSING_CODES.includes(extensions?.code ?? ""))) {
    throw new Unreachable(JSON.stringify(errors));
  }
  const [first] = errors;
  const code = first?.extensions?.code ?? "";
  throw UNREADABLE_CODES.includes(code) ? new Unreadable(errors, code, first?.message ?? "") : new Rejected(errors);
}
