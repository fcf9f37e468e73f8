#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "engine/base/text.h"
#include "engine/dicom/dictionary.h"
#include "engine/hl7/charset.h"
#include "engine/hl7/escape.h"
#include "engine/hl7/path.h"
#include "engine/hl7/read.h"
#include "engine/mapping/map.h"

namespace pons {
namespace {

constexpr std::string_view kStep = "ScheduledProcedureStepSequence";
constexpr const char* kAbsent = "(absent)";
constexpr const char* kNull = "(null)";

using Lines = std::vector<std::string>;

void differ(Lines& lines, const std::string& path, const std::string& want, const std::string& got) {
  lines.push_back(path + "    want " + want + "    got " + got);
}

bool wants_absent(const Node& expected) {
  return expected.is_scalar() && !expected.quoted && (expected.text == "absent" || expected.text == "none");
}

/// `""`, `null` and an empty value.
bool wants_null(const Node& expected) {
  return expected.is_scalar() && (expected.text.empty() || (!expected.quoted && expected.text == "null"));
}

std::string wanted(const Node& expected) {
  if (wants_absent(expected)) return kAbsent;
  if (wants_null(expected)) return kNull;
  if (expected.is_scalar()) return expected.text;
  return expected.is_list() ? std::to_string(expected.items.size()) + " items" : "an object";
}

// Messages.

/// `ORU^R01` fits `ORU^R01^ORU_R01`: what an expectation leaves out is not looked at.
bool fits_structure(const std::string& want, std::string_view raw, const hl7::Delimiters& from,
                    const hl7::Charset& charset) {
  const std::string got = hl7::to_utf8(hl7::redelimit(raw, from, {}), charset);
  const auto wants = split(want, '^'), gots = split(got, '^');
  for (std::size_t i = 0; i < wants.size(); ++i) {
    const std::string part = i < gots.size() ? hl7::unescape(gots[i], {}) : std::string();
    if (!wants[i].empty() && part != wants[i]) return false;
  }
  return true;
}

class MessageComparison {
 public:
  MessageComparison(const hl7::Message& message, Lines& lines)
      : message_(message), charset_(hl7::charset_of(message, "")), lines_(lines) {}

  void compare(const Node& expected) {
    for (const auto& [key, value] : expected.entries) {
      const auto path = hl7::Path::parse(key.text);
      if (!path)
        differ(lines_, key.text, "a path", path.fault().text);
      else if (value.is_list())
        list(*path, value);
      else
        one(*path, value, hl7::find_first(message_, *path));
    }
  }

 private:
  void list(const hl7::Path& path, const Node& expected) {
    const auto found = hl7::find(message_, path);
    for (std::size_t i = 0; i < std::max(found.size(), expected.items.size()); ++i) {
      if (i >= expected.items.size())
        differ(lines_, found[i].place.path(), kAbsent, text(found[i]));
      else
        one(path, expected.items[i], i < found.size() ? found[i] : hl7::Found());
    }
  }

  void one(const hl7::Path& path, const Node& expected, const hl7::Found& found) {
    if (!fits(expected, found)) differ(lines_, path.to_text(), wanted(expected), text(found));
  }

  bool fits(const Node& expected, const hl7::Found& found) const {
    if (wants_absent(expected)) return found.state == hl7::State::absent;
    if (wants_null(expected)) return found.state == hl7::State::null;
    if (!expected.is_scalar() || found.state != hl7::State::value) return false;
    return hl7::text(found, charset_) == expected.text ||
           fits_structure(expected.text, found.raw, found.delimiters, charset_);
  }

  std::string text(const hl7::Found& found) const {
    if (found.state == hl7::State::absent) return kAbsent;
    return found.state == hl7::State::null ? kNull : hl7::text(found, charset_);
  }

  const hl7::Message& message_;
  hl7::Charset charset_;
  Lines& lines_;
};

// JSON.

std::string time_meaning(std::string_view text) {
  const auto point = text.find('.');
  std::string fraction = point == std::string_view::npos ? std::string() : std::string(text.substr(point + 1));
  fraction.erase(fraction.find_last_not_of('0') + 1);
  std::string digits(text.substr(0, point));
  if (digits.size() < 6) digits.resize(6, '0');
  return fraction.empty() ? digits : digits + '.' + fraction;
}

bool is_time(std::string_view keyword) {
  const auto attribute = dicom::find_attribute(keyword);
  return attribute && attribute->vr == "TM";
}

std::string shown(const json::Value* got) {
  if (got == nullptr) return kAbsent;
  if (got->is_null()) return kNull;
  if (got->is_object() || got->is_array()) return got->write();
  return got->text();
}

/// "identifier[2]" as its name and number; 1 when none is written.
std::pair<std::string, std::size_t> name_and_number(std::string_view step) {
  const auto bracket = step.find('[');
  if (bracket == std::string_view::npos) return {std::string(step), 1};
  std::size_t number = 0;
  for (const char c : step.substr(bracket + 1))
    if (c >= '0' && c <= '9') number = number * 10 + static_cast<std::size_t>(c - '0');
  return {std::string(step.substr(0, bracket)), number};
}

std::string canonical(std::string_view name) {
  const auto tag = dicom::parse_tag(name);
  const auto attribute = tag ? dicom::find_attribute(*tag) : std::nullopt;
  return attribute ? attribute->keyword : std::string(name);
}

const json::Value* item_of(const json::Value* value, std::size_t number) {
  if (value == nullptr || !value->is_array()) return number == 1 ? value : nullptr;
  return number >= 1 && number <= value->items().size() ? &value->items()[number - 1] : nullptr;
}

/// The member at a path; of the last name the whole list, unless a number is written.
const json::Value* at(const json::Value& object, std::string_view path) {
  const json::Value* here = &object;
  const auto steps = split(path, '.');
  for (std::size_t i = 0; here != nullptr && i < steps.size(); ++i) {
    const auto [name, number] = name_and_number(steps[i]);
    here = here->find(canonical(name));
    const bool is_whole = i + 1 == steps.size() && steps[i].find('[') == std::string_view::npos;
    if (!is_whole) here = item_of(here, number);
  }
  return here;
}

class JsonComparison {
 public:
  explicit JsonComparison(Lines& lines) : lines_(lines) {}

  void object(const Node& expected, const json::Value& got, const std::string& prefix) {
    for (const auto& [key, value] : expected.entries) {
      const json::Value* member = at(got, key.text);
      std::string path = prefix + key.text;
      if (member == nullptr && prefix.empty())
        if (const json::Value* step = item_of(got.find(kStep), 1); step && is_of_step(key.text, *step)) {
          member = step->find(key.text);
          path = std::string(kStep) + "." + key.text;
        }
      compare(value, member, path);
    }
  }

 private:
  /// Named without its sequence, and a standard attribute that is not there either counts as the step's.
  static bool is_of_step(const std::string& keyword, const json::Value& step) {
    return step.find(keyword) != nullptr || keyword == "Modality" || keyword.starts_with("Scheduled");
  }

  void compare(const Node& expected, const json::Value* got, const std::string& path) {
    if (wants_absent(expected)) return check(got == nullptr, expected, got, path);
    if (wants_null(expected)) return check(got != nullptr && got->is_null(), expected, got, path);
    if (expected.is_list()) return list(expected, got, path);
    const json::Value* one = expected.is_map() ? item_of(got, 1) : got;
    if (!expected.is_map()) return scalar(expected, one, path);
    if (one == nullptr || !one->is_object()) return check(false, expected, got, path);
    object(expected, *one, path + '.');
  }

  void list(const Node& expected, const json::Value* got, const std::string& path) {
    if (got == nullptr || !got->is_array()) return check(false, expected, got, path);
    for (std::size_t i = 0; i < expected.items.size(); ++i)
      compare(expected.items[i], item_of(got, i + 1), path + '[' + std::to_string(i + 1) + ']');
  }

  void scalar(const Node& expected, const json::Value* got, const std::string& path) {
    if (got != nullptr && got->is_array()) {
      std::string joined;
      for (const json::Value& item : got->items()) joined += (joined.empty() ? "" : "\\") + item.text();
      const bool fits = got->items().size() == 1 ? got->items()[0].text() == expected.text : joined == expected.text;
      return check(fits, expected, got, path);
    }
    if (got == nullptr || got->is_object() || got->is_null()) return check(false, expected, got, path);
    const auto dot = path.rfind('.');
    const std::string name = canonical(dot == std::string::npos ? path : path.substr(dot + 1));
    const bool fits =
        is_time(name) ? time_meaning(got->text()) == time_meaning(expected.text) : got->text() == expected.text;
    check(fits, expected, got, path);
  }

  void check(bool fits, const Node& expected, const json::Value* got, const std::string& path) {
    if (!fits) differ(lines_, path, wanted(expected), shown(got));
  }

  Lines& lines_;
};

}  // namespace

std::vector<std::string> differences(const Node& expected, const Document& actual) {
  Lines lines;
  if (const auto* message = std::get_if<hl7::Message>(&actual))
    MessageComparison(*message, lines).compare(expected);
  else
    JsonComparison(lines).object(expected, std::get<json::Value>(actual), "");
  return lines;
}

}  // namespace pons
