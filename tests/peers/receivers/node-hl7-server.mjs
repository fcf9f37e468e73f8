import { Server } from "node-hl7-server";
import { listenAsTold } from "../support/listener.mjs";

await listenAsTold((port, received) => {
  const inbound = new Server({ bindAddress: "127.0.0.1" }).createInbound({ port }, async (request, response) => {
    received(request.getMessage().toString());
    await response.sendResponse("AA");
  });
  inbound.on("data.error", console.error);
  inbound.on("client.error", () => {});
});
