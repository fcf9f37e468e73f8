#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dimse.h>

#include <chrono>
#include <optional>
#include <string>

#include "adapters/dicom/tls.h"
#include "adapters/dicom/user_identity.h"

namespace pons {

/// Whom we call, and as whom.
struct DicomDestination {
  std::string host;
  std::uint16_t port = 0;
  std::string called;
  std::string calling = "PONS";
  std::optional<DicomClientTls> tls{};  // none: in the clear
  std::optional<DicomUser> user{};      // who we say that we are; none: nothing is said
};

/// What is left until then, at least 1.
int seconds_until(std::chrono::steady_clock::time_point deadline);

/// An association that we open, with one presentation context. Released by the destructor, aborted when anything went
/// wrong on it. One thread.
class DicomCall final {
 public:
  /// `transport`: of the destination's TLS; null: in the clear. `seconds`: for the other side to take the association.
  /// `as_provider`: we propose to be the SCP, as who reports an event does.
  DicomCall(const DicomDestination& whom, DcmTransportLayer* transport, int seconds, const char* sop_class,
            bool as_provider = false);
  ~DicomCall();
  DicomCall(const DicomCall&) = delete;
  DicomCall& operator=(const DicomCall&) = delete;

  /// Nobody took the call; why, for a person.
  bool failed() const { return !association_ || !is_open_; }
  const std::string& reason() const { return reason_; }
  /// The other side took the call, but not the SOP class.
  bool takes_class() const { return context_ != 0; }

  T_ASC_Association* association() const { return association_; }
  T_ASC_PresentationContextID context() const { return context_; }
  /// A data set goes along where there is one.
  bool send(T_DIMSE_Message& message, DcmDataset* dataset);
  /// What comes is not what we can go on with.
  void give_up() { is_broken_ = true; }

 private:
  T_ASC_Network* network_ = nullptr;
  T_ASC_Association* association_ = nullptr;
  T_ASC_PresentationContextID context_ = 0;
  std::string reason_;
  bool is_open_ = false;
  bool is_broken_ = false;
};

}  // namespace pons
