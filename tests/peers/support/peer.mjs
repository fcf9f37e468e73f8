// Starts the peers of this folder, on the Node that runs the tests.
import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const folder = join(import.meta.dirname, "..");
const kPatience = 30_000;  // ms until a server listens or a value arrives

/** A server that runs until stop(); line(RegExp) waits for a line of its output and returns the match. */
export class Program {
  constructor(command, args, options = {}) {
    this.output = "";
    this.process = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    this.ended = new Promise((resolve) => this.process.on("close", (code, signal) => resolve(code ?? signal)));
    this.process.on("error", (error) => (this.output += `${error}\n`));
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (this.output += text));
    }
  }

  async line(pattern, patience = kPatience) {
    const running = this.ended.then(() => "ended");
    for (const end = Date.now() + patience; Date.now() < end; ) {
      const found = pattern.exec(this.output);
      if (found) return found;
      if ((await Promise.race([running, sleep(20)])) === "ended" && !pattern.test(this.output)) break;
    }
    throw new Error(`${this.process.spawnfile} did not print ${pattern}; it printed:\n${this.output}`);
  }

  /** SIGTERM; SIGKILL when it has not ended within 15 s. Returns the exit code or the signal. */
  async stop() {
    this.process.kill("SIGTERM");
    const result = await Promise.race([this.ended, sleep(15_000, "late", { ref: false })]);
    if (result === "late") {
      this.process.kill("SIGKILL");
      await this.ended;
    }
    return result;
  }
}

/** Starts `script.mjs PORT LOGFILE`; `log()` is what it has received so far. */
export async function startPeer(script, logFile, port = 0) {
  const program = new Program(process.execPath, [join(folder, script), String(port), logFile]);
  const [, chosen] = await program.line(/^listening (\d+)$/m);
  return { port: Number(chosen), log: () => linesOf(logFile), stop: () => program.stop() };
}

/** Runs a script to its end; its JSON lines. */
export async function ask(script, ...args) {
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, script), ...args.map(String)],
                                               { timeout: 60_000 });
  return stdout.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
}

export function linesOf(file) {
  try {
    return readFileSync(file, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}

/** Sends each message with one of senders/; its answers. */
export const send = (sender, port, ...files) => ask(`senders/${sender}.mjs`, "127.0.0.1", port, ...files);

/** Asks `look()` until it gives something other than undefined and false. */
export async function eventually(what, look, patience = kPatience) {
  for (const end = Date.now() + patience; Date.now() < end; await sleep(50)) {
    const seen = await look();
    if (seen) return seen;
  }
  throw new Error(`${what}: not within ${patience / 1000} s`);
}
