// find.mjs HOST PORT '{"calling": "CT1", "called": "PONS", "keys": {"PatientID": "M1"}}'
// Asks for the worklist with everything that dcmjs-dimse asks for, and these keys. Prints a JSON line for each answer:
// {"status": "FF00", "item": {…}}.
import dimse from "dcmjs-dimse";

const { Client, requests } = dimse;
const [host, port, text] = process.argv.slice(2);
const { calling = "CT1", called = "PONS", keys = {} } = JSON.parse(text ?? "{}");

const request = requests.CFindRequest.createWorklistFindRequest(keys);
request.on("response", (response) => console.log(JSON.stringify({
  status: response.getStatus().toString(16).toUpperCase().padStart(4, "0"),
  item: response.hasDataset() ? response.getDataset().getElements() : null,
})));
const client = new Client();
client.addRequest(request);
client.on("networkError", (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
client.send(host, Number(port), calling, called);
