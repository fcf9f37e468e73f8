// What the receivers share: their arguments, and how they say that they listen.
import { appendFileSync } from "node:fs";
import { createServer } from "node:net";

const HOST = "127.0.0.1";

/** A port that was free a moment ago: the peers' servers can't tell which one they got for 0. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, HOST, () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Runs `start(port, received)`, where received(text) logs a message; then prints `listening PORT`. */
export async function listenAsTold(start) {
  const [asked = "0", logFile] = process.argv.slice(2);
  const port = Number(asked) || (await freePort());
  const received = (message) => {
    if (logFile) appendFileSync(logFile, JSON.stringify({ at: new Date().toISOString(), message }) + "\n");
  };
  await start(port, received);
  await untilOpen(port);
  console.log(`listening ${port}`);
  process.on("SIGTERM", () => process.exit(0));
}

async function untilOpen(port) {
  const { connect } = await import("node:net");
  for (let attempt = 0; attempt < 100; ++attempt) {
    const open = await new Promise((resolve) => {
      const socket = connect(port, HOST, () => { socket.destroy(); resolve(true); });
      socket.on("error", () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nobody listens on ${port}`);
}
