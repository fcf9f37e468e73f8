/// The input is an object as it is stored here: a byte that says how it is cut and in which syntax it is, then the
/// object. However it is cut, the same is kept, no more than the limits allow, and nothing that was not sent.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/oflog/oflog.h>

#include "engine/dicom/dataset.h"
#include "engine/dicom/header.h"
#include "tests/fuzz/property.h"

using namespace pons;
using dicom::HeaderFilter;
using pons::fuzz::must;

namespace {

constexpr HeaderFilter::Limits kLimits{64, 512};

HeaderFilter filtered(dicom::Syntax syntax, std::string_view object, std::size_t piece) {
  HeaderFilter filter(syntax, kLimits);
  for (; !object.empty(); object.remove_prefix(std::min(piece, object.size()))) filter.take(object.substr(0, piece));
  return filter;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool quiet = (OFLog::configure(OFLogger::OFF_LOG_LEVEL), true);
  must(quiet, "DCMTK says nothing about each of a million inputs");
  if (size == 0) return 0;
  const auto syntax = (data[0] & 1) != 0 ? dicom::Syntax::implicit_vr : dicom::Syntax::explicit_vr;
  const std::string_view object = fuzz::text_of(data + 1, size - 1);
  HeaderFilter whole = filtered(syntax, object, object.size() + 1);
  HeaderFilter cut = filtered(syntax, object, 1 + data[0] / 2);
  must(whole.is_whole() == cut.is_whole(), "whole or not, however it is cut");
  must(whole.left_out() == cut.left_out(), "the same is left out, however it is cut");
  const std::string header = whole.header();
  must(header == cut.header(), "the same is kept, however it is cut");
  must(header.size() <= std::min(kLimits.header, object.size()), "no more is kept than may be, or came");
  if (const auto dataset = dicom::Dataset::from_bytes(header)) dataset->to_json();
  return 0;
}
