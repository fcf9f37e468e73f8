#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/hl7/read.h"
#include "engine/hl7/structure.h"
#include "engine/mapping/map.h"

namespace pons {

inline std::string text_of_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline std::filesystem::path sample(const std::string& name) {
  return std::filesystem::path(PONS_SOURCE_DIR) / "tests/engine/mapping/sample" / name;
}

/// One YAML file that stays where it is, since spans point into it.
struct YamlFile {
  YamlFile(std::string path, std::string text) : source{std::move(path), std::move(text)} {
    auto parsed = parse_yaml(source, findings);
    INFO(to_text(findings));
    REQUIRE(parsed);
    node = *std::move(parsed);
  }

  Source source;
  Findings findings;
  Node node;
};

/// A site's mappings as its loader has them: tables first, and the names that routes bind.
class Maps {
 public:
  Maps() {
    for (const char* name : {"modality-codes", "order-status", "pregnancy", "report-status", "sex", "stations"}) {
      const YamlFile& file = keep(std::string(name) + ".yaml", text_of_file(sample(std::string(name) + ".yaml")));
      Findings findings;
      auto table = CodeTable::load(file.node, findings);
      INFO(to_text(findings));
      REQUIRE(table);
      tables_.emplace(name, *std::move(table));
    }
    z_segments_["ZDS"][1] = "RP";
    vocabulary.tables = &tables_;
    vocabulary.z_segments = &z_segments_;
    for (const char* name : {"study", "order", "step", "patient", "script", "item", "report", "merge"})
      vocabulary.names[name] = {};
  }

  const YamlFile& keep(std::string path, std::string text) {
    files_.push_back(std::make_unique<YamlFile>(std::move(path), std::move(text)));
    return *files_.back();
  }

  /// A map of the sample site.
  Map sample_map(const std::string& name) { return map(text_of_file(sample(name + ".yaml")), name); }

  Map map(const std::string& text, const std::string& name = "test") {
    const YamlFile& file = keep("mappings/" + name + ".yaml", text);
    Findings findings;
    auto loaded = Map::load(file.node, vocabulary, findings, others);
    INFO(to_text(findings));
    REQUIRE(loaded);
    CHECK(findings.empty());
    return *std::move(loaded);
  }

  /// What a map's load finds, in full.
  std::string findings_of(const std::string& text, const std::string& name = "test") {
    const YamlFile& file = keep("mappings/" + name + ".yaml", text);
    Findings findings;
    const auto loaded = Map::load(file.node, vocabulary, findings, others);
    CHECK_FALSE((loaded && findings.has_errors()));
    return to_text(findings);
  }

  Vocabulary vocabulary;
  Map::Files others;

 private:
  std::vector<std::unique_ptr<YamlFile>> files_;
  std::map<std::string, CodeTable> tables_;
  std::map<std::string, std::map<int, std::string>> z_segments_;
};

/// A received message and what a route knows while it runs.
class Received {
 public:
  explicit Received(const std::string& bytes, const std::string& leader = "OBR", std::size_t group = 0)
      : message_(*hl7::Message::parse(bytes)), groups_(*hl7::split(message_, leader)) {
    scope.message = scope.received = &message_;
    scope.group = group < groups_.size() ? &groups_[group] : nullptr;
    scope.charset = hl7::charset_of(message_, "");
    scope.now = *from_rfc3339("2026-11-24T10:00:00Z");
    scope.zone = *Zone::named("Europe/London");
    scope.new_control_id = [] { return std::string("C1"); };
  }
  Received(const Received&) = delete;

  void know(const std::string& name, const std::string& json) {
    scope.bind(name, Value::of(*json::Value::parse(json)));
  }

  Scope scope;

 private:
  hl7::Message message_;
  std::vector<hl7::Group> groups_;
};

inline Document built(const Map& map, const Received& received, std::vector<Mapped>* mapped = nullptr) {
  auto document = map.build(received.scope, mapped);
  INFO((document ? std::string() : document.fault().text + " " + document.fault().line));
  REQUIRE(document);
  return *std::move(document);
}

inline json::Value built_json(const Map& map, const Received& received) {
  return std::get<json::Value>(built(map, received));
}

/// A line for each segment.
inline std::string built_text(const Map& map, const Received& received) {
  std::string text = std::get<hl7::Message>(built(map, received)).write();
  for (char& c : text)
    if (c == '\r') c = '\n';
  return text;
}

inline Fault fault_of(const Map& map, const Received& received) {
  const auto document = map.build(received.scope);
  REQUIRE_FALSE(document);
  return document.fault();
}

/// What differs from what is expected, as YAML.
inline std::vector<std::string> compared(Maps& maps, const std::string& expected, const Document& actual) {
  return differences(maps.keep("expected.yaml", expected).node, actual);
}

}  // namespace pons
