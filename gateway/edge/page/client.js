// One operation to the graph: queries and mutations by fetch, subscriptions by graphql-transport-ws.

const PATH = "/graphql";

/** Whether the document's chosen operation is a subscription; comments and strings are no operations. */
export function isSubscription(query, operationName) {
  const found = operations(query);
  const chosen = found.find((item) => item.name === operationName) ?? found[0];
  return chosen?.kind === "subscription";
}

/** The named and nameless operations of a document, in order, with their places. */
export function operations(query) {
  const blank = (text) => text.replace(/[^\n]/g, " ");
  const bare = query.replace(/"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*/g, blank);
  const found = [];
  let depth = 0;
  for (const match of bare.matchAll(/[{}]|\b(query|mutation|subscription)\b\s*(\w+)?/g)) {
    if (match[0] === "{") depth += 1;
    else if (match[0] === "}") depth -= 1;
    else if (depth === 0) found.push({ kind: match[1], name: match[2] ?? null, at: match.index });
  }
  return found;
}

/** Sends a query or mutation. Answers `{ status, body, bytes }`; throws when there is no JSON. */
export async function ask(request, headers, signal) {
  const response = await fetch(PATH, {
    method: "POST",
    signal,
    headers: {
      Accept: "application/graphql-response+json, application/json;q=0.9",
      "Content-Type": "application/json",
      ...headers,
    },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  return { status: response.status, body: JSON.parse(text), bytes: text.length };
}

/** Subscribes. `on.answer(payload)` for each event, `on.end(message, isError)` once. Returns what stops it. */
export function subscribe(request, headers, on) {
  const url = new URL(PATH, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(url, "graphql-transport-ws");
  let ended = false;
  const send = (message) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));
  const end = (message, isError) => {
    if (ended) return;
    ended = true;
    on.end(message, isError);
    socket.close(1000);
  };
  const actions = {
    connection_ack: () => send({ id: "1", type: "subscribe", payload: request }),
    ping: () => send({ type: "pong" }),
    pong: () => {},
    next: (message) => on.answer(message.payload),
    error: (message) => { on.answer({ errors: message.payload }); end("ended with an error", true); },
    complete: () => end("complete", false),
  };
  socket.onopen = () => send({ type: "connection_init", payload: headers });
  socket.onmessage = (event) => {
    const message = JSON.parse(event.data);
    actions[message.type]?.(message);
  };
  socket.onclose = (event) => end(`closed with ${event.code} ${event.reason}`.trim(), true);
  return () => {
    send({ id: "1", type: "complete" });
    end("stopped", false);
  };
}
