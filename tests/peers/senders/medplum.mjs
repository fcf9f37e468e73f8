import { Hl7Message } from "@medplum/core";
import { Hl7Client } from "@medplum/hl7";
import { sendAsTold } from "../support/sender.mjs";

await sendAsTold(async (host, port) => {
  const client = new Hl7Client({ host, port, keepAlive: true });
  return {
    send: async (text) => (await client.sendAndWait(Hl7Message.parse(text))).toString(),
    close: () => client.close(),
  };
});
