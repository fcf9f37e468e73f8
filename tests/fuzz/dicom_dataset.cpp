/// The input is a data set as an association brings it. What is read is written and read again the same, and its JSON
/// is JSON.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/oflog/oflog.h>

#include "engine/base/text.h"
#include "engine/dicom/dataset.h"
#include "tests/fuzz/property.h"

using namespace pons;
using dicom::Dataset;
using pons::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool quiet = (OFLog::configure(OFLogger::OFF_LOG_LEVEL), true);
  must(quiet, "DCMTK says nothing about each of a million inputs");
  const auto dataset = Dataset::from_bytes(fuzz::text_of(data, size));
  if (!dataset) {
    must(!dataset.fault().text.empty(), "a refusal says why");
    return 0;
  }
  const std::string json = dataset->to_json();
  must(is_utf8(json), "text is UTF-8");
  const auto from_json = Dataset::from_json(json);
  must(from_json || from_json.fault().text.find("no JSON") == std::string::npos, "JSON is JSON");

  const std::string bytes = dataset->to_bytes();
  const auto again = Dataset::from_bytes(bytes);
  must(again.operator bool(), "what was stored can be read");
  must(again->to_json() == json, "and says the same");

  for (const auto& name : dataset->names()) dataset->text(name);
  dataset->item("ScheduledProcedureStepSequence", 1);
  return 0;
}
