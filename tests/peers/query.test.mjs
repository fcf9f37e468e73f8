// `pons find` asks: the engine's own worklist, DCMTK's archive and worklist, and an archive by dcmjs-dimse that refuses.
import dimse from "dcmjs-dimse";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { endOf, Engine, siteWith, workFolder } from "./support/engine.mjs";
import { order, written } from "./support/hl7.mjs";
import { eventually, Program, send } from "./support/peer.mjs";
import { AgreeingScp, freePort } from "./support/scp.mjs";

const { Dataset, Server, constants, responses } = dimse;
const run = promisify(execFile);
const pons = process.env.PONS ?? join(import.meta.dirname, "../../build/release/pons");
const folder = workFolder();
const site = join(folder, "site");
const programs = [];
const patients = { PAT1: "Müller^Jörg", PAT2: "Doe^Jane" };
let engine;
let archive;
let wlm;
let refusing;

/** A program that says nothing when it listens. */
async function started(port, command, args) {
  programs.push(new Program(command, args));
  const listens = () => new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket.destroy()));
    socket.on("error", () => resolve(false));
  });
  await eventually(`${command} listens`, listens);
  return port;
}

/** DCMTK's archive with two studies, of one and of two series. */
async function startArchive() {
  const port = await freePort();
  const store = join(folder, "store");
  mkdirSync(store);
  const config = join(folder, "dcmqrscp.cfg");
  writeFileSync(config, `NetworkTCPPort = ${port}\nMaxPDUSize = 16384\nMaxAssociations = 16\n` +
    `HostTable BEGIN\nHostTable END\nVendorTable BEGIN\nVendorTable END\n` +
    `AETable BEGIN\nARCHIVE ${store} RW (200, 1024mb) ANY\nAETable END\n`);
  await started(port, "dcmqrscp", ["-c", config, "--check-find", String(port)]);
  const files = [["PAT1", 1], ["PAT2", 1], ["PAT2", 2]].map(([patient, series], index) => {
    const dump = join(folder, `${index}.dump`);
    const study = `1.2.3.${patient.at(-1)}`;
    writeFileSync(dump, [
      "(0008,0005) CS [ISO_IR 100]", "(0008,0016) UI =CTImageStorage", `(0008,0018) UI [${study}.${series}.1]`,
      `(0008,0020) DA [2026112${patient.at(-1)}]`, "(0008,0030) TM [083000]", `(0008,0050) SH [A${patient.at(-1)}]`,
      "(0008,0060) CS [CT]", `(0010,0010) PN [${patients[patient]}]`, `(0010,0020) LO [${patient}]`,
      `(0020,000d) UI [${study}]`, `(0020,000e) UI [${study}.${series}]`, "(0020,0010) SH [1]",
      `(0020,0011) IS [${series}]`, "(0020,0013) IS [1]", ""].join("\n"), "latin1");
    return [dump, join(folder, `${index}.dcm`)];
  });
  for (const [dump, file] of files) await run("dump2dcm", [dump, file]);
  await run("storescu", ["-aec", "ARCHIVE", "127.0.0.1", String(port), ...files.map(([, file]) => file)]);
  return port;
}

/** DCMTK's worklist with five steps of a CT. It goes on after a C-CANCEL. */
async function startWlm() {
  const port = await freePort();
  const items = join(folder, "wlm", "WLM");
  mkdirSync(items, { recursive: true });
  writeFileSync(join(items, "lockfile"), "");
  for (const number of [1, 2, 3, 4, 5]) {
    const dump = join(folder, `w${number}.dump`);
    writeFileSync(dump, [
      `(0008,0050) SH [W${number}]`, "(0010,0010) PN [DOE^JANE]", `(0010,0020) LO [P${number}]`,
      `(0020,000d) UI [1.2.4.${number}]`, "(0032,1060) LO [CT head]", "(0040,0100) SQ", "(fffe,e000) -",
      "(0008,0060) CS [CT]", "(0040,0001) AE [CT1]", "(0040,0002) DA [20261125]", `(0040,0003) TM [0${number}0000]`,
      "(0040,0006) PN", `(0040,0009) SH [S${number}]`, "(fffe,e00d) -", "(fffe,e0dd) -", `(0040,1001) SH [R${number}]`,
      ""].join("\n"));
    await run("dump2dcm", [dump, join(items, `${number}.wl`)]);
  }
  return started(port, "wlmscpfs", ["-dfr", "-dfp", join(folder, "wlm"), String(port)]);
}

/** Agrees to everything, answers once, and says as what it fails. */
class Refusing extends AgreeingScp {
  cFindRequest(request, callback) {
    const pending = responses.CFindResponse.fromRequest(request);
    pending.setDataset(new Dataset({ PatientID: "PAT3" }));
    pending.setStatus(constants.Status.Pending);
    const last = responses.CFindResponse.fromRequest(request);
    last.setStatus(0xc001);
    last.setErrorComment("the index is\nbeing rebuilt");
    callback([pending, last]);
  }
}

/** What it printed, and how it ended. */
async function find(...args) {
  const { stdout, stderr, code = 0 } = await run(pons, ["find", ...args], { env: process.env }).catch((error) => error);
  return { stdout, stderr, code };
}
/** Its answers. */
async function answers(...args) {
  const { stdout, stderr, code } = await find(...args, "--json");
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}
const studies = (...keys) => answers("archive", "--site", site, ...keys);

before(async () => {
  archive = await startArchive();
  wlm = await startWlm();
  const server = new Server(Refusing);
  server.on("networkError", () => {});
  refusing = await freePort();
  server.listen(refusing);
  programs.push({ stop: () => server.close() });
  siteWith(folder, [["routes/endpoints.yaml", "  viewer:",
                     `  archive:\n    send: dicom://127.0.0.1:${archive}/ARCHIVE\n\n  viewer:`]]);
  engine = await Engine.start(folder, {}, site);
  const [ack] = await send("medplum", engine.port("ris-mllp"), written(folder, order({ key: "seen", mrn: "M-seen" })));
  assert.equal(ack.code, "AA");
});
after(async () => {
  for (const program of programs) await program.stop();
  await endOf(engine, folder);
});

test("an analyst sees what a modality sees", async () => {
  const [item] = await answers("worklist", "--state", engine.state, "--calling", "CT1", "Modality=CT");
  assert.equal(item.PatientID, "M-seen");
  assert.equal(item.ScheduledProcedureStepSequence[0].Modality, "CT");
  assert.deepEqual(await answers("worklist", "--state", engine.state, "--calling", "CT1", "Modality=MR"), []);
});

test("a stranger is told that nobody knows him", async () => {
  const { stderr, code } = await find("worklist", "--state", engine.state, "--calling", "NOBODY");
  assert.equal(code, 1);
  assert.match(stderr, /PONS: not connected: rejected: .*Calling AE Title Not Recognized/);
});

test("an archive of the site is asked by its name, and its character set is read", async () => {
  const [study, ...more] = await studies("PatientID=PAT1");
  assert.deepEqual(more, []);
  assert.equal(study.PatientName, patients.PAT1);
  assert.equal(study.StudyInstanceUID, "1.2.3.1");
  assert.deepEqual((await studies("StudyDate=20261122-")).map(({ PatientID }) => PatientID), ["PAT2"]);
  assert.deepEqual(await studies("PatientName=Nobody*"), []);
});

test("return keys that are named are the only ones", async () => {
  const [study] = await studies("PatientID=PAT2", "AccessionNumber");
  assert.equal(study.AccessionNumber, "A2");
  assert.ok(!("PatientName" in study), "a usual key came although another was named");
});

test("patients, series and images are asked for at their level", async () => {
  const patient = await studies("--level", "PATIENT", "PatientName=Doe*");
  assert.deepEqual(patient.map(({ PatientID }) => PatientID), ["PAT2"]);
  const series = await studies("--level", "SERIES", "StudyInstanceUID=1.2.3.2");
  assert.deepEqual(series.map(({ SeriesInstanceUID }) => SeriesInstanceUID).sort(), ["1.2.3.2.1", "1.2.3.2.2"]);
  const images = await studies("--level", "IMAGE", "StudyInstanceUID=1.2.3.2", "SeriesInstanceUID=1.2.3.2.1");
  assert.deepEqual(images.map(({ SOPInstanceUID }) => SOPInstanceUID), ["1.2.3.2.1.1"]);
});

test("an archive that does not take the keys says so", async () => {
  const { stderr, code } = await find("archive", "--site", site, "--level", "IMAGE", "InstanceNumber=1");
  assert.equal(code, 1);
  assert.match(stderr, /^pons: ARCHIVE: .* \([AC][0-9A-F]{3}H\)/m);
});

test("another system's worklist is asked by its address, up to the limit, although it goes on after a cancel", async () => {
  const where = [`127.0.0.1:${wlm}`, "--called", "WLM", "--worklist", "Modality=CT"];
  assert.equal((await answers(...where)).length, 5);
  const { stdout, stderr, code } = await find(...where, "--limit", "2", "--json");
  assert.equal(code, 0);
  assert.equal(JSON.parse(stdout).length, 2);
  assert.match(stderr, /^2 answers; there are more than --limit 2$/m);
});

test("what is no worklist does not take the SOP class", async () => {
  const { stderr, code } = await find("archive", "--site", site, "--worklist");
  assert.equal(code, 1);
  assert.match(stderr, /^pons: ARCHIVE: it does not take this SOP Class$/m);
});

test("a failure is told in words with the comment of the other side, after the answers that came", async () => {
  const { stdout, stderr, code } = await find(`127.0.0.1:${refusing}`, "--called", "ANY");
  assert.equal(code, 1);
  assert.match(stdout, /^PatientID +PAT3$/m);
  assert.match(stderr, /^1 answer$/m);
  assert.match(stderr, /^pons: ANY: it is unable to process the query \(C001H\): the index is\?being rebuilt$/m);
});

test("nothing of it is in the engine's log", () => {
  assert.doesNotMatch(engine.program.output, /M-seen|PAT[12]/);
});
