#include "adapters/dicom/data_set.h"

#include <dcmtk/dcmdata/dcostrma.h>

#include <chrono>

namespace pons {

namespace {

using Steady = std::chrono::steady_clock;

constexpr int kFragmentTimeout = 30;                 // seconds of silence
constexpr auto kDeadline = std::chrono::minutes(2);  // from the command to the last fragment
constexpr std::size_t kLimit = 32u << 20;            // bytes; ten thousand images in one MPPS are two million

/// Keeps what is written, up to the limit and the deadline: then it takes nothing, and the receiver gives up.
class Collector final : public DcmConsumer {
 public:
  explicit Collector(std::string& bytes) : bytes_(bytes) {}

  OFBool good() const override { return OFTrue; }
  OFCondition status() const override { return EC_Normal; }
  OFBool isFlushed() const override { return OFTrue; }
  offile_off_t avail() const override { return static_cast<offile_off_t>(kLimit - bytes_.size()); }
  offile_off_t write(const void* fragment, offile_off_t size) override {
    if (size > avail() || Steady::now() > deadline_) return 0;
    bytes_.append(static_cast<const char*>(fragment), static_cast<std::size_t>(size));
    return size;
  }
  void flush() override {}

 private:
  std::string& bytes_;
  const Steady::time_point deadline_ = Steady::now() + kDeadline;
};

class CollectorStream final : public DcmOutputStream {
 public:
  explicit CollectorStream(Collector& collector) : DcmOutputStream(&collector) {}
};

}  // namespace

OFCondition receive_data_set(T_ASC_Association* association, T_ASC_PresentationContextID context, std::string& bytes) {
  Collector collector(bytes);
  CollectorStream stream(collector);
  T_ASC_PresentationContextID its_context = context;
  const OFCondition received = DIMSE_receiveDataSetInFile(association, DIMSE_NONBLOCKING, kFragmentTimeout,
                                                          &its_context, &stream, nullptr, nullptr);
  if (received.good() && its_context != context) return DIMSE_RECEIVEFAILED;
  return received;
}

OFCondition skip_data_set(T_ASC_Association* association) {
  DIC_UL bytes = 0, fragments = 0;
  return DIMSE_ignoreDataSet(association, DIMSE_NONBLOCKING, kFragmentTimeout, &bytes, &fragments);
}

}  // namespace pons
