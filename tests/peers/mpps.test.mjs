// A modality by dcmjs-dimse says things that it should not, or that nobody expects.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { endOf, Engine, siteWith, workFolder } from "./support/engine.mjs";
import { order, written } from "./support/hl7.mjs";
import { perform, procedureOf, worklist } from "./support/modality.mjs";
import { send } from "./support/peer.mjs";

const folder = workFolder();
let engine;

before(async () => (engine = await Engine.start(folder, {}, siteWith(folder, [
  ["routes/endpoints.yaml", "  CT2: CT\n", "  CT2: {modality: CT, mpps: strict}\n"],
]))));
after(() => endOf(engine, folder));

/** What mpps.mjs is told about an examination that was ordered. */
async function ordered(key) {
  const [ack] = await send("medplum", engine.port("ris-mllp"), written(folder, order({ key, mrn: `M-${key}` })));
  assert.equal(ack.code, "AA");
  const [item] = await worklist(engine.dicom, `AccessionNumber=A-${key}`);
  return procedureOf(item, { uid: `1.2.826.0.1.3680043.9.${Date.now()}` });
}

const statuses = (answers) => answers.map(({ request, status }) => `${request} ${status}`);

test("a step that nobody scheduled is accepted, and raises a question", async () => {
  const procedure = { study_uid: "1.2.3.4.5", step: "S-walk-in", patient_id: "M-walk-in", then: null };
  const answers = await perform(engine.dicom, procedure);
  assert.deepEqual(statuses(answers), ["N-CREATE 0000"]);
  const trace = await engine.newest("dicom");
  const questions = trace.questions.map(({ text }) => text);
  assert.equal(questions.length, 1);
  assert.match(questions[0], /S-walk-in/);
});

test("an N-SET after COMPLETED is 0110H and says why", async () => {
  const procedure = await ordered("ended");
  assert.deepEqual(statuses(await perform(engine.dicom, procedure)), ["N-CREATE 0000", "N-SET 0000"]);
  const [again] = await perform(engine.dicom, { ...procedure, create: false, then: "DISCONTINUED" });
  assert.equal(again.status, "0110");
  assert.match(again.comment, /may no longer be updated/);
});

test("a second N-CREATE with the same UID is 0111H and changes nothing", async () => {
  const procedure = { ...(await ordered("twice")), then: null };
  assert.deepEqual(statuses(await perform(engine.dicom, procedure)), ["N-CREATE 0000"]);
  assert.deepEqual(statuses(await perform(engine.dicom, { ...procedure, performed_step: "PPS2" })), ["N-CREATE 0111"]);
  assert.deepEqual((await engine.newest("dicom")).changes, []);
});

test("an N-SET for a UID that nobody created is 0112H", async () => {
  const answers = await perform(engine.dicom, { uid: "1.2.3.4.5.6.7", create: false });
  assert.deepEqual(statuses(answers), ["N-SET 0112"]);
});

test("an N-CREATE without UID gets one, by which it can be ended", async () => {
  const procedure = await ordered("unnamed");
  const [created] = await perform(engine.dicom, { ...procedure, uid: "", then: null });
  assert.equal(created.status, "0000");
  assert.match(created.uid, /^2\.25\.\d+$/);
  const ended = await perform(engine.dicom, { ...procedure, uid: created.uid, create: false });
  assert.deepEqual(statuses(ended), ["N-SET 0000"]);
});

test("a station that must keep the standard reads what its N-CREATE lacks, and another one is taken at its word", async () => {
  const sloppy = { ...(await ordered("sloppy")), without: ["PerformedStationAETitle", "StudyID"], then: null };
  const [refused] = await perform(engine.dicom, { ...sloppy, calling: "CT2" });
  assert.equal(refused.status, "0120");
  assert.match(refused.comment, /: StudyID and 1 more$/);
  assert.deepEqual((await engine.newest("dicom")).changes, []);
  assert.deepEqual(statuses(await perform(engine.dicom, sloppy)), ["N-CREATE 0000"]);
  assert.match(JSON.stringify((await engine.newest("dicom")).decided), /PerformedStationAETitle is missing/);
});

test("an N-SET with what it may not change is 0107H, or 0105H where the standard must be kept", async () => {
  const procedure = { ...(await ordered("moved")), also_set: { PatientID: "M-other" } };
  assert.deepEqual(statuses(await perform(engine.dicom, procedure)), ["N-CREATE 0000", "N-SET 0107"]);
  const strict = { ...(await ordered("kept")), calling: "CT2", also_set: { PatientID: "M-other" } };
  assert.deepEqual(statuses(await perform(engine.dicom, strict)), ["N-CREATE 0000", "N-SET 0105"]);
  assert.deepEqual(statuses(await perform(engine.dicom, { ...strict, create: false, also_set: {} })), ["N-SET 0000"]);
});

test("a performed step is given back as it has become", async () => {
  const answers = await perform(engine.dicom, { ...(await ordered("asked")), get: true });
  assert.deepEqual(statuses(answers), ["N-CREATE 0000", "N-SET 0000", "N-GET 0000"]);
  const { elements } = answers[2];
  assert.equal(elements.PerformedProcedureStepStatus, "COMPLETED");
  assert.equal(elements.PatientID, "M-asked");
  assert.equal(elements.PerformedSeriesSequence[0].ReferencedImageSequence.length, 2);
  assert.deepEqual(statuses(await perform(engine.dicom, { uid: "1.2.3.4", create: false, then: null, get: true })),
                   ["N-GET 0112"]);
});

test("an archive's notification says where the images are, and the same again does nothing", async () => {
  const procedure = { ...(await ordered("stored")), series_uid: "1.2.3.4.5.77", create: false, then: null,
                      notify: "ONLINE" };
  assert.deepEqual(statuses(await perform(engine.dicom, procedure)), ["N-CREATE 0000"]);
  const [{ record, action }] = (await engine.newest("dicom")).changes;
  assert.equal(`${record} ${action}`, "study create");
  const before = (await engine.messages()).length;
  assert.deepEqual(statuses(await perform(engine.dicom, procedure)), ["N-CREATE 0000"]);
  assert.equal((await engine.messages()).length, before);
});
