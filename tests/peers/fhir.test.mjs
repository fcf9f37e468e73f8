// Reports and studies as FHIR, at a server that refuses what a validator objects to and takes a transaction whole or
// not at all.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Engine, endOf, quickWaits, siteWith, workFolder } from "./support/engine.mjs";
import { order, report, written } from "./support/hl7.mjs";
import { perform, procedureOf, worklist } from "./support/modality.mjs";
import { eventually, send, startPeer } from "./support/peer.mjs";

const folder = workFolder();
let engine, server, base;

before(async () => {
  server = await startPeer("fhir-server.mjs", join(folder, "fhir.jsonl"));
  base = `http://127.0.0.1:${server.port}`;
  engine = await Engine.start(folder, { EHR_FHIR_URL: `${base}/fhir` }, siteWith(folder, quickWaits));
});
after(async () => {
  await server?.stop();
  await endOf(engine, folder);
});

const transactions = () => server.log().filter(({ method, body }) => method === "POST" && body?.type === "transaction");
const taken = () => transactions().filter(({ status }) => status < 300).length;
const takenOver = (count) => eventually(`${count} transactions taken over`, () => taken() >= count);

const stored = async (type) =>
  ((await (await fetch(`${base}/fhir/${type}?_count=1000`)).json()).entry ?? []).map(({ resource }) => resource);

/** Those whose identifiers hold a value. */
const having = async (type, value) =>
  (await stored(type)).filter(({ identifier }) => identifier.some((each) => each.value === value));

const faults = (...list) => fetch(`${base}/faults`, { method: "POST", body: JSON.stringify(list) });

async function ordered(key, more = {}) {
  const file = written(folder, order({ key, mrn: `M-${key}`, ...more }));
  const [ack] = await send("medplum", engine.port("ris-mllp"), file);
  assert.equal(ack.code, "AA");
}

/** CT1 performs what was ordered under the accession; the ImagingStudy is at the server. */
async function performed(accession) {
  const before = taken();
  const [item] = await worklist(engine.dicom, `AccessionNumber=${accession}`);
  await perform(engine.dicom, procedureOf(item));
  await takenOver(before + 1);
  return item;
}

async function reported(key, more = {}) {
  const [ack] = await send("simple-hl7", engine.port("reporting-mllp"),
                           written(folder, report({ key, mrn: `M-${key}`, status: "F", ...more })));
  assert.equal(ack.code, "AA");
}

const deliveries = async () =>
  (await engine.newest("reporting-mllp")).parcels.filter(({ endpoint }) => endpoint === "ehr-fhir");

test("the server refuses what its validators object to", async () => {
  const answer = await fetch(`${base}/fhir/DiagnosticReport`, {
    method: "POST", body: JSON.stringify({ resourceType: "DiagnosticReport", code: { text: "no status" } }) });
  assert.equal(answer.status, 422);
});

test("study, patient, order and report arrive in transactions, and no validator objects", async () => {
  await ordered("first");
  const item = await performed("A-first");
  await reported("first");
  await takenOver(2);
  const [study] = await having("ImagingStudy", `urn:oid:${item.studyUid}`);
  const [patient] = await having("Patient", "M-first");
  const [request] = await having("ServiceRequest", "F-first");
  const [final] = await having("DiagnosticReport", "F-first");
  assert.equal(study.numberOfInstances, 2);
  assert.deepEqual(patient.name, [{ family: "DOE", given: ["JANE"] }]);
  assert.equal(final.status, "final");
  for (const each of [study, final, request]) assert.equal(each.subject.reference, `Patient/${patient.id}`);
  assert.deepEqual(final.basedOn.map(({ reference }) => reference), [`ServiceRequest/${request.id}`]);
  assert.equal(final.imagingStudy[0].identifier.value, `urn:oid:${item.studyUid}`);
  assert.deepEqual(transactions().filter(({ status }) => status >= 400), []);
});

test("the same report under a new control id updates and makes no second one", async () => {
  const before = taken();
  await reported("first", { controlId: "again", text: "No bleed at all." });
  await takenOver(before + 1);
  const reports = await having("DiagnosticReport", "F-first");
  assert.equal(reports.length, 1);
  assert.equal(reports[0].conclusion, "No bleed at all.");
  assert.equal((await having("ServiceRequest", "F-first")).length, 1);
  assert.equal((await having("Patient", "M-first")).length, 1);
});

test("two reports under one accession number stay two", async () => {
  const shared = { mrn: "M-both", accession: "A-both" };
  await ordered("both-a", shared);
  await ordered("both-b", shared);
  const before = taken() + 1;
  await performed("A-both");
  await reported("both-a", { ...shared, text: "Head." });
  await reported("both-b", { ...shared, text: "Neck." });
  await takenOver(before + 2);
  const reports = await having("DiagnosticReport", "A-both");
  assert.deepEqual(reports.map(({ conclusion }) => conclusion).sort(), ["Head.", "Neck."]);
  assert.equal((await having("Patient", "M-both")).length, 1);
});

test("a server that fails, and then drops the connection after its commit, ends with one resource each", async () => {
  await ordered("flaky");
  await performed("A-flaky");
  const before = transactions().length;
  await faults(503, "drop");
  await reported("flaky");
  const tried = await eventually("three attempts", () =>
    transactions().length >= before + 3 && transactions().slice(before));
  assert.deepEqual(tried.map(({ status, dropped = false }) => [status, dropped]),
                   [[503, false], [200, true], [200, false]]);
  assert.deepEqual(tried[1].body, tried[0].body);
  assert.deepEqual(tried[2].body, tried[0].body);
  for (const type of ["DiagnosticReport", "ServiceRequest"]) assert.equal((await having(type, "F-flaky")).length, 1);
  assert.equal((await having("Patient", "M-flaky")).length, 1);
  const delivery = await eventually("the delivery is settled", async () =>
    (await deliveries()).find(({ state }) => state === "delivered"));
  assert.deepEqual(delivery.attempts.map(({ outcome }) => outcome), ["unavailable", "unknown", "delivered"]);
});

test("422 parks the delivery, pons trace shows it, and others go on", async () => {
  await ordered("refused");
  await performed("A-refused");
  await faults(422);
  await reported("refused");
  const parked = await eventually("the delivery is parked", async () =>
    (await deliveries()).find(({ state }) => state === "parked"));
  assert.deepEqual(parked.attempts.map(({ outcome }) => outcome), ["refused"]);
  assert.match(parked.attempts[0].text, /^HTTP 422/);
  assert.deepEqual(await having("DiagnosticReport", "F-refused"), []);
  const before = taken();
  await reported("first", { controlId: "after-422" });
  await takenOver(before + 1);
});
