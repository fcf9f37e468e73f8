// A modality and an archive by dcmjs-dimse: storage commitment through the engine, and headers by DCMTK's storescu.
import dimse from "dcmjs-dimse";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { endOf, Engine, siteWith, workFolder } from "./support/engine.mjs";
import { order, written } from "./support/hl7.mjs";
import { worklist } from "./support/modality.mjs";
import { eventually, send } from "./support/peer.mjs";
import { AgreeingScp, freePort } from "./support/scp.mjs";

const { Client, Dataset, Server, constants, requests, responses } = dimse;
const kClass = "1.2.840.10008.1.20.1";
const kInstance = "1.2.840.10008.1.20.1.1";
const kCt = "1.2.840.10008.5.1.4.1.1.2";
const asked = [];
const told = [];
let engine;
let archiveAnswers = (request) => report(request);

class Archive extends AgreeingScp {
  nActionRequest(request, callback) {
    const response = responses.NActionResponse.fromRequest(request);
    response.setStatus(constants.Status.Success);
    callback(response);
    const elements = request.getDataset().getElements();
    asked.push(elements);
    setTimeout(() => archiveAnswers(elements), 200);
  }
}
class Modality extends AgreeingScp {
  nEventReportRequest(request, callback) {
    told.push({ type: request.getEventTypeId(), elements: request.getDataset().getElements() });
    const response = responses.NEventReportResponse.fromRequest(request);
    response.setStatus(constants.Status.Success);
    callback(response);
  }
}

/** The status of the answer to one request of an AE. */
function call(calling, request, elements) {
  return new Promise((resolve, reject) => {
    const client = new Client();
    request.setDataset(new Dataset(elements));
    request.on("response", (response) => resolve(response.getStatus()));
    client.on("networkError", reject);
    client.on("associationRejected", () => reject(new Error("rejected")));
    client.addRequest(request);
    client.send("127.0.0.1", engine.dicom, calling, "PONS");
  });
}

const instances = (count) => Array.from({ length: count }, (_, index) => (
  { ReferencedSOPClassUID: kCt, ReferencedSOPInstanceUID: `1.2.3.4.${index + 1}` }));
const ask = (transaction, calling = "CT1") =>
  call(calling, new requests.NActionRequest(kClass, kInstance, 1),
       { TransactionUID: transaction, ReferencedSOPSequence: instances(2) });
const report = ({ TransactionUID, ReferencedSOPSequence }) =>
  call("ARCHIVE", new requests.NEventReportRequest(kClass, kInstance, 1), { TransactionUID, ReferencedSOPSequence });

const folder = workFolder();
const servers = [];

before(async () => {
  const [archive, modality] = [await freePort(), await freePort()];
  for (const [scp, port] of [[Archive, archive], [Modality, modality]]) {
    const server = new Server(scp);
    server.on("networkError", () => {});
    server.listen(port);
    servers.push(server);
  }
  engine = await Engine.start(folder, {}, siteWith(folder, [
    ["routes/endpoints.yaml", "  viewer:", `  archive:\n    send: dicom://127.0.0.1:${archive}/ARCHIVE\n` +
      `  ct1:\n    send: dicom://127.0.0.1:${modality}/CT1\n\n  viewer:`],
    ["routes/endpoints.yaml", "  CT1: CT\n", "  CT1: {modality: CT, commitment: {from: archive, to: ct1}}\n"],
    ["routes/endpoints.yaml", "  FINDSCU: {}", "  ARCHIVE: {stores: headers}\n  FINDSCU: {}"],
  ]));
});
after(async () => {
  for (const server of servers) server.close();
  await endOf(engine, folder);
});

test("a modality's request goes to the archive, and the archive's word back to the modality", async () => {
  assert.equal(await ask("1.2.3.4.100"), constants.Status.Success);
  await eventually("the modality is told", () => told.length === 1);
  assert.equal(asked[0].TransactionUID, "1.2.3.4.100");
  assert.equal(asked[0].ReferencedSOPSequence.length, 2);
  assert.equal(told[0].type, 1);
  assert.equal(told[0].elements.TransactionUID, "1.2.3.4.100");
  assert.equal(told[0].elements.ReferencedSOPSequence.length, 2);
});

test("an answer to what nobody asked is refused, and tells nobody", async () => {
  const before = told.length;
  assert.equal(await report({ TransactionUID: "1.2.3.4.999", ReferencedSOPSequence: instances(1) }), 0x0115);
  assert.equal(told.length, before);
});

test("what storescu stores of an ordered study makes the study known, once for each object", async () => {
  const [ack] = await send("medplum", engine.port("ris-mllp"), written(folder, order({ key: "kept", mrn: "M-kept" })));
  assert.equal(ack.code, "AA");
  const [item] = await worklist(engine.dicom, "AccessionNumber=A-kept");
  const dump = join(folder, "ct.dump");
  const file = join(folder, "ct.dcm");
  writeFileSync(dump, [
    "(0008,0016) UI =CTImageStorage", "(0008,0018) UI [1.2.3.4.1]", "(0008,0060) CS [CT]", "(0010,0020) LO [M-kept]",
    `(0020,000d) UI [${item.studyUid}]`, "(0020,000e) UI [1.2.3.4.9]", "(7fe0,0010) OW 0\\1\\2\\3", ""].join("\n"));
  const run = promisify(execFile);
  await run("dump2dcm", [dump, file]);
  const store = () => run("storescu", ["-aet", "ARCHIVE", "-aec", "PONS", "127.0.0.1", String(engine.dicom), file]);
  await store();
  const [{ record, action }] = (await engine.newest("dicom")).changes;
  assert.equal(`${record} ${action}`, "study create");
  const count = (await engine.messages()).length;
  await store();
  assert.equal((await engine.messages()).length, count);
  await assert.rejects(run("storescu", ["-aet", "CT2", "-aec", "PONS", "127.0.0.1", String(engine.dicom), file]));
});
