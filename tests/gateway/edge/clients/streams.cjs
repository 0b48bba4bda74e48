// What graphql-sse, urql and Apollo's client make of a subscription and a query over HTTP at argv[2].
const { createRequire } = require("node:module");
const load = createRequire(`${process.cwd()}/package.json`);
const { createClient } = load("graphql-sse");
const { Client, fetchExchange } = load("@urql/core");
const { ApolloClient, HttpLink, InMemoryCache, gql } = load("@apollo/client");

const url = process.argv[2];
const subscription = "subscription { ticks(count: 3, every: 0.02) { number } }";
const number = (result) => result.data?.ticks?.number;

function withSse(query) {
  const client = createClient({ url, retryAttempts: 0 });
  return new Promise((resolve) => {
    const values = [];
    client.subscribe({ query }, {
      next: (value) => values.push(value),
      error: (error) => resolve({ values, error: String(error) }),
      complete: () => resolve({ values }),
    });
  });
}

async function withUrql() {
  const client = new Client({ url, exchanges: [fetchExchange], fetchSubscriptions: true, preferGetMethod: false });
  const ticks = [];
  await new Promise((resolve) => {
    // urql gives the last result once more at the end, without hasNext.
    client.subscription(subscription, {}).subscribe((result) => {
      if (result.hasNext) ticks.push(number(result)); else resolve();
    });
  });
  const { data, error } = await client.query("{ __typename }", {}).toPromise();
  return { ticks, query: data, error: error && String(error) };
}

async function withApollo() {
  const client = new ApolloClient({ link: new HttpLink({ uri: url }), cache: new InMemoryCache() });
  const ticks = [];
  await new Promise((resolve, reject) => {
    client.subscribe({ query: gql(subscription) }).subscribe({
      next: (result) => ticks.push(number(result)), error: reject, complete: resolve,
    });
  });
  const { data } = await client.query({ query: gql`{ secure: __typename }` });
  return { ticks, query: data };
}

(async () => {
  const sse = [await withSse(subscription), await withSse("{ __typename }"), await withSse("subscription { nothing }")];
  console.log(JSON.stringify({ sse, urql: await withUrql(), apollo: await withApollo() }));
})();
