// The schema's pane: what introspection says, a page per type, and a search over types and fields.

import { ask } from "./client.js";

const TYPE = "name kind ofType { name kind ofType { name kind ofType { name kind ofType { name kind } } } }";
const INPUT = `name description defaultValue type { ${TYPE} }`;
const QUERY = `query Docs { __schema {
  queryType { name } mutationType { name } subscriptionType { name }
  types { name kind description
    fields(includeDeprecated: true) { name description isDeprecated deprecationReason type { ${TYPE} } args { ${INPUT} } }
    inputFields { ${INPUT} }
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    possibleTypes { name } interfaces { name } } } }`;

const state = { types: new Map(), roots: [], trail: [] };
const page = document.getElementById("docs-page");
const back = document.getElementById("docs-back");
const search = document.getElementById("docs-search");

/** Loads the schema with these headers and shows its root types. */
export async function loadDocs(headers) {
  try {
    const { body } = await ask({ query: QUERY }, headers);
    const schema = body.data?.__schema;
    if (!schema) throw new Error(body.errors?.[0]?.message ?? "no schema");
    state.types = new Map(schema.types.filter((type) => !type.name.startsWith("__")).map((type) => [type.name, type]));
    state.roots = ["queryType", "mutationType", "subscriptionType"].map((root) => schema[root]?.name).filter(Boolean);
    show(null);
  } catch (error) {
    page.replaceChildren(make("p", `The schema is not shown: ${error.message}`, "quiet"));
  }
}

back.addEventListener("click", () => { state.trail.pop(); show(state.trail.pop() ?? null); });
search.addEventListener("input", () => (search.value.trim() ? find(search.value.trim()) : show(state.trail.pop() ?? null)));

function make(tag, text = "", className = "") {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function show(name) {
  state.trail.push(name);
  back.hidden = name === null;
  const type = state.types.get(name);
  page.replaceChildren(...(type ? typePage(type) : startPage()));
  page.parentElement.scrollTop = 0;
}

function startPage() {
  const others = [...state.types.keys()].filter((name) => !state.roots.includes(name)).sort();
  return [list(state.roots.map((name) => [link(name)])), make("h3", "All types"), list(others.map((name) => [link(name)]))];
}

function typePage(type) {
  const parts = [make("h3", `${type.kind.toLowerCase().replace("_", " ")} ${type.name}`)];
  if (type.description) parts.push(make("p", type.description));
  const members = [...(type.fields ?? []), ...(type.inputFields ?? []), ...(type.enumValues ?? [])];
  if (members.length) parts.push(list(members.map(member)));
  for (const [title, names] of [["Possible types", type.possibleTypes], ["Interfaces", type.interfaces]]) {
    if (names?.length) parts.push(make("h3", title), list(names.map((item) => [link(item.name)])));
  }
  return parts;
}

function member(item) {
  const line = make("code");
  line.append(make(item.isDeprecated ? "s" : "strong", item.name));
  if (item.args?.length) {
    line.append("(");
    for (const argument of item.args) {
      const row = make("span", "", "arguments");
      row.title = argument.description ?? "";
      row.append(`${argument.name}: `, ...typeText(argument.type), argument.defaultValue ? ` = ${argument.defaultValue}` : "");
      line.append(row);
    }
    line.append(")");
  }
  if (item.type) line.append(": ", ...typeText(item.type));
  const said = [item.description, item.deprecationReason && `Deprecated: ${item.deprecationReason}`].filter(Boolean);
  return [line, ...said.map((text) => make("p", text))];
}

function typeText(type) {
  if (type.kind === "NON_NULL") return [...typeText(type.ofType), "!"];
  if (type.kind === "LIST") return ["[", ...typeText(type.ofType), "]"];
  return [link(type.name)];
}

function link(name) {
  const button = make("button", name);
  button.type = "button";
  button.addEventListener("click", () => { search.value = ""; show(name); });
  return button;
}

function list(rows) {
  const element = make("ul");
  for (const row of rows) {
    const item = make("li");
    item.append(...row);
    element.append(item);
  }
  return element;
}

function find(text) {
  const wanted = text.toLowerCase();
  const rows = [];
  for (const type of state.types.values()) {
    if (type.name.toLowerCase().includes(wanted)) rows.push([link(type.name), make("p", type.description ?? "")]);
    for (const item of [...(type.fields ?? []), ...(type.inputFields ?? []), ...(type.enumValues ?? [])]) {
      if (!item.name.toLowerCase().includes(wanted)) continue;
      const line = make("code");
      line.append(link(type.name), `.${item.name}`);
      rows.push([line, make("p", item.description ?? "")]);
    }
  }
  const shown = rows.slice(0, 60);
  back.hidden = false;
  page.replaceChildren(shown.length ? list(shown) : make("p", "Nothing has this name.", "quiet"));
}
