#include "adapters/dicom/prompt_transport.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace pons {

namespace {

class PromptConnection final : public DcmTCPConnection {
 public:
  using DcmTCPConnection::DcmTCPConnection;

  ssize_t read(void* bytes, size_t size) override {
    const ssize_t got = DcmTCPConnection::read(bytes, size);
    const int on = 1;  // Linux forgets it by itself
    setsockopt(getSocket(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    return got;
  }
};

}  // namespace

DcmTransportConnection* PromptTransport::createConnection(DcmNativeSocketType socket, OFBool) {
  return new PromptConnection(socket);
}

}  // namespace pons
