// From the order to the corrected report: a modality and an EHR that we did not write, one round for each kind of EHR.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Engine, endOf, quickWaits, siteWith, workFolder } from "./support/engine.mjs";
import { field, observation, order, report, segments, written } from "./support/hl7.mjs";
import { freePort } from "./support/listener.mjs";
import { perform, procedureOf, worklist } from "./support/modality.mjs";
import { eventually, send, startPeer } from "./support/peer.mjs";

const folder = workFolder();
let engine, ehrPort;

before(async () => {
  ehrPort = await freePort();
  const settings = { EHR_PORT: String(ehrPort), VIEWER_URL: "http://viewer.example/{StudyInstanceUID}" };
  engine = await Engine.start(folder, settings, siteWith(folder, quickWaits));
});
after(() => endOf(engine, folder));

for (const server of ["medplum", "simple-hl7", "node-hl7-server", "hl7v2-net"]) {
  describe(`an EHR on ${server}`, () => {
    const key = server.slice(0, 10);  // an accession number has at most 16 characters
    const mrn = `M-${server}`;
    let ehr, item;

    const all = () => ehr.log().map(({ message }) => message.replace(/\r?\n/g, "\r"));
    // node-hl7-server 2.5.0 never empties its buffer: with each message of a connection it handles earlier ones again.
    const received = () => (server === "node-hl7-server" ? [...new Set(all())] : all());
    const arrived = (count) =>
      eventually(`${count} messages at the EHR`, () => received().length >= count && received());
    const reported = async (status, more = {}) => {
      const [ack] = await send("simple-hl7", engine.port("reporting-mllp"),
                               written(folder, report({ key, mrn, status, ...more })));
      assert.equal(ack.code, "AA");
    };

    before(async () => (ehr = await startPeer(`receivers/${server}.mjs`, join(folder, `${server}.jsonl`), ehrPort)));
    after(() => ehr.stop());

    test("the order is on the worklist", async () => {
      const [ack] = await send("medplum", engine.port("ris-mllp"), written(folder, order({ key, mrn })));
      assert.deepEqual([ack.code, ack.text], ["AA", ""]);
      const items = await worklist(engine.dicom, `AccessionNumber=A-${key}`);
      assert.equal(items.length, 1);
      [item] = items;
      assert.equal(item.patientId, mrn);
    });

    test("the examination is performed, and the EHR hears of the study", async () => {
      const answers = await perform(engine.dicom, procedureOf(item));
      assert.deepEqual(answers.map(({ request, status }) => `${request} ${status}`), ["N-CREATE 0000", "N-SET 0000"]);
      assert.deepEqual(await worklist(engine.dicom, `AccessionNumber=A-${key}`), [], "it has left the worklist");
      const [status] = await arrived(1);
      assert.equal(field(status, "MSH-9"), "ORU^R01^ORU_R01");
      assert.equal(field(status, "OBR-18"), `A-${key}`);
      assert.equal(field(status, "OBR-25"), "I");
      assert.equal(observation(status, "113014"), item.studyUid);
    });

    test("the preliminary and the final report arrive in order, with study, viewer and image display", async () => {
      await reported("P", { text: "Bleed?" });
      await reported("F");
      const [, preliminary, final] = await arrived(3);
      assert.deepEqual([preliminary, final].map((each) => field(each, "OBR-25")), ["P", "F"]);
      for (const message of [preliminary, final]) {
        assert.equal(field(message, "PID-3"), `${mrn}^^^HOSP^MR`);
        assert.equal(observation(message, "113014"), item.studyUid);
        assert.match(observation(message, "VIEWER"), new RegExp(`^http://viewer\\.example/${item.studyUid}\\^`));
        assert.match(observation(message, "IID"), /IHEInvokeImageDisplay\?requestType=STUDY/);
        assert.ok(observation(message, "IID").includes(`studyUID=${item.studyUid}^`));
        assert.deepEqual(segments(message, "OBX").map((obx) => obx[1]), ["1", "2", "3", "4"]);
      }
      assert.match(observation(preliminary, "59776-5"), /Bleed\?/);
    });

    test("a preliminary after the final does not leave; a correction leaves as C", async () => {
      await reported("P", { controlId: `late-${key}` });
      await reported("C", { text: "Small bleed." });
      const [, , , correction] = await arrived(4);
      assert.equal(field(correction, "OBR-25"), "C");
      assert.match(observation(correction, "59776-5"), /Small bleed\./);
      assert.equal(received().length, 4);
      const controlIds = received().map((message) => field(message, "MSH-10"));
      assert.equal(new Set(controlIds).size, 4, "nothing came twice");
      const sent = await eventually("the delivery is settled", async () => {
        const { parcels } = await engine.newest("reporting-mllp");
        return parcels.find(({ endpoint, attempts }) => endpoint === "ehr-mllp" && attempts.length > 0);
      });
      assert.deepEqual(sent.attempts.map(({ outcome }) => outcome), ["delivered"]);
    });
  });
}

test("a report that is there before the images waits for them, and leaves with their link", async () => {
  const key = "early", mrn = "M-early";
  const ehr = await startPeer("receivers/medplum.mjs", join(folder, "early.jsonl"), ehrPort);
  try {
    const [ordered] = await send("medplum", engine.port("ris-mllp"), written(folder, order({ key, mrn })));
    const [reported] = await send("simple-hl7", engine.port("reporting-mllp"),
                                  written(folder, report({ key, mrn, status: "F" })));
    assert.deepEqual([ordered.code, reported.code], ["AA", "AA"]);
    assert.equal((await engine.newest("reporting-mllp")).outcome, "waiting");
    assert.deepEqual(ehr.log(), []);

    const [item] = await worklist(engine.dicom, `AccessionNumber=A-${key}`);
    await perform(engine.dicom, procedureOf(item));
    const [status, final] = await eventually("two messages at the EHR", () => ehr.log().length >= 2 && ehr.log());
    assert.deepEqual([status, final].map(({ message }) => field(message, "OBR-25")), ["I", "F"]);
    assert.equal(observation(final.message, "113014"), item.studyUid);
    assert.equal((await engine.newest("reporting-mllp")).outcome, "done");
  } finally {
    ehr.stop();
  }
});
