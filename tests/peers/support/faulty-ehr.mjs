// An EHR's MLLP door for what no npm server can be brought to do: refuse, answer for another message, say nothing.
import { createServer } from "node:net";
import { field } from "./hl7.mjs";

export class FaultyEhr {
  received = [];        // every message that came, in order
  sockets = new Set();
  /** What is answered to a message: "AA", "AE", …, "wrong id" or "nothing". */
  decide = () => "AA";

  async listen() {
    this.server = createServer((socket) => this.#serve(socket));
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.port = this.server.address().port;
    return this;
  }

  close() {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => this.server.close(resolve));
  }

  #serve(socket) {
    let waiting = "";
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("error", () => {});
    socket.setEncoding("utf8").on("data", (text) => {
      const frames = (waiting + text).split("\x1c\r");
      waiting = frames.pop();
      for (const frame of frames) this.#answer(socket, frame.replace("\x0b", ""));
    });
  }

  #answer(socket, message) {
    const verdict = this.decide(message);
    this.received.push({ message, verdict });
    if (verdict === "nothing") return;
    const [code, id] = verdict === "wrong id" ? ["AA", "of-somebody-else"] : [verdict, field(message, "MSH-10")];
    socket.write(`\x0bMSH|^~\\&|EHR|HOSP|IMAGING|HOSP|20261125||ACK|1|P|2.5.1\rMSA|${code}|${id}\r\x1c\r`);
  }
}
