#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dcmlayer.h>
#include <dcmtk/dcmnet/dcmtrans.h>

namespace pons {

/// TCP in the clear that acknowledges what it reads at once. Most senders of DICOM leave Nagle's algorithm on: the last
/// piece of each object waits for the acknowledgement of the one before it, which Linux would delay by 40 ms.
class PromptTransport final : public DcmTransportLayer {
 public:
  DcmTransportConnection* createConnection(DcmNativeSocketType socket, OFBool is_secure) override;
};

}  // namespace pons
