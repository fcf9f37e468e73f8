// A second parser, which we did not write, sees in other people's messages what ours sees; where it does not, it is said
// here why. PONS_CORPUS names the folder with messages/ and bad/; without it the one beside the repository, or else the
// selection in tests/corpus.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { Hl7Message } from "@medplum/core";

const root = join(import.meta.dirname, "../..");
const dump = process.env.HL7_DUMP ?? join(root, "build/dev/tests/hl7_dump");

function corpus() {
  const beside = join(root, "../shared/corpus");
  return process.env.PONS_CORPUS ?? (existsSync(beside) ? beside : join(root, "tests/corpus"));
}

const filesOf = (folder) => readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".hl7")).sort()
  .map((name) => join(folder, name));

/** As hl7_dump writes it: what is empty has no parts. */
const parts = (value, inner) => (value.length === 1 && value[0] === "" ? [] : value.map(inner));

function theirs(bytes) {
  const message = Hl7Message.parse(bytes);
  const context = message.context;
  const subcomponents = (text) => parts(text.split(context.subcomponentSeparator), (each) => each);
  const repetition = (components) => (components.length === 1 && components[0] === "" ? []
    : components.map(subcomponents));
  const field = ({ components }) => (components.length === 1 && components[0].length === 1 && components[0][0] === ""
    ? [] : components.map(repetition));
  return message.segments.filter(({ name }) => name.trim() !== "").map((segment) => {
    const fields = segment.fields.slice(1).map(field);
    return [segment.name, segment.name === "MSH" ? fields.slice(1) : fields];
  });
}

/** Why the two may differ in what a message is made of; each is a decision of ours. */
const reasons = [
  ["MSH-2 leaves delimiters out: the message cannot use them", (bytes) => encoding(bytes).length < 4],
];

const encoding = (bytes) => bytes.slice(4).split(bytes[3])[0];

let files, ours;
before(() => {
  files = ["messages", "bad"].map((part) => join(corpus(), part)).filter(existsSync).flatMap(filesOf);
  const lines = execFileSync(dump, { input: files.join("\n") + "\n", maxBuffer: 1 << 30 }).toString().trim().split("\n");
  ours = lines.map((line) => JSON.parse(line));
  assert.equal(ours.length, files.length);
});

test("another parser sees the same segments, fields and components, or it is said why not", () => {
  const counts = { same: 0, refused: 0 };
  const unexplained = [];
  files.forEach((file, i) => {
    if (ours[i].refused) return void counts.refused++;
    const bytes = readFileSync(file, "latin1").replace(/^(\xef\xbb\xbf)?\s*/, "");
    let seen;
    try {
      seen = theirs(bytes);
    } catch (error) {
      seen = String(error);
    }
    const reason = JSON.stringify(seen) === JSON.stringify(ours[i].segments) ? "same"
      : reasons.find(([, applies]) => applies(bytes))?.[0];
    if (reason) counts[reason] = (counts[reason] ?? 0) + 1;
    else unexplained.push([file, seen, ours[i].segments]);
  });
  console.log(`${files.length} messages`, counts);
  assert.deepEqual(unexplained.map(([file]) => file), []);
  assert.ok(counts.same > files.length / 2);
});
