#include "adapters/dicom/data_set.h"

#include <dcmtk/dcmdata/dcostrma.h>

#include <chrono>

namespace pons {

namespace {

using Steady = std::chrono::steady_clock;

constexpr int kFragmentTimeout = 30;                 // seconds of silence
constexpr auto kDeadline = std::chrono::minutes(2);  // from the command to the last fragment
constexpr std::size_t kLimit = 32u << 20;            // bytes; ten thousand images in one MPPS are two million

/// Hands on what is written; when nothing is taken, the receiver gives up.
class Pieces final : public DcmConsumer {
 public:
  explicit Pieces(const std::function<bool(std::string_view)>& take) : take_(take) {}

  OFBool good() const override { return OFTrue; }
  OFCondition status() const override { return EC_Normal; }
  OFBool isFlushed() const override { return OFTrue; }
  offile_off_t avail() const override { return kMost; }
  offile_off_t write(const void* fragment, offile_off_t size) override {
    return take_({static_cast<const char*>(fragment), static_cast<std::size_t>(size)}) ? size : 0;
  }
  void flush() override {}

 private:
  static constexpr offile_off_t kMost = 1 << 30;
  const std::function<bool(std::string_view)>& take_;
};

class PiecesStream final : public DcmOutputStream {
 public:
  explicit PiecesStream(Pieces& pieces) : DcmOutputStream(&pieces) {}
};

/// `take`: false: enough, the association ends.
OFCondition receive(T_ASC_Association* association, T_ASC_PresentationContextID context,
                    const std::function<bool(std::string_view)>& take) {
  Pieces pieces(take);
  PiecesStream stream(pieces);
  T_ASC_PresentationContextID its_context = context;
  const OFCondition received = DIMSE_receiveDataSetInFile(association, DIMSE_NONBLOCKING, kFragmentTimeout,
                                                          &its_context, &stream, nullptr, nullptr);
  if (received.good() && its_context != context) return DIMSE_RECEIVEFAILED;
  return received;
}

}  // namespace

OFCondition receive_data_set(T_ASC_Association* association, T_ASC_PresentationContextID context,
                             T_DIMSE_DataSetType type, std::string& bytes) {
  if (type == DIMSE_DATASET_NULL) return EC_Normal;
  const auto deadline = Steady::now() + kDeadline;
  return receive(association, context, [&](std::string_view piece) {
    if (bytes.size() + piece.size() > kLimit || Steady::now() > deadline) return false;
    bytes += piece;
    return true;
  });
}

OFCondition receive_pieces(T_ASC_Association* association, T_ASC_PresentationContextID context,
                           const std::function<void(std::string_view)>& take) {
  return receive(association, context, [&](std::string_view piece) {
    take(piece);
    return true;
  });
}

OFCondition skip_data_set(T_ASC_Association* association) {
  DIC_UL bytes = 0, fragments = 0;
  return DIMSE_ignoreDataSet(association, DIMSE_NONBLOCKING, kFragmentTimeout, &bytes, &fragments);
}

}  // namespace pons
