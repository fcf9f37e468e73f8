#include <algorithm>
#include <cctype>
#include <utility>

#include "engine/base/text.h"
#include "engine/hl7/dictionary.h"
#include "engine/json/fhir.h"
#include "engine/mapping/dicom_target.h"
#include "engine/mapping/extends.h"
#include "engine/mapping/fhir_target.h"
#include "engine/mapping/hl7_target.h"
#include "engine/mapping/map.h"
#include "engine/mapping/target_field.h"

namespace pons {
namespace {

using Kind = Target::Kind;

constexpr const char* kTargets = "write:  patient,  dicom worklist,  hl7 ORU^R01 v2.5.1  or  fhir R4 DiagnosticReport";

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (const std::string_view word : split(text, ' '))
    if (!word.empty()) words.emplace_back(word);
  return words;
}

bool is_message_type(std::string_view type) {
  const auto good = [](char c) {
    return std::isupper(static_cast<unsigned char>(c)) || std::isdigit(static_cast<unsigned char>(c));
  };
  return type.size() == 7 && type[3] == '^' &&
         std::all_of(type.begin(), type.end(), [&](char c) { return c == '^' || good(c); });
}

bool ends_in_dash_digit(std::string_view name) {
  const auto dash = name.rfind('-');
  return dash != std::string_view::npos && dash + 1 < name.size() &&
         name.find_first_not_of("0123456789", dash + 1) == std::string_view::npos;
}

}  // namespace

/// Reads one file of mappings/.
class MapReader {
 public:
  MapReader(const Node& file, const Vocabulary& vocabulary, Findings& findings)
      : file_(file), vocabulary_(vocabulary), findings_(findings) {}

  std::optional<Map> read(const Map::Files& others) {
    const auto before = findings_.all().size();
    if (!file_.is_map()) return fail(file_.span, "this file is no map", "begin with  map: name");
    refuse_unknown_keys(file_, {"map", "about", "in", "out", "start", "identity", "fields", "tests", "extends"},
                        findings_);
    extended_ = extended(file_, others, findings_);
    if (!extended_) return {};
    head();
    if (has_errors_since(before)) return {};
    fields();
    tests();
    if (has_errors_since(before)) return {};
    return std::move(map_);
  }

 private:
  const Node* find(std::string_view key) const { return extended_->find(key); }

  std::optional<Map> fail(Span at, std::string message, std::string help) {
    findings_.error("E0208", at, std::move(message), {}, std::move(help));
    return {};
  }

  bool has_errors_since(std::size_t before) const {
    const auto& all = findings_.all();
    return std::any_of(all.begin() + static_cast<std::ptrdiff_t>(before), all.end(),
                       [](const Finding& finding) { return finding.severity == Finding::Severity::error; });
  }

  /// The scalar of a key that a map needs.
  const Node* scalar(std::string_view key, bool required, const char* help) {
    const Node* node = find(key);
    if (node == nullptr && required) fail(file_.find("map")->span, "the map has no " + std::string(key) + ":", help);
    if (node == nullptr || node->is_scalar()) return node;
    fail(node->span, std::string(key) + ": takes one line", help);
    return nullptr;
  }

  void head() {
    name();
    if (file_.find("map") == nullptr) return;
    if (const Node* node = scalar("in", true, "write:  in: hl7 ORM^O01  or the name of a record:  in: study"))
      source(*node);
    if (const Node* node = scalar("out", true, kTargets)) target(*node);
    start(scalar("start", false, "write:  start: copy  or  start: empty"));
    if (const Node* node = scalar("identity", false, "write:  identity: OBR-3"))
      if (auto expr = Expr::compile(*node, vocabulary_, findings_))
        map_.identity_ = std::make_shared<const Expr>(*std::move(expr));
  }

  void name() {
    const Node* node = file_.find("map");
    if (node == nullptr || !node->is_scalar() || node->text.empty()) {
      fail(node ? node->span : file_.span, "this map has no name", "begin with  map: name");
      return;
    }
    map_.name_ = node->text;
    map_.span_ = node->span;
    if (ends_in_dash_digit(node->text))
      fail(node->span, "a map's name does not end in a dash and digits",
           "write:  map: " + node->text.substr(0, node->text.rfind('-')) + "_" +
               node->text.substr(node->text.rfind('-') + 1));
  }

  void source(const Node& node) {
    map_.source_ = node.text;
    const auto words = words_of(node.text);
    vocabulary_.hl7 = !words.empty() && words[0] == "hl7";
    if (vocabulary_.hl7) {
      if (words.size() == 2 && words[1].size() >= 3) return;
      findings_.error("E0206", node.span, "\"" + node.text + "\" names no message", {},
                      "write:  in: hl7 ORM^O01  or  in: hl7 ADT");
      return;
    }
    if (words.size() == 1 && vocabulary_.names.contains(words[0])) return;
    std::vector<std::string> names{"hl7"};
    for (const auto& entry : vocabulary_.names) names.push_back(entry.first);
    const std::string near = nearest(node.text, names);
    findings_.error("E0206", node.span, "a map cannot read from \"" + node.text + "\"",
                    near.empty() ? "" : "did you mean " + near + "?",
                    "write:  in: hl7 ORM^O01  or the name of a record:  in: study");
  }

  void target(const Node& node) {
    const auto words = words_of(node.text);
    Target& target = map_.target_;
    if (node.text == "patient") {
      target.kind = Kind::patient;
    } else if (node.text == "dicom worklist") {
      target.kind = Kind::worklist;
    } else if (words.size() == 3 && words[0] == "hl7") {
      target = {Kind::hl7, words[1], words[2].starts_with('v') ? words[2].substr(1) : words[2]};
      hl7_target(node);
    } else if (words.size() == 3 && words[0] == "fhir") {
      target = {Kind::fhir, words[2], words[1]};
      fhir_target(node);
    } else {
      unknown_target(node.span, "\"" + node.text + "\" is nothing that a map can build", "");
    }
  }

  void hl7_target(const Node& node) {
    const Target& target = map_.target_;
    if (!is_message_type(target.type))
      return unknown_target(word(node, target.type), "\"" + target.type + "\" is no message type",
                            "a code and an event: ORU^R01");
    if (hl7::nearest_version(target.version) != target.version)
      return unknown_target(word(node, target.version), "there is no HL7 version " + target.version, "");
    if (hl7::structure_of(target.version, target.type.substr(0, 3), target.type.substr(4)).empty())
      unknown_target(word(node, target.type), "HL7 " + target.version + " has no message " + target.type, "");
  }

  void fhir_target(const Node& node) {
    const Target& target = map_.target_;
    if (target.version != "R4")
      return unknown_target(word(node, target.version), "FHIR " + target.version + " is not written", "R4 is");
    if (json::is_fhir_resource(target.type)) return;
    const std::string near =
        nearest(target.type, {"DiagnosticReport", "ImagingStudy", "Observation", "Patient", "ServiceRequest",
                              "Practitioner", "Encounter", "DocumentReference", "Endpoint"});
    unknown_target(word(node, target.type), "there is no FHIR resource " + target.type + " to write",
                   near.empty() ? "" : "did you mean " + near + "?");
  }

  static Span word(const Node& node, const std::string& word) {
    const auto at = node.text.rfind(word);
    return node.part(at, at + word.size());
  }

  void unknown_target(Span at, std::string message, std::string label) {
    findings_.error("E0205", at, std::move(message), std::move(label), kTargets);
  }

  void start(const Node* node) {
    if (node == nullptr) return;
    const char* help = "write:  start: copy  to begin with the received message, or  start: empty";
    if (map_.target_.kind != Kind::hl7)
      findings_.error("E0207", node->span, "only a message that is built has a start:", {}, "leave the line out");
    else if (node->text != "copy" && node->text != "empty")
      findings_.error("E0207", node->span, "\"" + node->text + "\" is no start", {}, help);
    else if (node->text == "copy" && !vocabulary_.hl7)
      findings_.error("E0207", node->span, "a copy needs a message to begin with, and this map reads " + map_.source_,
                      {}, "write:  start: empty");
    map_.starts_with_copy_ = node->text == "copy";
  }

  void fields() {
    const Node* node = find("fields");
    if (node == nullptr || !node->is_map() || node->entries.empty()) {
      fail(node ? node->span : map_.span_, "the map has no fields",
           "write:  fields:  and below it  PatientName: PID-5");
      return;
    }
    auto fields = read_fields(*node, vocabulary_, findings_);
    check(fields);
    map_.fields_ = std::make_shared<const std::vector<TargetField>>(std::move(fields));
  }

  void check(std::vector<TargetField>& fields) {
    const Span out = find("out")->span;
    switch (map_.target_.kind) {
      case Kind::hl7:
        return check_hl7(fields, map_.target_, vocabulary_.z_segments, findings_);
      case Kind::fhir:
        return check_fhir(fields, map_.target_, out, findings_);
      default:
        return check_dicom(fields, map_.target_.kind, out, findings_);
    }
  }

  // The map's own tests.

  void tests() {
    const Node* node = file_.find("tests");
    if (node == nullptr) return;
    if (!node->is_list()) return bad_test(*node, "tests: is a list", "write:  - name: what must come out");
    for (const Node& item : node->items) test(item);
  }

  void test(const Node& node) {
    if (!node.is_map()) return bad_test(node, "a test has a name", "write:  - name: what must come out");
    refuse_unknown_keys(node, {"name", "given", "expect"}, findings_);
    const Node *name = node.find("name"), *given = node.find("given"), *expect = node.find("expect");
    if (name == nullptr || !name->is_scalar())
      return bad_test(node, "a test has a name", "write:  name: what must come out");
    if (given == nullptr || !given->is_list())
      return bad_test(given ? *given : node, "a map's test is given segments",
                      "write:  given:  and below it  - OBR|1||  (records are given in a route's test)");
    if (expect == nullptr || !expect->is_map())
      return bad_test(expect ? *expect : node, "a test expects fields", "write:  expect:  and below it  PatientID: M1");
    Map::Test out{name->text, name->span, {}, expect};
    for (const Node& segment : given->items) {
      if (!segment.is_scalar()) return bad_test(segment, "a segment is one line", "write:  - PID|1||M1");
      out.given.push_back(segment.text);
    }
    map_.tests_.push_back(std::move(out));
  }

  void bad_test(const Node& node, std::string message, std::string help) {
    findings_.error("E0247", node.span, std::move(message), {}, std::move(help));
  }

  const Node& file_;
  Vocabulary vocabulary_;
  Findings& findings_;
  std::optional<Node> extended_;
  Map map_;
};

std::optional<Map> Map::load(const Node& file, const Vocabulary& vocabulary, Findings& findings, const Files& others) {
  return MapReader(file, vocabulary, findings).read(others);
}

}  // namespace pons
