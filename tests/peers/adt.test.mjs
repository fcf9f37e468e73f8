// The HIS says who people are: names, merges, and merges that are none.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Engine, endOf, noImages, quickWaits, siteWith, workFolder } from "./support/engine.mjs";
import { adt, field, order, pid, report, written } from "./support/hl7.mjs";
import { worklist } from "./support/modality.mjs";
import { eventually, send, startPeer } from "./support/peer.mjs";

const folder = workFolder();
let engine, ehr;

before(async () => {
  ehr = await startPeer("receivers/medplum.mjs", join(folder, "ehr.jsonl"));
  engine = await Engine.start(folder, { EHR_PORT: String(ehr.port) }, siteWith(folder, [...quickWaits, noImages]));
});
after(async () => {
  await ehr?.stop();
  await endOf(engine, folder);
});

const said = async (endpoint, segments, sender = "medplum") =>
  (await send(sender, engine.port(endpoint), written(folder, segments)))[0];

async function ordered(key, mrn) {
  assert.equal((await said("ris-mllp", order({ key, mrn }))).code, "AA");
}

const accessions = async (mrn) =>
  (await worklist(engine.dicom, `PatientID=${mrn}`)).map(({ accession }) => accession).sort();

test("a registration and a new name: the next C-FIND shows the new name", async () => {
  assert.equal((await said("his-mllp", adt("A04", "ADT_A01", "reg", pid("M1", "DOE^JANE")))).code, "AA");
  await ordered("renamed", "M1");
  assert.equal((await worklist(engine.dicom, "PatientID=M1"))[0].name, "DOE^JANE");
  const [ack] = await send("node-hl7-client", engine.port("his-mllp"),
                           written(folder, adt("A08", "ADT_A01", "new-name", pid("M1", "MÜLLER^JANE"))));
  assert.equal(ack.code, "AA");
  assert.equal((await worklist(engine.dicom, "PatientID=M1"))[0].name, "MÜLLER^JANE");
});

test("one A40 with two pairs moves both patients' steps to the ones who stay", async () => {
  for (const mrn of ["K1", "K2", "R1", "R2"]) await ordered(`of-${mrn}`, mrn);
  const pairs = [pid("K1"), "MRG|R1^^^HOSP^MR", pid("K2"), "MRG|R2^^^HOSP^MR"];
  const ack = await said("his-mllp", adt("A40", "ADT_A39", "two-pairs", ...pairs));
  assert.equal(ack.code, "AA");
  assert.deepEqual(await accessions("K1"), ["A-of-K1", "A-of-R1"]);
  assert.deepEqual(await accessions("K2"), ["A-of-K2", "A-of-R2"]);
  assert.deepEqual(await accessions("R1"), []);
  assert.deepEqual(await accessions("R2"), []);
});

test("a report that arrives for the retired number leaves with the survivor's", async () => {
  const ack = await said("reporting-mllp", report({ key: "of-R1", mrn: "R1", status: "F" }), "simple-hl7");
  assert.equal(ack.code, "AA");
  const message = await eventually("the report at the EHR", () =>
    ehr.log().map((line) => line.message).find((text) => field(text, "OBR-18") === "A-of-R1"));
  assert.equal(field(message, "PID-3"), "K1^^^HOSP^MR");
  assert.equal(field(message, "OBR-25"), "F");
});

test("a merge of a patient with himself reads AE and changes nothing", async () => {
  await ordered("alone", "S1");
  const ack = await said("his-mllp", adt("A40", "ADT_A39", "with-self", pid("S1", "OTHER^NAME"), "MRG|S1^^^HOSP^MR"));
  assert.equal(ack.code, "AE");
  assert.match(ack.message, /a merge names two different patients/);
  assert.deepEqual((await engine.newest("his-mllp")).changes, []);
  assert.deepEqual((await worklist(engine.dicom, "PatientID=S1")).map(({ name }) => name), ["DOE^JANE"]);
});

test("a merge without MRG reads AE and changes nothing", async () => {
  const ack = await said("his-mllp", adt("A40", "ADT_A39", "no-mrg", pid("S1", "OTHER^NAME")));
  assert.equal(ack.code, "AE");
  assert.match(ack.message, /MRG/);
  assert.deepEqual((await engine.newest("his-mllp")).changes, []);
  assert.deepEqual(await accessions("S1"), ["A-alone"]);
});

test("a bad pair in an A40 undoes the good one before it", async () => {
  await ordered("of-K3", "K3");
  await ordered("of-R3", "R3");
  const pairs = [pid("K3"), "MRG|R3^^^HOSP^MR", pid("S1"), "MRG|S1^^^HOSP^MR"];
  const ack = await said("his-mllp", adt("A40", "ADT_A39", "half-bad", ...pairs));
  assert.equal(ack.code, "AE");
  assert.deepEqual(await accessions("K3"), ["A-of-K3"]);
  assert.deepEqual(await accessions("R3"), ["A-of-R3"]);
});
