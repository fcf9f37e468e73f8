// What the hospital's systems say, and how to read what the EHR got.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

let files = 0;

/** A message in a file, for a sender. */
export function written(folder, segments) {
  mkdirSync(join(folder, "messages"), { recursive: true });
  const file = join(folder, "messages", `${++files}.hl7`);
  writeFileSync(file, segments.join("\r") + "\r");
  return file;
}

const header = (sender, type, controlId) =>
  `MSH|^~\\&|${sender}|NORTH|IMAGING|HOSP|20261125080000||${type}|${controlId}|P|2.5||||||UNICODE UTF-8`;

export const pid = (mrn, name = "DOE^JANE") => `PID|1||${mrn}^^^HOSP^MR||${name}||19800102|F`;

/** A CT of the patient; everything about it is named after `key`. */
export const order = ({ key, mrn, name, controlId = `C-${key}`, accession = `A-${key}` }) => [
  header("ACMERIS", "ORM^O01", controlId), pid(mrn, name), `ORC|NW|P-${key}|F-${key}||SC||^^^20261125093000`,
  `OBR|1|P-${key}|F-${key}|CT1^CT head^L||||||||||||||${accession}|R-${key}|S-${key}||||CT`];

export const report = ({ key, mrn, name, status, text = "No bleed.", controlId = `${status}-${key}`,
                         accession = `A-${key}` }) => [
  header("REPORTS", "ORU^R01^ORU_R01", controlId), pid(mrn, name),
  `OBR|1|P-${key}|F-${key}|CT1^CT head^L|||20261125093000|||||||||||${accession}||||20261125115900|||${status}`,
  `OBX|1|TX|59776-5^Findings^LN||FINDINGS~${text}~IMPRESSION~${text}||||||${status}`];

export const adt = (event, structure, controlId, ...segments) => [
  header("HIS", `ADT^${event}^${structure}`, controlId), "EVN||20261125080000", ...segments];

/** Fields by "OBR-25"; components are the caller's. The first segment that `picks`. */
export function field(message, path, picks = () => true) {
  const [name, number] = path.split("-");
  const fields = segments(message, name).find(picks);
  return fields?.[name === "MSH" ? Number(number) - 1 : Number(number)] ?? "";
}

export const segments = (message, name) =>
  message.split("\r").map((segment) => segment.split("|")).filter(([first]) => first === name);

/** OBX-5 of the observation with this OBX-3.1. */
export const observation = (message, code) => field(message, "OBX-5", (obx) => obx[3]?.split("^")[0] === code);
