// Runs the compiled client: node --experimental-websocket driver.mjs MODULE URL KEY FILE
// Each line of the input is a command with its arguments in JSON, and is answered by a line.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [module, url, key, file] = process.argv.slice(2);
const { Cart } = await import(module);

const storage = {
  load: () => (existsSync(file) ? readFileSync(file, "utf8") : null),
  save: (text) => {
    writeFileSync(`${file}.new`, text, { flush: true });
    renameSync(`${file}.new`, file);
  },
};
const options = { device: "web", patienceMs: 3000, silenceMs: 5000, longestPauseMs: 200, ...(key ? { key } : {}) };
const cart = new Cart(url, storage, options);
let failure = null;
cart.keepInStep(new AbortController().signal).catch((error) => (failure = String(error)));

const until = async (holds) => {
  while (!holds()) {
    if (failure) return { failure };
    await new Promise((resolve) => {
      const stop = cart.subscribe(() => (stop(), resolve()));
      setTimeout(() => (stop(), resolve()), 200);
    });
  }
  return cart.view;
};
const same = (lines, goods) => JSON.stringify(lines.map(({ sku, quantity }) => [sku, quantity])) === JSON.stringify(goods);
const commands = {
  do: (operation) => cart.do(operation),
  view: () => cart.view,
  key: () => until(() => cart.key !== null).then(() => cart.key),
  settled: () => until(() => cart.settled),
  sees: (goods) => until(() => cart.settled && same(cart.view.lines, goods)),
  version: (version) => until(() => cart.settled && cart.view.version >= version),
};
for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...rest] = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(await commands[command](...rest))}\n`);
}
