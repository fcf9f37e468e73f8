/// The input is a file of a site: an expression under `expr:` or `each:`, or a table. It compiles, or every finding
/// points into it.
#include "engine/expr/expr.h"

#include "engine/expr/code_table.h"
#include "tests/fuzz/property.h"

using namespace pons;
using pons::fuzz::must;

namespace {

Vocabulary words() {
  Vocabulary vocabulary;
  vocabulary.names = {{"order", {"placer", "filler", "AccessionNumber"}},
                      {"patient", {"PatientID", "PatientName"}},
                      {"study", {"StudyInstanceUID", "series"}},
                      {"report", {}}};
  return vocabulary;
}

void check(const Findings& findings, const Source& source) {
  for (const Finding& finding : findings.all()) {
    must(!finding.labels.empty() && !finding.message.empty(), "a finding has a place and says something");
    for (const auto& label : finding.labels) {
      must(label.span.begin <= label.span.end, "a place begins before it ends");
      if (label.span.source == &source) must(label.span.end <= source.text.size(), "a place is in the file");
    }
  }
  to_text(findings);
  to_json(findings);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Source source{"mappings/input.yaml", std::string(fuzz::text_of(data, size))};
  static const std::map<std::string, CodeTable> kTables;
  Vocabulary vocabulary = words();
  vocabulary.tables = &kTables;
  Findings findings;
  if (const auto file = parse_yaml(source, findings)) {
    if (const Node* scalar = file->find("expr")) {
      const auto expr = Expr::compile(*scalar, vocabulary, findings);
      must(expr.has_value() || findings.has_errors(), "what does not compile has a finding");
    }
    if (const Node* each = file->find("each")) Each::compile(*each, vocabulary, findings);
    if (file->find("rows")) CodeTable::load(*file, findings);
  } else {
    must(findings.has_errors(), "what cannot be read has a finding");
  }
  check(findings, source);
  return 0;
}
