import { Hl7Server } from "@medplum/hl7";
import { listenAsTold } from "../support/listener.mjs";

await listenAsTold((port, received) => {
  const server = new Hl7Server((connection) => {
    connection.addEventListener("message", ({ message }) => {
      received(message.toString());
      connection.send(message.buildAck());
    });
  });
  return server.start(port);
});
