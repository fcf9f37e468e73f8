#include <algorithm>

#include "engine/base/text.h"
#include "engine/base/time.h"
#include "engine/dicom/dictionary.h"
#include "engine/route/loading.h"

namespace pons {

namespace {

using Words = std::vector<std::string>;

/// What a row of `having:` may say; a worklist row names attributes of its item.
const std::map<std::string, Words> kRows{
    {"patients", {"PatientID", "IssuerOfPatientID", "PatientName", "PatientBirthDate", "PatientSex"}},
    {"orders", {"PatientID", "placer", "filler", "AccessionNumber", "StudyInstanceUID"}},
    {"studies", {"PatientID", "StudyInstanceUID", "AccessionNumber", "StudyDateTime", "Modality"}},
    {"worklist", {}},
};

class TestCheck {
 public:
  TestCheck(const Node& test, const Loading& loading) : test_(test), loading_(loading), findings_(loading.findings) {}

  void run() {
    if (!test_.is_map() || !test_.find("given") || !test_.find("expect"))
      return wrong(test_.span, "a test says what is given and what it expects",
                   "write:  - name: …   with  given:  and  expect:  below it");
    refuse_unknown_keys(test_, {"name", "given", "change", "having", "at", "expect"}, findings_);
    check_given(*test_.find("given"));
    if (const Node* change = test_.find("change")) check_change(*change);
    if (const Node* having = test_.find("having")) check_having(*having);
    if (const Node* at = test_.find("at"); at && !from_rfc3339(at->text))
      wrong(at->span, "\"" + at->text + "\" is no point in time", "write:  at: 2026-11-24T10:00:00Z");
    check_expect(*test_.find("expect"));
  }

 private:
  void wrong(const Span& at, const std::string& what, const std::string& instead) {
    findings_.error("E0410", at, what, "", instead);
  }

  void check_given(const Node& given) {
    if (loading_.inlet) {
      if (given.is_map())
        wrong(given.span, "a message is given as a sample or as segments",
              "write:  given: samples/oru-final.hl7      or a list of segments");
      return;
    }
    if (!given.is_map() || !given.find("event") || !given.find("study"))
      return wrong(test_.key("given")->span, "an event is given by its name and its study",
                   "write below it:  event: study-complete   and   study:");
    refuse_unknown_keys(given, {"event", "study"}, findings_);
    if (given.find("study")->is_map()) refuse_unknown_keys(*given.find("study"), study_members(), findings_);
  }

  Words study_members() const {
    const auto found = loading_.vocabulary.names.find("study");
    return found == loading_.vocabulary.names.end() ? Words() : found->second;
  }

  void check_change(const Node& change) {
    if (!change.is_map() || !loading_.inlet)
      return wrong(test_.key("change")->span, "change: names places of the given message",
                   "write below it:  ORC-1: CA");
    for (const auto& [place, value] : change.entries) {
      if (!hl7::Path::parse(place.text))
        wrong(place.span, "\"" + place.text + "\" is no place in a message", "write:  ORC-1: CA");
      else if (!value.is_scalar())
        wrong(value.span, "a place is changed to one text", "write:  " + place.text + ": CA   or   absent");
    }
  }

  void check_having(const Node& having) {
    refuse_unknown_keys(having, {"patients", "orders", "worklist", "studies"}, findings_);
    for (const auto& [key, rows] : having.entries) {
      const auto known = kRows.find(key.text);
      if (known == kRows.end()) continue;
      if (!rows.is_list()) {
        if (rows.text != "none")
          wrong(rows.span, key.text + ": wants a list, one record after a dash", "write:  a list, or none");
        continue;
      }
      for (const Node& row : rows.items) check_row(key.text, row, known->second);
    }
  }

  void check_row(const std::string& kind, const Node& row, const Words& known) {
    if (kind == "patients" && row.is_scalar()) return;
    if (!row.is_map())
      return wrong(row.span, "a record is described by its members", "write:  - AccessionNumber: A1001");
    if (kind == "worklist")
      check_attributes(row);
    else
      refuse_unknown_keys(row, known, findings_);
  }

  void check_attributes(const Node& row) {
    for (const auto& [name, value] : row.entries)
      if (!dicom::find_attribute(name.text))
        wrong(name.span, "there is no DICOM attribute \"" + name.text + "\"", "write:  AccessionNumber, Modality …");
  }

  void check_expect(const Node& expect) {
    if (!expect.is_map() || expect.entries.empty())
      return wrong(test_.key("expect")->span, "this test expects nothing, so it could not fail",
                   "write below it:  ack: AA      or      worklist: none");
    for (const auto& [key, wanted] : expect.entries) check_expectation(key, wanted);
  }

  void check_expectation(const Node& key, const Node& wanted) {
    if (key.text == "ack_text") return check_scalar(key, wanted);
    if (key.text == "ack") {
      if (wanted.text != "AA" && wanted.text != "AE" && wanted.text != "AR")
        wrong(wanted.span, "\"" + wanted.text + "\" is no answer", "write:  ack: AA | AE | AR");
    } else if (key.text == "waited") {
      if (!parse_duration(wanted.text))
        wrong(wanted.span, "\"" + wanted.text + "\" is no duration", "write:  waited: 15m");
    } else if (is_known_list(key)) {
      check_list(key, wanted);
    }
  }

  void check_scalar(const Node& key, const Node& wanted) {
    if (!wanted.is_scalar() || wanted.text.empty())
      wrong(key.span, key.text + ": wants a text", "write:  " + key.text + ": there is an MRN");
  }

  bool is_known_list(const Node& key) {
    Words known{"ack", "ack_text", "waited", "worklist", "patients", "studies"};
    for (const auto& [name, endpoint] : loading_.parts.endpoints)
      if (endpoint.is_outlet()) known.push_back(name);
    if (std::find(known.begin(), known.end(), key.text) != known.end()) return true;
    const std::string near = nearest(key.text, known);
    findings_.error("E0410", key.span, "nothing called \"" + key.text + "\" can be expected",
                    near.empty() ? "" : "did you mean " + near + "?",
                    "write:  ack, ack_text, waited, worklist, patients, studies or an endpoint that sends");
    return false;
  }

  void check_list(const Node& key, const Node& wanted) {
    const bool is_count =
        wanted.is_scalar() && !wanted.text.empty() && wanted.text.find_first_not_of("0123456789") == std::string::npos;
    const bool is_list = wanted.is_list() && !wanted.items.empty();
    if (!is_list && !is_count && !(wanted.is_scalar() && wanted.text == "none"))
      return wrong(key.span, key.text + ": wants a list, a count, or none", "write:  " + key.text + ": none");
    for (const Node& each : wanted.items)
      if (each.is_list() || (each.is_map() && each.entries.empty()) || (each.is_scalar() && key.text != "patients"))
        wrong(each.span, "an entry says what it wants by name", "write:  - AccessionNumber: A1001");
  }

  const Node& test_;
  const Loading& loading_;
  Findings& findings_;
};

}  // namespace

void check_test(const Node& test, const Loading& loading) {
  TestCheck(test, loading).run();
}

}  // namespace pons
