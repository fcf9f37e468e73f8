import simple from "simple-hl7";
import { sendAsTold } from "../support/sender.mjs";

// One connection a message: that is what its client does by default.
await sendAsTold(async (host, port) => {
  const parser = new simple.Parser({ segmentSeperator: "\r" });
  const client = simple.Server.createTcpClient({ host, port, keepalive: false });
  return {
    send: (text) => new Promise((resolve, reject) =>
      client.send(parser.parse(text), (error, answer) => (error ? reject(error) : resolve(answer.toString())))),
    close: () => client.close(),
  };
});
