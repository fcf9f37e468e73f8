import { HL7Server } from "hl7v2-net";
import { listenAsTold } from "../support/listener.mjs";

await listenAsTold((port, received) => {
  const server = HL7Server.createServer();
  server.on("error", console.error);
  server.use((request) => received(request.message.toHL7String()));  // it answers AA by itself
  return server.listen(port, "127.0.0.1");
});
