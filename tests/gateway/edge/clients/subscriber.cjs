// A graphql-ws client: a subscription, a failing operation beside it and a query, on one socket at argv[2].
const { createRequire } = require("node:module");
const load = createRequire(`${process.cwd()}/package.json`);
const { createClient } = load("graphql-ws");

const client = createClient({
  url: process.argv[2],
  webSocketImpl: load("ws"),
  lazy: false,
  connectionParams: { Authorization: "Bearer good" },
  retryAttempts: 0,
});

function collect(query) {
  return new Promise((resolve) => {
    const values = [];
    client.subscribe({ query }, {
      next: (value) => values.push(value),
      error: (error) => resolve({ values, error }),
      complete: () => resolve({ values }),
    });
  });
}

const operations = ["subscription { ticks(count: 3, every: 0.02) { number } }", "{ nothing }", "{ secure }"];
Promise.all(operations.map(collect)).then(async (answers) => {
  await client.dispose();
  console.log(JSON.stringify(answers));
});
