// GraphiQL over the query page's own client: JSON over HTTP, and graphql-transport-ws for subscriptions.

import { ask, isSubscription, subscribe } from "/page/client.js";

/** The events of a subscription, one after the other, as GraphiQL takes them. */
async function* events(request, headers) {
  const arrived = [];
  let wake = () => {};
  let ended = false;
  const stop = subscribe(request, headers, {
    answer: (payload) => { arrived.push(payload); wake(); },
    end: (message, isError) => {
      if (isError) arrived.push({ errors: [{ message }] });
      ended = true;
      wake();
    },
  });
  try {
    while (true) {
      while (arrived.length) yield arrived.shift();
      if (ended) return;
      await new Promise((resolve) => { wake = resolve; });
    }
  } finally {
    stop();
  }
}

async function answer(request, headers) {
  return (await ask(request, headers)).body;
}

/** What GraphiQL sends its requests with. */
export function fetcher(request, options = {}) {
  const headers = options.headers ?? {};
  return isSubscription(request.query, request.operationName) ? events(request, headers) : answer(request, headers);
}

const { React, ReactDOM, GraphiQL } = globalThis;
ReactDOM.createRoot(document.getElementById("graphiql")).render(React.createElement(GraphiQL, { fetcher }));
