// Runs the public audits of GraphQL over HTTP against argv[2]; prints what each said.
const { createRequire } = require("node:module");
const load = createRequire(`${process.cwd()}/package.json`);
const { auditServer } = load("graphql-http");

auditServer({ url: process.argv[2] }).then((results) => {
  console.log(JSON.stringify(results.map(({ id, name, status, reason }) => ({ id, name, status, reason }))));
});
