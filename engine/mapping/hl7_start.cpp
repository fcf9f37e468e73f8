#include "engine/mapping/hl7_start.h"

#include <algorithm>
#include <string>
#include <vector>

#include "engine/base/text.h"
#include "engine/hl7/charset.h"
#include "engine/hl7/edit.h"
#include "engine/hl7/path.h"
#include "engine/hl7/read.h"

namespace pons {
namespace {

constexpr std::string_view kUtf8 = "UNICODE UTF-8";

Result<void> put(hl7::Message& message, std::string_view path, std::string_view text) {
  const auto place = hl7::Path::parse(path);
  return place ? hl7::set(message, *place, hl7::State::value, text) : Result<void>(place.fault());
}

/// MSH-7, 9 and 12: when it was made, and what it is.
Result<void> put_header(hl7::Message& message, const Target& target, const Scope& scope) {
  const auto caret = target.type.find('^');
  const std::string code = target.type.substr(0, caret), event = target.type.substr(caret + 1);
  const std::string structure(hl7::structure_of(hl7::nearest_version(target.version), code, event));
  const std::vector<std::pair<const char*, std::string>> values = {{"MSH-7", to_hl7(scope.now)},
                                                                   {"MSH-9.1", code},
                                                                   {"MSH-9.2", event},
                                                                   {"MSH-9.3", structure},
                                                                   {"MSH-12", target.version}};
  for (const auto& [path, text] : values)
    if (auto done = put(message, path, text); !done) return done;
  return {};
}

void keep_group(hl7::Message& message, const hl7::Group& group) {
  for (std::size_t i = message.size(); i > 1; --i)
    if (!group.has(i - 1)) message.erase_segment(i - 1);
}

/// Every segment in UTF-8. Bytes that the character set does not know are refused: no character is lost unseen.
Result<void> to_utf8(hl7::Message& message, const hl7::Charset& charset) {
  for (std::size_t i = 0; i < message.size(); ++i) {
    if (is_ascii(message.raw(i)) && message.raw(i).find('\x1b') == std::string_view::npos) continue;
    auto decoded = hl7::decode(message.raw(i), charset);
    if (!decoded.bad_offsets.empty())
      return refused(std::string(message.name(i)) + " holds bytes that are no " + std::string(charset.name) +
                         "; the sender's MSH-18 or the endpoint's  charset:  is wrong",
                     std::string(message.name(i)), 102);
    if (decoded.utf8 != message.raw(i)) message.replace_segment(i, std::move(decoded.utf8));
  }
  return {};
}

/// PID-3 by the identifiers that survived merges.
Result<void> put_survivors(hl7::Message& message, const Scope& scope) {
  if (!scope.survivor) return {};
  for (std::size_t i = 0; i < message.size(); ++i) {
    if (!message.is(i, "PID")) continue;
    const std::string pid = "PID[" + std::to_string(message.occurrence(i)) + "]-3[";
    for (std::size_t n = 1; n <= hl7::repetitions(message, i, 3); ++n) {
      const std::string at = pid + std::to_string(n) + "].";
      const Identifier said{hl7::text_at(message, at + "1"), hl7::text_at(message, at + "4.1"),
                            hl7::text_at(message, at + "5")};
      if (said.empty()) continue;
      const Identifier survivor = scope.survivor(said);
      if (survivor == said) continue;
      if (auto done = put(message, at + "1", survivor.value); !done) return done;
      if (auto done = put(message, at + "4.1", survivor.authority); !done) return done;
    }
  }
  return {};
}

}  // namespace

Result<hl7::Message> empty_start(const Target& target, const Scope& scope) {
  hl7::Message message = hl7::Message::empty();
  if (auto done = put_header(message, target, scope); !done) return done.fault();
  const std::string received = scope.message ? hl7::text_at(*scope.message, "MSH-11") : std::string();
  if (auto done = put(message, "MSH-11", received.empty() ? "P" : received); !done) return done.fault();
  if (scope.new_control_id)
    if (auto done = put(message, "MSH-10", scope.new_control_id()); !done) return done.fault();
  return message;
}

Result<hl7::Message> copied_start(const Target& target, const Scope& scope) {
  if (scope.message == nullptr) return refused("start: copy needs a message, and there is none here");
  hl7::Message message = *scope.message;
  if (scope.group) keep_group(message, *scope.group);
  if (auto done = to_utf8(message, scope.charset); !done) return done.fault();
  if (auto done = put_header(message, target, scope); !done) return done.fault();
  if (auto done = put_survivors(message, scope); !done) return done.fault();
  return message;
}

Result<void> finish_charset(hl7::Message& message, bool is_set) {
  bool ascii = true;
  for (std::size_t i = 0; i < message.size(); ++i) ascii = ascii && is_ascii(message.raw(i));
  if (ascii) return {};
  if (!is_set) return put(message, "MSH-18", kUtf8);
  const std::string name = hl7::text_at(message, "MSH-18");
  const auto charset = hl7::charset_named(name);
  if (!charset) return refused("MSH-18: \"" + name + "\" is no character set of HL7 table 0211", "MSH-18", 103);
  for (std::size_t i = 0; i < message.size(); ++i) {
    auto encoded = hl7::encode(message.raw(i), *charset);
    if (!encoded.bad_offsets.empty())
      return refused("MSH-18: " + std::string(message.name(i)) + " holds a character that " +
                         std::string(charset->name) + " lacks; write  MSH-18: UNICODE UTF-8",
                     "MSH-18", 102);
    message.replace_segment(i, std::move(encoded.bytes));
  }
  return {};
}

}  // namespace pons
