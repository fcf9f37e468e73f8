import { Client, Message } from "node-hl7-client";
import { sendAsTold } from "../support/sender.mjs";

await sendAsTold(async (host, port) => ({
  // A connection a message: several messages on one connection hang in this client.
  send: (text) => new Promise((resolve, reject) => {
    const outbound = new Client({ host }).createConnection({ port }, (answer) => {
      resolve(answer.getMessage().toString());
      outbound.close();
    });
    outbound.on("client.error", reject);
    outbound.sendMessage(new Message({ text })).catch(reject);
  }),
  close: () => {},
}));
