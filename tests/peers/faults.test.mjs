// An EHR that is down, refuses, answers for another message, or says nothing: other patients' results go on, and each
// patient's own arrive once and in order.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Engine, endOf, noImages, quickWaits, siteWith, workFolder } from "./support/engine.mjs";
import { FaultyEhr } from "./support/faulty-ehr.mjs";
import { field, order, report, written } from "./support/hl7.mjs";
import { freePort } from "./support/listener.mjs";
import { eventually, send, startPeer } from "./support/peer.mjs";

const kWaits = [...quickWaits, noImages];
const ofPatient = (messages, mrn) => messages.filter((message) => field(message, "PID-3").startsWith(`${mrn}^`));
const statuses = (messages) => messages.map((message) => field(message, "OBR-25"));

const deliveriesOf = ({ parcels }) => parcels.filter(({ endpoint }) => endpoint === "ehr-mllp");

async function ordered(engine, folder, ...keys) {
  const acks = await send("medplum", engine.port("ris-mllp"),
                          ...keys.map((key) => written(folder, order({ key, mrn: `M-${key}` }))));
  assert.deepEqual(acks.map(({ code }) => code), keys.map(() => "AA"));
}

async function reported(engine, folder, ...reports) {
  const files = reports.map(([key, status]) => written(folder, report({ key, mrn: `M-${key}`, status })));
  const acks = await send("medplum", engine.port("reporting-mllp"), ...files);
  assert.deepEqual(acks.map(({ code }) => code), reports.map(() => "AA"));
}

describe("an EHR that is down", () => {
  const folder = workFolder();
  let engine, ehr;
  after(async () => {
    await ehr?.stop();
    await endOf(engine, folder);
  });

  test("gets everything once and in order per patient when it comes back, and again after a second fall", async () => {
    const port = await freePort(), log = join(folder, "ehr.jsonl");
    const arrived = (count) => eventually(`${count} messages at the EHR`, () => {
      const messages = ehr.log().map(({ message }) => message);
      return messages.length >= count && messages;
    });
    engine = await Engine.start(folder, { EHR_PORT: String(port) }, siteWith(folder, kWaits));
    await ordered(engine, folder, "a", "b", "c");
    await reported(engine, folder, ["a", "P"], ["b", "P"], ["a", "F"], ["c", "F"], ["b", "F"]);
    const [first] = (await engine.messages()).filter(({ inlet }) => inlet === "reporting-mllp");
    await eventually("an attempt that found nobody", async () =>
      deliveriesOf(await engine.trace(first.message)).some(({ attempts }) => attempts.length > 1));
    ehr = await startPeer("receivers/medplum.mjs", log, port);
    await arrived(5);
    await ehr.stop();
    await reported(engine, folder, ["a", "C"], ["c", "C"]);
    ehr = await startPeer("receivers/medplum.mjs", log, port);
    const messages = await arrived(7);
    assert.deepEqual(statuses(ofPatient(messages, "M-a")), ["P", "F", "C"]);
    assert.deepEqual(statuses(ofPatient(messages, "M-b")), ["P", "F"]);
    assert.deepEqual(statuses(ofPatient(messages, "M-c")), ["F", "C"]);
    assert.equal(messages.length, 7);
  });
});

describe("an EHR that answers strangely", () => {
  const folder = workFolder();
  let engine, ehr;

  before(async () => {
    ehr = await new FaultyEhr().listen();
    engine = await Engine.start(folder, { EHR_PORT: String(ehr.port) }, siteWith(folder, kWaits));
  });
  after(async () => {
    await ehr?.close();
    await endOf(engine, folder);
  });

  /** What the EHR took over: it answered AA for this very message. */
  const takenOver = (mrn) =>
    ofPatient(ehr.received.filter(({ verdict }) => verdict === "AA").map(({ message }) => message), mrn);

  for (const fault of ["wrong id", "nothing"]) {
    test(`${fault} in answer to one patient: others go on, and his arrive in order when it is over`, async () => {
      const ill = `ill-${fault[0]}`, well = `well-${fault[0]}`;
      ehr.decide = (message) => (field(message, "PID-3").startsWith(`M-${ill}^`) ? fault : "AA");
      await ordered(engine, folder, ill, well);
      await reported(engine, folder, [ill, "P"], [ill, "F"], [well, "P"], [well, "F"]);
      await eventually("the other patient's results", () => takenOver(`M-${well}`).length >= 2);
      const tries = ofPatient(ehr.received.map(({ message }) => message), `M-${ill}`);
      assert.ok(tries.length > 0);
      assert.deepEqual([...new Set(statuses(tries))], ["P"], "the final report waits for the preliminary one");
      ehr.decide = () => "AA";
      await eventually("his results", () => takenOver(`M-${ill}`).length >= 2);
      assert.deepEqual(statuses(takenOver(`M-${ill}`)), ["P", "F"]);
      assert.deepEqual(statuses(takenOver(`M-${well}`)), ["P", "F"]);
      const preliminary = ofPatient(ehr.received.map(({ message }) => message), `M-${ill}`)
        .filter((message) => field(message, "OBR-25") === "P");
      assert.equal(new Set(preliminary).size, 1, "each attempt carries the same bytes, so that the EHR can tell");
    });
  }

  test("AE parks that one message, pons trace shows it, and the patient's next one goes on", async () => {
    ehr.decide = (message) => (field(message, "OBR-18") === "A-bad" && field(message, "OBR-25") === "P" ? "AE" : "AA");
    await ordered(engine, folder, "bad", "good");
    await reported(engine, folder, ["bad", "P"]);
    const parked = await eventually("the delivery is parked", async () =>
      deliveriesOf(await engine.newest("reporting-mllp")).find(({ state }) => state === "parked"));
    assert.deepEqual(parked.attempts.map(({ outcome }) => outcome), ["refused"]);
    await reported(engine, folder, ["good", "F"], ["bad", "F"]);
    await eventually("the next ones", () => takenOver("M-good").length >= 1 && takenOver("M-bad").length >= 1);
    assert.deepEqual(statuses(takenOver("M-bad")), ["F"]);
    assert.deepEqual(statuses(takenOver("M-good")), ["F"]);
  });
});
