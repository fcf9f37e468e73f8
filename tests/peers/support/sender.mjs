// What the senders share: their arguments, and how they print an answer.
import { readFileSync } from "node:fs";

const PATIENCE = 20_000;  // ms for one answer; the peers themselves wait for ever

/** Sends each FILE with `send(text) → the answer's text` and prints {"code","control_id","text"} for each. */
export async function sendAsTold(connect) {
  const [host, port, ...files] = process.argv.slice(2);
  const { send, close } = await connect(host, Number(port));
  for (const file of files) {
    const answer = await inTime(send(readFileSync(file, "utf8").replace(/\r?\n/g, "\r")));
    console.log(JSON.stringify(acknowledgment(answer)));
  }
  await close();
  process.exit(0);
}

export function acknowledgment(message) {
  const fields = message.split("\r").find((segment) => segment.startsWith("MSA|"))?.split("|") ?? [];
  return { code: fields[1] ?? "", control_id: fields[2] ?? "", text: fields[3] ?? "", message };
}

function inTime(promise) {
  const late = new Promise((_, reject) =>
    setTimeout(() => reject(new Error(`no answer within ${PATIENCE / 1000} s`)), PATIENCE).unref());
  return Promise.race([promise, late]);
}
