// Orders go in through other people's senders; other people's modalities ask for the worklist.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Engine, endOf, workFolder } from "./support/engine.mjs";
import { ask } from "./support/peer.mjs";

const folder = workFolder();
let engine, mllp, dicom;

before(async () => {
  engine = await Engine.start(folder);
  mllp = engine.port("ris-mllp");
  dicom = engine.dicom;
});
after(() => endOf(engine, folder));

function order(name) {
  const file = join(folder, `${name}.hl7`);
  writeFileSync(file, ["MSH|^~\\&|RIS|NORTH|IMAGING|HOSP|20261124||ORM^O01|C-" + name + "|P|2.5||||||UNICODE UTF-8",
    `PID|1||M-${name}^^^HOSP^MR||MÜLLER^ŁUCJA||19800102|F`,
    `ORC|NW|P-${name}|F-${name}||SC||^^^20261125093000`,
    `OBR|1|P-${name}|F-${name}|CT1^CT head^L||||||||||||||A-${name}|R1|S1||||CT`].join("\r") + "\r");
  return file;
}

/** findscu's output for an accession number, asked as CT1. */
async function worklist(accession, ...keys) {
  const step = "ScheduledProcedureStepSequence[0].";
  const asked = [`AccessionNumber=${accession}`, "PatientName", "PatientID", "StudyInstanceUID", `${step}Modality=CT`,
                 `${step}ScheduledProcedureStepStartDate`, ...keys].flatMap((key) => ["-k", key]);
  const { stdout, stderr } = await promisify(execFile)(
    "findscu", ["-W", "-aet", "CT1", "-aec", "PONS", ...asked, "127.0.0.1", dicom],
    { env: { ...process.env, TCP_NODELAY: "1" } });
  return stdout + stderr;
}

for (const sender of ["medplum", "simple-hl7", "node-hl7-client"]) {
  test(`an order by ${sender} is acknowledged and on the worklist`, async () => {
    const name = sender.slice(0, 10);  // an accession number has at most 16 characters
    const [ack] = await ask(`senders/${sender}.mjs`, "127.0.0.1", mllp, order(name));
    assert.deepEqual([ack.code, ack.text], ["AA", ""]);
    assert.equal(ack.control_id, `C-${name}`);
    const answers = await worklist(`A-${name}`);
    assert.match(answers, /Find Response: 1 \(Pending\)/);
    assert.doesNotMatch(answers, /Find Response: 2/);
    assert.match(answers, /\(0020,000d\) UI \[2\.25\./);
    assert.match(answers, /\[20261125\]/);
  });
}

test("a modality that says no character set gets every character, as UTF-8", async () => {
  await ask("senders/medplum.mjs", "127.0.0.1", mllp, order("names"));
  const answers = await worklist("A-names");
  assert.match(answers, /ISO_IR 192/);
  assert.match(answers, /MÜLLER\^ŁUCJA/);
});

test("echoscu is answered, a stranger is not", async () => {
  const echo = (title) => promisify(execFile)("echoscu", ["-aet", title, "-aec", "PONS", "127.0.0.1", dicom]);
  await echo("MR1");
  await assert.rejects(echo("STRANGER"));
});

test("a message of a type that nobody takes reads AR", async () => {
  const file = join(folder, "adt.hl7");
  writeFileSync(file, "MSH|^~\\&|HIS|NORTH|IMAGING|HOSP|20261124||ADT^A01|C-adt|P|2.5\rPID|1||M1^^^HOSP^MR\r");
  const [ack] = await ask("senders/medplum.mjs", "127.0.0.1", mllp, file);
  assert.equal(ack.code, "AR");
});
