import simple from "simple-hl7";
import { listenAsTold } from "../support/listener.mjs";

const unframed = (text) => text.replace(/^\x0b/, "").replace(/\x1c\r$/, "");

await listenAsTold((port, received) => {
  const app = simple.tcp();
  app.use((request, response, next) => {
    received(unframed(request.raw));
    response.end();
  });
  app.use((error, request, response, next) => console.error(error));
  app.start(port);
});
