#include "adapters/dicom/dcmtk_settings.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dcmtrans.h>
#include <dcmtk/dcmnet/dul.h>
#include <dcmtk/oflog/oflog.h>

#include <cstdlib>
#include <mutex>

namespace pons {

namespace {

constexpr int kSilence = 10;     // seconds between two pieces of what must come in one go
constexpr int kConnecting = 10;  // seconds

}  // namespace

void prepare_dcmtk() {
  static std::once_flag once;
  std::call_once(once, [] {
    setenv("TCP_NODELAY", "1", 1);  // else a response waits 40 ms for the ACK of the write before it
    dcmDisableGethostbyaddr.set(OFTrue);
    dcmConnectionTimeout.set(kConnecting);
    dcmSocketReceiveTimeout.set(kSilence);        // of a TLS handshake, for one
    OFLog::configure(OFLogger::FATAL_LOG_LEVEL);  // its dumps would show patients
  });
}

}  // namespace pons
