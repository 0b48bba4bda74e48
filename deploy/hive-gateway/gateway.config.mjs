// Hive Gateway 2 in front of Cogwerk's subgraphs:
//
//     hive-gateway supergraph supergraph.graphql --config-path deploy/hive-gateway/gateway.config.mjs
//
// `supergraph.graphql` is composed of what `python -m gateway schema --only MODULE...` prints for each process.
// Clients use HTTP, WebSockets (graphql-transport-ws) or server-sent events; the subgraphs are asked over HTTP, and their
// subscriptions are read as server-sent events.

const TOLD = [
  "authorization",
  "accept-language",
  "cogwerk-channel",
  "cogwerk-store",
  "cogwerk-currency",
  "cogwerk-customer",
  "x-request-id",
  "x-forwarded-for", // as the proxy before the router has set it; without one leave it out
];

// Who asks and where: over HTTP it stands in headers, on a socket in the payload of `connection_init`.
function toldBy(source) {
  const read = typeof source?.get === "function" ? (name) => source.get(name) : (name) => lower(source)[name];
  return Object.fromEntries(TOLD.map((name) => [name, read(name)]).filter(([, value]) => value));
}

function lower(payload) {
  return Object.fromEntries(Object.entries(payload ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
}

// A subgraph that is down costs its own fields, and each says so as Cogwerk's modules do: UNAVAILABLE and the module.
// Neither its address nor what it was asked is for clients. All else the subgraphs have said is for them: they mask their
// own faults.
const DOWN = ["SUBREQUEST_HTTP_ERROR", "DOWNSTREAM_SERVICE_ERROR", "RESPONSE_VALIDATION_FAILED", "TIMEOUT_ERROR"];

function maskError(error) {
  const { code, serviceName } = error.extensions ?? {};
  if (!serviceName || !DOWN.includes(code)) return error;
  const { nodes, source, positions, path } = error;
  const extensions = { code: "UNAVAILABLE", module: serviceName };
  return new error.constructor(`The module ${serviceName} does not answer at the moment.`, {
    ...{ nodes, source, positions, path, extensions },
  });
}

export const gatewayConfig = {
  propagateHeaders: {
    fromClientToSubgraphs: ({ request, context }) => ({
      ...toldBy(request?.headers),
      ...toldBy(context?.connectionParams),
    }),
  },
  maskedErrors: { maskError },
  graphiql: process.env.NODE_ENV !== "production",
  landingPage: false,
};
