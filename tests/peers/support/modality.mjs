// A modality: DCMTK's findscu asks for the worklist, dcmjs-dimse (mpps.mjs) says what it performs.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ask } from "./peer.mjs";

const kStep = "ScheduledProcedureStepSequence[0].";
const kKeys = ["AccessionNumber", "PatientName", "PatientID", "StudyInstanceUID", "RequestedProcedureID",
               `${kStep}Modality=CT`, `${kStep}ScheduledProcedureStepStartDate`, `${kStep}ScheduledProcedureStepID`];
const kNames = { "0008,0050": "accession", "0010,0010": "name", "0010,0020": "patientId", "0020,000d": "studyUid",
                 "0040,0009": "stepId", "0040,0002": "date" };

/** The items of CT1's worklist that match: [{"accession", "name", "patientId", "studyUid", "stepId", "date"}]. */
export async function worklist(port, ...matching) {
  const asked = [...kKeys.filter((key) => !matching.some((match) => match.startsWith(`${key}=`))), ...matching];
  const { stdout, stderr } = await promisify(execFile)(
    "findscu", ["-W", "-aet", "CT1", "-aec", "PONS", ...asked.flatMap((key) => ["-k", key]), "127.0.0.1", String(port)],
    { env: { ...process.env, TCP_NODELAY: "1" }, maxBuffer: 16 << 20 });
  return (stdout + stderr).split(/Find Response: \d+ \(Pending\)/).slice(1).map(item);
}

function item(text) {
  const values = {};
  for (const [, tag, value] of text.matchAll(/\(([0-9a-f]{4},[0-9a-f]{4})\) [A-Z]{2} \[([^\]]*)\]/g))
    if (kNames[tag]) values[kNames[tag]] = value.replace(/[ \0]+$/, "");
  return values;
}

/** What mpps.mjs is told about a worklist item. */
export const procedureOf = (entry, more = {}) => ({
  study_uid: entry.studyUid, accession: entry.accession, step: entry.stepId, patient_id: entry.patientId,
  patient_name: entry.name, ...more });

/** The answers to N-CREATE and N-SET. */
export const perform = (port, procedure) => ask("mpps.mjs", "127.0.0.1", port, JSON.stringify(procedure));
