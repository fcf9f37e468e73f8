// Reads the names of files, one a line; says for each what our parser sees in it, as a line of JSON: `refused`, or
// `segments` as [name, [field, [repetition, [component, [subcomponent, …]]]]]. Bytes are read as Latin-1, so that every
// byte is a character.
#include <fstream>
#include <iostream>
#include <iterator>

#include "engine/hl7/message.h"
#include "engine/hl7/parts.h"
#include "engine/json/value.h"

using namespace pons;

namespace {

std::string latin1(std::string_view bytes) {
  std::string utf8;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      utf8 += c;
    } else {
      utf8 += static_cast<char>(0xc0 | byte >> 6);
      utf8 += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return utf8;
}

using Level = json::Value (*)(std::string_view, const hl7::Delimiters&);

json::Value parts(std::string_view text, char separator, const hl7::Delimiters& delimiters, Level inner) {
  json::Value all = json::Value::array();
  for (std::size_t i = 1; i <= hl7::count_parts(text, separator); ++i)
    all.push(inner(hl7::part(text, separator, i).value_or(""), delimiters));
  return all;
}

json::Value subcomponent(std::string_view text, const hl7::Delimiters&) {
  return latin1(text);
}
json::Value component(std::string_view text, const hl7::Delimiters& d) {
  return parts(text, d.subcomponent, d, subcomponent);
}
json::Value repetition(std::string_view text, const hl7::Delimiters& d) {
  return parts(text, d.component, d, component);
}
json::Value field(std::string_view text, const hl7::Delimiters& d) {
  return parts(text, d.repetition, d, repetition);
}

json::Value segment(const hl7::Message& message, std::size_t at) {
  json::Value fields = json::Value::array();
  const bool is_header = message.is(at, "MSH");
  for (std::size_t i = is_header ? 3 : 1; i <= message.field_count(at); ++i)
    fields.push(field(message.raw_field(at, i).value_or(""), message.delimiters()));
  json::Value segment = json::Value::array();
  segment.push(latin1(message.name(at)));
  segment.push(std::move(fields));
  return segment;
}

json::Value seen_in(const std::string& bytes) {
  json::Value seen = json::Value::object();
  const auto message = hl7::Message::parse(bytes);
  if (!message) {
    seen["refused"] = message.fault().text;
    return seen;
  }
  json::Value segments = json::Value::array();
  for (std::size_t i = 0; i < message->size(); ++i) segments.push(segment(*message, i));
  seen["segments"] = std::move(segments);
  return seen;
}

}  // namespace

int main() {
  for (std::string name; std::getline(std::cin, name);) {
    std::ifstream file(name, std::ios::binary);
    std::cout << seen_in({std::istreambuf_iterator<char>(file), {}}).write() << '\n';
  }
}
