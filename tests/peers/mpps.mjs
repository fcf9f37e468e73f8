// mpps.mjs HOST PORT '{"calling": "CT1", "called": "PONS", "study_uid": …, "then": "COMPLETED"}'
// One procedure at a modality: N-CREATE IN PROGRESS, then N-SET to `then` (COMPLETED, DISCONTINUED, or null: only
// N-CREATE). "uid": "" leaves the UID to the engine, "create": false leaves N-CREATE out, "without": ["PatientID"] leaves
// attributes out of both, "also_set": {"PatientID": "M2"} puts more into N-SET, "get": true asks for the step at the end (N-GET), "notify":
// "ONLINE" sends an Instance Availability Notification of its series then. Prints a JSON line for each answer:
// {"request": "N-CREATE", "status": "0000", "uid": …}.
import dimse from "dcmjs-dimse";

const { Client, Dataset, constants, requests } = dimse;
const PATIENCE = 20_000;  // ms for one answer

const [host, port, text] = process.argv.slice(2);
const procedure = {
  calling: "CT1", called: "PONS", modality: "CT", uid: Dataset.generateDerivedUid(), start: new Date(),
  series_uid: Dataset.generateDerivedUid(), instances: 2, then: "COMPLETED", without: [], also_set: {}, ...JSON.parse(text ?? "{}"),
};

const day = (time) => time.toISOString().slice(0, 10).replaceAll("-", "");
const clock = (time) => time.toISOString().slice(11, 19).replaceAll(":", "");

const dataset = (elements) =>
  new Dataset(Object.fromEntries(Object.entries(elements).filter(([keyword]) => !procedure.without.includes(keyword))));

function inProgress() {
  const started = new Date(procedure.start);
  return dataset({
    PerformedProcedureStepID: procedure.performed_step ?? "PPS1",
    PerformedProcedureStepStatus: "IN PROGRESS",
    PerformedProcedureStepStartDate: day(started),
    PerformedProcedureStepStartTime: clock(started),
    PerformedProcedureStepEndDate: "",
    PerformedProcedureStepEndTime: "",
    PerformedProcedureStepDescription: "CT head",
    PerformedProcedureTypeDescription: "",
    PerformedStationAETitle: procedure.calling,
    PerformedStationName: "",
    PerformedLocation: "",
    PerformedSeriesSequence: [],
    PerformedProtocolCodeSequence: [],
    ProcedureCodeSequence: [],
    ReferencedPatientSequence: [],
    Modality: procedure.modality,
    StudyID: "",
    PatientName: procedure.patient_name ?? "",
    PatientID: procedure.patient_id ?? "",
    PatientBirthDate: "",
    PatientSex: "",
    ScheduledStepAttributesSequence: [{
      StudyInstanceUID: procedure.study_uid ?? "",
      ReferencedStudySequence: [],
      AccessionNumber: procedure.accession ?? "",
      RequestedProcedureID: procedure.requested_procedure ?? "",
      RequestedProcedureDescription: "",
      ScheduledProcedureStepID: procedure.step ?? "",
      ScheduledProcedureStepDescription: "",
      ScheduledProtocolCodeSequence: [],
    }],
  });
}

function finished(status) {
  const ended = new Date(new Date(procedure.start).getTime() + 60_000);
  return dataset({
    ...procedure.also_set,
    PerformedProcedureStepStatus: status,
    PerformedProcedureStepEndDate: day(ended),
    PerformedProcedureStepEndTime: clock(ended),
    PerformedSeriesSequence: [{
      PerformingPhysicianName: "",
      ProtocolName: "HEAD",
      OperatorsName: "",
      SeriesInstanceUID: procedure.series_uid,
      SeriesDescription: "",
      RetrieveAETitle: "",
      ReferencedImageSequence: Array.from({ length: procedure.instances }, (_, index) => ({
        ReferencedSOPClassUID: "1.2.840.10008.5.1.4.1.1.2",
        ReferencedSOPInstanceUID: `${procedure.series_uid}.${index + 1}`,
      })),
      ReferencedNonImageCompositeSOPInstanceSequence: [],
    }],
  });
}

/** Sends one request on an association of its own; resolves with its response. */
function answerTo(request, dataset) {
  // The constructor takes no dataset: one given there is lost without a word.
  if (dataset) request.setDataset(dataset);
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${PATIENCE / 1000} s`)), PATIENCE).unref();
    const client = new Client();
    let response;
    request.on("response", (answer) => (response = answer));
    client.on("closed", () => (response ? resolve(response) : reject(new Error("closed without an answer"))));
    client.on("associationRejected", (why) => reject(new Error(`association rejected: ${JSON.stringify(why)}`)));
    client.on("networkError", reject);
    client.addRequest(request);
    client.send(host, Number(port), procedure.calling, procedure.called);
  });
}

function print(name, response) {
  console.log(JSON.stringify({
    request: name,
    status: response.getStatus().toString(16).padStart(4, "0").toUpperCase(),
    uid: response.getAffectedSopInstanceUid() ?? procedure.uid,
    comment: response.getErrorComment() ?? "",
    elements: response.getDataset()?.getElements(),
  }));
}

/** As an archive says where the images are. */
const availability = () => new Dataset({
  ReferencedPerformedProcedureStepSequence: [],
  StudyInstanceUID: procedure.study_uid,
  ReferencedSeriesSequence: [{
    SeriesInstanceUID: procedure.series_uid,
    ReferencedSOPSequence: Array.from({ length: procedure.instances }, (_, index) => ({
      ReferencedSOPClassUID: "1.2.840.10008.5.1.4.1.1.2",
      ReferencedSOPInstanceUID: `${procedure.series_uid}.${index + 1}`,
      InstanceAvailability: procedure.notify,
      RetrieveAETitle: "PACS",
    })),
  }],
});

const kRetrieve = "1.2.840.10008.3.1.2.3.4";
const kNotification = "1.2.840.10008.5.1.4.33";
const kClass = constants.SopClass.ModalityPerformedProcedureStep;
try {
  if (procedure.create ?? true) {
    print("N-CREATE", await answerTo(new requests.NCreateRequest(kClass, procedure.uid), inProgress()));
  }
  if (procedure.then) {
    print("N-SET", await answerTo(new requests.NSetRequest(kClass, procedure.uid), finished(procedure.then)));
  }
  if (procedure.get) {
    const request = new requests.NGetRequest(kRetrieve, procedure.uid, []);
    print("N-GET", await answerTo(request));
  }
  if (procedure.notify) {
    print("N-CREATE", await answerTo(new requests.NCreateRequest(kNotification, `${procedure.uid}.1`), availability()));
  }
  process.exit(0);
} catch (error) {
  console.error(String(error));
  process.exit(1);
}
