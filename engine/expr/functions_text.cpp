#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "engine/base/digest.h"
#include "engine/base/text.h"
#include "engine/expr/function.h"

namespace pons {

namespace {

using Parameter = Function::Parameter;

icu::UnicodeString unicode(std::string_view text) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), begins_character));
}

/// Where the character with that number (from 0) begins.
std::size_t offset_of(std::string_view utf8, std::size_t number) {
  if (number >= utf8.size()) return utf8.size();
  for (std::size_t i = 0; i < utf8.size(); ++i)
    if (begins_character(utf8[i]) && number-- == 0) return i;
  return utf8.size();
}

std::size_t count_of(const FunctionCall& call) {
  return static_cast<std::size_t>(call.given(1)->number);
}

Result<Value> upper(const FunctionCall& call) {
  std::string out;
  unicode(call.text(0)).toUpper(icu::Locale::getRoot()).toUTF8String(out);
  return call.made(out);
}

Result<Value> lower(const FunctionCall& call) {
  std::string out;
  unicode(call.text(0)).toLower(icu::Locale::getRoot()).toUTF8String(out);
  return call.made(out);
}

Result<Value> trimmed(const FunctionCall& call) {
  return call.made(std::string(trim(call.text(0))));
}

Result<Value> left(const FunctionCall& call) {
  const std::string text = call.text(0);
  return call.made(text.substr(0, offset_of(text, count_of(call))));
}

Result<Value> right(const FunctionCall& call) {
  const std::string text = call.text(0);
  const std::size_t size = characters(text), count = std::min(size, count_of(call));
  return call.made(text.substr(offset_of(text, size - count)));
}

Result<Value> pad(const FunctionCall& call) {
  const std::string fill = call.given(2) != nullptr ? call.text(2) : "0";
  std::string text = call.text(0);
  const std::size_t size = characters(text);
  for (std::size_t missing = count_of(call); missing > size; --missing) text.insert(0, fill);
  return call.made(text);
}

Result<Value> replace(const FunctionCall& call) {
  return call.made(replace_all(call.text(0), call.text(1), call.text(2)));
}

Result<Value> split_text(const FunctionCall& call) {
  const std::string text = call.text(0), separator = call.text(1);
  std::vector<Value> parts;
  std::size_t from = 0;
  while (!separator.empty()) {
    const auto end = text.find(separator, from);
    if (end == std::string::npos) break;
    parts.push_back(Value::text(text.substr(from, end - from)).with_origin(call.argument(0)));
    from = end + separator.size();
  }
  parts.push_back(Value::text(text.substr(from)).with_origin(call.argument(0)));
  if (call.given(2) == nullptr) return Value::list(std::move(parts));
  const auto number = static_cast<std::size_t>(call.given(2)->number);
  if (number == 0 || number > parts.size()) return Value();
  return call.made(parts[number - 1].as_text());
}

Result<Value> match(const FunctionCall& call) {
  auto found = call.given(1)->pattern->first_fit(call.text(0));
  if (!found) return call.fault(found.fault().text);
  return *found ? call.made(**found) : Value();
}

Result<Value> length(const FunctionCall& call) {
  return call.made(std::to_string(characters(call.text(0))));
}

Result<Value> hashed(const FunctionCall& call) {
  return call.made(to_hex(sha256(call.text(0))));
}

Result<Value> mask(const FunctionCall& call) {
  const std::string text = call.text(0);
  const std::size_t size = characters(text);
  const std::size_t shown = call.given(1) != nullptr ? std::min(size, count_of(call)) : 0;
  return call.made(std::string(size - shown, '*') + text.substr(offset_of(text, size - shown)));
}

Result<Value> raw(const FunctionCall& call) {
  const Value& value = call.argument(0);
  return call.made(value.kind() == Value::Kind::field ? value.as_field().raw_text() : value.as_text());
}

/// `text(PID-3.1)`: as text; `text("…{…}")` is compiled apart.
Result<Value> text_of(const FunctionCall& call) {
  return Value::text(call.text(0)).with_origin(call.argument(0));
}

}  // namespace

const std::vector<Function>& text_functions() {
  using Nothing = Function::Nothing;
  static const std::vector<Function> kFunctions{
      {"upper", "PID-5.1 | upper", {Parameter::value}, 1, Nothing::passes, true, upper},
      {"lower", "PID-5.1 | lower", {Parameter::value}, 1, Nothing::passes, true, lower},
      {"trim", "OBR-24 | trim", {Parameter::value}, 1, Nothing::passes, true, trimmed},
      {"left", "NTE-3 | left(64)", {Parameter::value, Parameter::number}, 2, Nothing::passes, true, left},
      {"right", "OBR-18 | right(8)", {Parameter::value, Parameter::number}, 2, Nothing::passes, true, right},
      {"pad",
       "OBR-1 | pad(3) or OBR-1 | pad(3, 0)",
       {Parameter::value, Parameter::number, Parameter::text},
       2,
       Nothing::passes,
       true,
       pad},
      {"replace",
       "OBR-18 | replace(\"-\", \"\")",
       {Parameter::value, Parameter::text, Parameter::text},
       3,
       Nothing::passes,
       true,
       replace},
      {"split_text",
       "OBX-5 | split_text(\"/\") or OBX-5 | split_text(\"/\", 2)",
       {Parameter::value, Parameter::text, Parameter::number},
       2,
       Nothing::passes,
       false,
       split_text},
      {"match",
       "OBR-4.2 | match(\"([0-9]+) mSv\")",
       {Parameter::value, Parameter::pattern},
       2,
       Nothing::passes,
       true,
       match},
      {"length", "OBR-18 | length", {Parameter::value}, 1, Nothing::is_absent, true, length},
      {"text", "text(\"Seen by {PV1-7.2}\")", {Parameter::value}, 1, Nothing::is_absent, false, text_of},
      {"hash", "PID-3.1 | hash", {Parameter::value}, 1, Nothing::passes, true, hashed},
      {"mask",
       "PID-19 | mask or PID-19 | mask(4)",
       {Parameter::value, Parameter::number},
       1,
       Nothing::passes,
       true,
       mask},
      {"raw", "raw(PID-5)", {Parameter::value}, 1, Nothing::passes, true, raw},
  };
  return kFunctions;
}

}  // namespace pons
