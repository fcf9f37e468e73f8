/// The input is a path. Its one spelling means the same, and a refusal names a column.
#include "engine/hl7/path.h"

#include "tests/fuzz/property.h"

using namespace pons;
using pons::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto path = hl7::Path::parse(fuzz::text_of(data, size));
  if (!path) {
    must(path.fault().text.find("column ") != std::string::npos, "a refusal names the column");
    return 0;
  }
  path->occurrence.where.datatype.clear();
  path->repetition.where.datatype.clear();
  const auto again = hl7::Path::parse(path->to_text());
  must(again.operator bool(), "the one spelling is a path");
  must(*again == *path, "and means the same");
  must(again->to_text() == path->to_text(), "and is its own spelling");
  return 0;
}
