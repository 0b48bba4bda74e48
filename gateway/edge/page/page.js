// The page itself: editor, panes, samples, answers.

import { ask, isSubscription, operations, subscribe } from "./client.js";
import { loadDocs } from "./docs.js";

const MOST_EVENTS = 50;
const MOST_COLOURED = 200_000;
const $ = (id) => document.getElementById(id);
const query = $("query");
const variables = $("variables");
const headers = $("headers");
const answers = $("answers");
let stop = null;

function readObject(field) {
  const text = field.value.trim();
  try {
    const value = text ? JSON.parse(text) : {};
    if (value === null || typeof value !== "object" || Array.isArray(value)) throw new Error("not an object");
    field.setAttribute("aria-invalid", "false");
    return value;
  } catch {
    field.setAttribute("aria-invalid", "true");
    field.focus();
    throw new Error(`${field.labels[0].textContent} must be a JSON object, or empty.`);
  }
}

/** With several operations in the editor, the one the caret stands in. */
function operationName() {
  const found = operations(query.value);
  if (found.length < 2) return null;
  return (found.findLast((item) => item.at <= query.selectionStart) ?? found[0]).name;
}

async function run() {
  stop?.();
  let request, sent;
  try {
    request = { query: query.value, variables: readObject(variables), operationName: operationName() };
    sent = readObject(headers);
  } catch (error) {
    say([error.message, true]);
    return;
  }
  answers.replaceChildren();
  remember();
  if (matchMedia("(max-width: 48rem)").matches) document.querySelector(".answer").scrollIntoView();
  if (isSubscription(request.query, request.operationName)) follow(request, sent);
  else await once(request, sent);
}

async function once(request, sent) {
  const controller = new AbortController();
  begin(() => controller.abort(), "running");
  const began = performance.now();
  try {
    const { status, body, bytes } = await ask(request, sent, controller.signal);
    show(body);
    say([`${status} · ${Math.round(performance.now() - began)} ms · ${bytes.toLocaleString("en")} characters`, status >= 400]);
  } catch (error) {
    say([error.name === "AbortError" ? "stopped" : `No answer: ${error.message}`, error.name !== "AbortError"]);
  }
  finish();
}

function follow(request, sent) {
  let number = 0;
  const end = subscribe(request, sent, {
    answer: (payload) => { number += 1; show(payload, true); say([`${number} received`, Boolean(payload.errors)]); },
    end: (message, isError) => { say([`${number} received · ${message}`, isError]); finish(); },
  });
  begin(end, "listening");
}

function begin(how, word) {
  stop = how;
  $("stop").hidden = false;
  $("running").textContent = word;
}

function finish() {
  stop = null;
  $("stop").hidden = true;
  $("running").textContent = "";
}

function say([text, isError]) {
  $("figures").textContent = text;
  $("figures").classList.toggle("wrong", isError);
}

function show(body, isEvent = false) {
  const article = document.createElement("article");
  if (isEvent) {
    const time = document.createElement("time");
    time.textContent = new Date().toLocaleTimeString();
    article.append(time);
  }
  const text = document.createElement("pre");
  text.append(...coloured(JSON.stringify(body, null, 2)));
  article.append(text);
  answers.prepend(article);
  while (answers.childElementCount > MOST_EVENTS) answers.lastElementChild.remove();
}

function coloured(text) {
  if (text.length > MOST_COLOURED) return [text];
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(/("(?:\\.|[^"\\])*")(\s*:)?|-?\d[\d.eE+-]*|\b(?:true|false|null)\b/g)) {
    const token = match[1] ?? match[0];
    const span = document.createElement("span");
    span.className = match[1] ? (match[2] ? "n" : "s") : "l";
    span.textContent = token;
    parts.push(text.slice(at, match.index), span);
    at = match.index + token.length;
  }
  return [...parts, text.slice(at)];
}

/** Tab indents, as in an editor; after Escape it moves on, so that the keyboard is never trapped. */
function indents(field) {
  let leaving = false;
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leaving = true;
    else if (event.key === "Tab" && !leaving && !event.shiftKey) {
      event.preventDefault();
      field.setRangeText("  ", field.selectionStart, field.selectionEnd, "end");
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      const line = field.value.slice(0, field.selectionStart).split("\n").pop();
      const deeper = /[{[(]\s*$/.test(line) ? "  " : "";
      event.preventDefault();
      field.setRangeText(`\n${line.match(/^\s*/)[0]}${deeper}`, field.selectionStart, field.selectionEnd, "end");
    } else if (!["Shift", "Tab"].includes(event.key)) leaving = false;
  });
  field.addEventListener("blur", () => { leaving = false; });
}

/** Query and variables are kept in this browser; headers may hold a token and are not. */
function remember() {
  try {
    localStorage.setItem("cogwerk.query", JSON.stringify([query.value, variables.value]));
  } catch { /* private windows may refuse; nothing depends on it */ }
}

function recall() {
  try {
    return JSON.parse(localStorage.getItem("cogwerk.query"));
  } catch {
    return null;
  }
}

async function loadSamples() {
  const samples = await (await fetch("/page/samples.json")).json();
  const buttons = samples.map((sample) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    const about = document.createElement("small");
    button.type = "button";
    about.textContent = sample.about;
    button.append(sample.title, about);
    button.addEventListener("click", () => choose(sample, button));
    item.append(button);
    return item;
  });
  $("samples").replaceChildren(...buttons);
  const kept = recall();
  if (kept) [query.value, variables.value] = kept;
  else choose(samples[0], buttons[0].firstElementChild);
}

function choose(sample, button) {
  stop?.();
  document.querySelectorAll("#samples [aria-current]").forEach((other) => other.removeAttribute("aria-current"));
  button.setAttribute("aria-current", "true");
  query.value = sample.query.join("\n");
  variables.value = sample.variables ? JSON.stringify(sample.variables, null, 2) : "";
}

function showDocs(visible) {
  document.querySelector("main").classList.toggle("plain", !visible);
  $("show-docs").setAttribute("aria-expanded", String(visible));
}

[query, variables, headers].forEach(indents);
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  }
});
$("run").addEventListener("click", run);
$("stop").addEventListener("click", () => stop?.());
$("copy").addEventListener("click", () => navigator.clipboard?.writeText(answers.innerText));
$("show-docs").addEventListener("click", () => showDocs(document.querySelector("main").classList.contains("plain")));
showDocs(matchMedia("(min-width: 75rem)").matches);
loadSamples();
loadDocs({});
