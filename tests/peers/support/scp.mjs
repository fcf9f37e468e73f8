// What the SCPs of dcmjs-dimse in these tests share.
import dimse from "dcmjs-dimse";
import { once } from "node:events";
import { createServer } from "node:net";

const { Scp, constants } = dimse;

/** An SCP that agrees to everything. */
export class AgreeingScp extends Scp {
  associationRequested(association) {
    for (const { id } of association.getPresentationContexts()) {
      const context = association.getPresentationContext(id);
      context.setResult(constants.PresentationContextResult.Accept, context.getTransferSyntaxUids()[0]);
    }
    this.sendAssociationAccept();
  }
  associationReleaseRequested() {
    this.sendAssociationReleaseResponse();
  }
}

/** Of the loopback, for a program that can't be told to take any. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
