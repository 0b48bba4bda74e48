// Composes the subgraphs read from standard input, [{ name, url, sdl }], and says what came of it.
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");
const installed = createRequire(process.cwd() + "/");
const { composeServices } = installed("@apollo/composition");
const { parse } = installed("graphql");

const given = JSON.parse(readFileSync(0, "utf8"));
const services = given.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) }));
const { errors = [], hints = [], supergraphSdl = null } = composeServices(services);
const said = {
  errors: errors.map((error) => error.message),
  hints: hints.map((hint) => `${hint.definition.code}: ${hint.message}`),
  supergraph: supergraphSdl,
};
process.stdout.write(JSON.stringify(said));
