#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dimse.h>

#include <string>

namespace pons {

/// An association that we open, with one presentation context. Released by the destructor, aborted when anything went
/// wrong on it. One thread.
class DicomCall final {
 public:
  struct Whom {
    std::string host;
    std::uint16_t port = 0;
    std::string called, calling;
    int seconds = 30;                        // for the other side to take the association
    DcmTransportLayer* transport = nullptr;  // null: in the clear
  };

  /// `as_provider`: we propose to be the SCP, as who reports an event does.
  DicomCall(const Whom& whom, const char* sop_class, bool as_provider = false);
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
