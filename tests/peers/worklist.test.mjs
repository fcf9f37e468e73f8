// Modalities with habits: each AE is answered as the site's `stations:` say.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Engine, endOf, siteWith, workFolder } from "./support/engine.mjs";
import { ask } from "./support/peer.mjs";

const kStep = "ScheduledProcedureStepSequence[0].";
const folder = workFolder();
let engine;

before(async () => {
  const site = siteWith(folder, [
    ["routes/endpoints.yaml", "  CT2: CT\n", "  CT2: {modality: CT, charset: ISO_IR 100, unsupported_keys: FF00}\n"],
    ["routes/endpoints.yaml", "  MR1: MR\n", "  MR1: {modality: MR, station: caller}\n"],
    ["routes/endpoints.yaml", "  US1: US\n", "  US1: {modality: US, sees: {modality: [US, MR]}}\n"],
  ]);
  engine = await Engine.start(folder, {}, site);
  for (const [number, section] of [["1", "CT"], ["2", "MRI"]]) {
    const file = join(folder, `${number}.hl7`);
    writeFileSync(file, [`MSH|^~\\&|RIS|NORTH|IMAGING|HOSP|20261124||ORM^O01|C${number}|P|2.5||||||UNICODE UTF-8`,
      `PID|1||M${number}^^^HOSP^MR||MÜLLER^JÖRG||19800102|M`,
      `PV1|1|O||||||^HOUSE^GREGORY`,
      `ORC|NW|P${number}|F${number}||SC||^^^202611250930`,
      `OBR|1|P${number}|F${number}|X${number}^Head^L||||||||||||||A${number}|R${number}|S${number}||||${section}`,
      ""].join("\r"));
    const [ack] = await ask("senders/medplum.mjs", "127.0.0.1", engine.port("ris-mllp"), file);
    assert.deepEqual([ack.code, ack.text], ["AA", ""]);
  }
});
after(() => endOf(engine, folder));

/** findscu's output, byte by byte as Latin-1. */
async function asked(title, ...keys) {
  const all = ["AccessionNumber", "PatientName", ...keys].flatMap((key) => ["-k", key]);
  const { stdout, stderr } = await promisify(execFile)(
    "findscu", ["-v", "-W", "-aet", title, "-aec", "PONS", ...all, "127.0.0.1", String(engine.dicom)],
    { env: { ...process.env, TCP_NODELAY: "1" }, encoding: "latin1" });
  return stdout + stderr;
}

/** The accession numbers in the answers. */
async function found(title, ...keys) {
  const [, ...answers] = (await asked(title, ...keys)).split(/Find Response: \d+/);  // the request is shown before
  return [...answers.join().matchAll(/\(0008,0050\) SH \[(A\d)/g)].map(([, accession]) => accession).sort();
}

test("both orders are on everybody's worklist", async () => {
  assert.deepEqual(await found("CT1"), ["A1", "A2"]);
});

test("a station's answers come in its character set", async () => {
  const answers = await asked("CT2", "PatientID=M1");
  assert.match(answers, /ISO_IR 100/);
  assert.match(answers, /M\xdcLLER\^J\xd6RG/);
  assert.match(await asked("CT1", "PatientID=M1"), /ISO_IR 192/);
});

test("a station that stops at FF01 reads FF00", async () => {
  assert.match(await asked("CT1", "PatientAge=046Y"), /Warning/);
  assert.doesNotMatch(await asked("CT2", "PatientAge=046Y"), /Warning/);
});

test("a station that names none gets its own steps", async () => {
  assert.deepEqual(await found("MR1", `${kStep}ScheduledStationAETitle`), ["A2"]);
  assert.deepEqual(await found("MR1", `${kStep}ScheduledStationAETitle=*`), ["A1", "A2"]);
});

test("a station sees what it may see", async () => {
  assert.deepEqual(await found("US1"), ["A2"]);
  assert.deepEqual(await found("US1", "AccessionNumber=A1"), []);
});

test("names are found without accents and trailing carets, codes in lower case", async () => {
  assert.deepEqual(await found("CT1", "PatientName=muller^jorg^^^", `${kStep}Modality=ct`), ["A1"]);
  assert.deepEqual(await found("CT1", "PatientName=M*", `${kStep}Modality=MR`), ["A2"]);
});

test("keys that the step's item holds are matched", async () => {
  assert.deepEqual(await found("CT1", "ReferringPhysicianName=HOUSE^*", "PatientBirthDate=-19800102"), ["A1", "A2"]);
  assert.deepEqual(await found("CT1", "RequestedProcedureCodeSequence[0].CodeValue=X2"), ["A2"]);
  assert.deepEqual(await found("CT1", "FillerOrderNumberImagingServiceRequest=F1"), ["A1"]);
});

test("a step's time is found in any precision", async () => {
  for (const time of ["0930", "093000", "0900-1000", "-0930"])
    assert.deepEqual(await found("CT1", `${kStep}ScheduledProcedureStepStartDate=20261125`,
                                 `${kStep}ScheduledProcedureStepStartTime=${time}`), ["A1", "A2"], time);
  assert.deepEqual(await found("CT1", `${kStep}ScheduledProcedureStepStartTime=0931`), []);
});

test("dcmjs-dimse, which sends an empty pregnancy status as 0, finds its patient", async () => {
  const answers = await ask("find.mjs", "127.0.0.1", String(engine.dicom),
                            JSON.stringify({ keys: { PatientID: "M1", PatientName: "Muller^*" } }));
  assert.deepEqual(answers.map(({ status }) => status), ["FF00", "0000"]);
  assert.equal(answers[0].item.AccessionNumber, "A1");
});
