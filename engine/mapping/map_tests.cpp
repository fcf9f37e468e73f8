#include "engine/mapping/map_tests.h"

#include "engine/hl7/charset.h"
#include "engine/hl7/read.h"
#include "engine/hl7/structure.h"

namespace pons {
namespace {

// A day of its own, so that no test depends on today's.
constexpr std::string_view kMoment = "2026-01-01T00:00:00Z";

/// MSH-3 to MSH-6 stay empty: a look-up by the sender alone is then absent.
std::string default_header(const std::string& source) {
  const auto space = source.find(' ');
  const std::string type = space == std::string::npos ? std::string() : source.substr(space + 1);
  return "MSH|^~\\&|||||20260101000000||" + type + "|TEST|P|2.5.1";
}

std::string message_text(const Map& map, const Map::Test& test) {
  std::string text;
  if (test.given.empty() || !test.given.front().starts_with("MSH")) text = default_header(map.source()) + '\r';
  for (const std::string& segment : test.given) text += segment + '\r';
  return text;
}

Result<Document> build(const Map& map, const hl7::Message& message) {
  const auto groups = hl7::split(message, "OBR");
  Scope scope;
  scope.message = scope.received = &message;
  scope.group = !groups || groups->empty() ? nullptr : &groups->front();
  scope.charset = hl7::charset_of(message, "");
  scope.version = hl7::text_at(message, "MSH-12");
  scope.now = from_rfc3339(kMoment).value();
  scope.new_control_id = [] { return std::string("TEST"); };
  return map.build(scope);
}

}  // namespace

std::vector<std::string> run_test(const Map& map, const Map::Test& test) {
  const auto message = hl7::Message::parse(message_text(map, test));
  if (!message) return {message.fault().text};
  const auto built = build(map, *message);
  if (!built) return {built.fault().text};
  return differences(*test.expect, *built);
}

std::vector<std::string> run_tests(const Map& map) {
  std::vector<std::string> lines;
  for (const Map::Test& test : map.tests())
    for (const std::string& line : run_test(map, test))
      lines.push_back("FAIL  " + test.span.where() + "  " + test.name + "\n      " + line);
  return lines;
}

}  // namespace pons
