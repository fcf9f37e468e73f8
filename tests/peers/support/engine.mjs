// A running engine: `pons run` on a state folder of its own, on free ports, with a site that tests may make quicker.
import { execFile } from "node:child_process";
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Program } from "./peer.mjs";

const root = join(import.meta.dirname, "../../..");
const pons = process.env.PONS ?? join(root, "build/release/pons");

/** A folder for one test file. As root the database runs as the user postgres, who must come this far. */
export function workFolder() {
  const folder = mkdtempSync(join(tmpdir(), "pons-peers-"));
  chmodSync(folder, 0o755);
  return folder;
}

/** The sample hospital with other waits: [["routes/endpoints.yaml", "every: 10s", "every: 200ms"], …]. */
export function siteWith(folder, changes) {
  const site = join(folder, "site");
  for (const part of ["routes", "mappings"]) cpSync(join(root, part), join(site, part), { recursive: true });
  for (const [file, before, after] of changes) {
    const path = join(site, file);
    const text = readFileSync(path, "utf8");
    if (!text.includes(before)) throw new Error(`${file} does not say "${before}"`);
    writeFileSync(path, text.replaceAll(before, after));
  }
  return site;
}

/** Waits of the sample hospital that no test has time for. */
export const quickWaits = [
  ["routes/endpoints.yaml", "retry: {every: 30s, up_to: 10m, for: 3d}", "retry: {every: 300ms, up_to: 600ms, for: 3d}"],
  ["routes/endpoints.yaml", "retry: {every: 10s, up_to: 10m, for: 3d}", "retry: {every: 300ms, up_to: 600ms, for: 3d}"],
  ["routes/endpoints.yaml", "reply_within: 20s", "reply_within: 1s"],
];

/** There will be no images: a report leaves without them at once. */
export const noImages = ["routes/results-to-ehr.yaml", "missing: {wait: 15m, then: continue}",
                         "missing: {wait: 100ms, then: continue}"];

export class Engine {
  /** `settings`: the environment, on top of free ports and endpoints that nobody serves. */
  static async start(folder, settings = {}, site = root) {
    const engine = new Engine();
    engine.state = join(folder, "var");
    const nobody = { EHR_PORT: "9", EHR_FHIR_URL: "http://127.0.0.1:9/fhir" };
    const free = { RIS_PORT: "0", HIS_PORT: "0", REPORTS_PORT: "0", DICOM_PORT: "0", HTTP_PORT: "0" };
    const environment = { ...process.env, ...free, ...nobody, ...settings };
    engine.program = new Program(pons, ["run", site, "--state", engine.state], { env: environment });
    await engine.program.line(/^ready$/m, 60_000);
    return engine;
  }

  /** The port of an endpoint that listens. */
  port(endpoint) {
    const [, port] = new RegExp(`^listening +${endpoint} +mllp://127\\.0\\.0\\.1:(\\d+)`, "m").exec(this.program.output);
    return Number(port);
  }

  get dicom() {
    return Number(/^listening +dicom:\/\/127\.0\.0\.1:(\d+)/m.exec(this.program.output)[1]);
  }

  /** `pons messages`, oldest first. */
  messages() {
    return this.#ask("messages");
  }

  /** `pons trace` of one message. */
  trace(message) {
    return this.#ask("trace", String(message));
  }

  /** `pons trace` of the newest message at an inlet. */
  async newest(inlet) {
    const [last] = (await this.messages()).filter((line) => line.inlet === inlet).slice(-1);
    return this.trace(last.message);
  }

  async #ask(command, ...args) {
    const { stdout } = await promisify(execFile)(pons, [command, ...args, "--state", this.state, "--json"],
                                                 { maxBuffer: 64 << 20 });
    return JSON.parse(stdout);
  }

  stop() {
    return this.program.stop();
  }
}

/** Ends the engine and removes its folder; the engine must end with 0. */
export async function endOf(engine, folder) {
  const code = await engine?.stop();
  rmSync(folder, { recursive: true, force: true });
  if (code !== 0) throw new Error(`SIGTERM ended the engine with ${code}:\n${engine?.program.output}`);
}
