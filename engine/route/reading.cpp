#include "engine/route/reading.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>

#include "engine/hl7/path.h"
#include "engine/hl7/read.h"

namespace pons {

namespace {

hl7::Path path_of(std::string_view text) {
  auto path = hl7::Path::parse(text);
  if (!path) throw std::logic_error("a path of the engine's own is wrong: " + path.fault().text);
  return *path;
}

std::string part(std::string_view path, int component) {
  return std::string(path) + '.' + std::to_string(component);
}

bool is_day(std::string_view text) {
  if (text.size() < 8 || !std::all_of(text.begin(), text.begin() + 8, [](char c) { return c >= '0' && c <= '9'; }))
    return false;
  const auto number = [&](std::size_t at, std::size_t length) {
    return std::stoi(std::string(text.substr(at, length)));
  };
  return std::chrono::year_month_day{std::chrono::year{number(0, 4)}, std::chrono::month(unsigned(number(4, 2))),
                                     std::chrono::day(unsigned(number(6, 2)))}
      .ok();
}

}  // namespace

Reading::Reading(const hl7::Message& message, const Endpoint& endpoint, const hl7::Group* group)
    : message_(message), endpoint_(endpoint), group_(group), charset_(hl7::charset_of(message, endpoint.charset)) {}

Said Reading::said(std::string_view path) const {
  const hl7::Found found = hl7::find_first(message_, path_of(path), group_);
  switch (found.state) {
    case hl7::State::absent:
      return {};
    case hl7::State::null:
      return "";
    case hl7::State::value:
      break;
  }
  return hl7::text(found, charset_);
}

Said Reading::first(std::initializer_list<std::string_view> paths) const {
  for (const std::string_view path : paths)
    if (Said found = said(path)) return found;
  return {};
}

std::vector<Identifier> Reading::identifiers(std::string_view field) const {
  const auto repetitions = hl7::find(message_, path_of(std::string(field) + "[*]"), group_).size();
  std::vector<Identifier> found;
  // Empty repetitions count: "~99" is the second one.
  for (std::size_t number = 1, present = 0; present < repetitions; ++number) {
    const std::string at = std::string(field) + '[' + std::to_string(number) + ']';
    if (!said(at)) continue;
    ++present;
    Identifier each{text(part(at, 1)), text(at + ".4.1"), text(part(at, 5))};
    if (each.authority.empty()) each.authority = endpoint_.authority;
    if (!each.empty()) found.push_back(std::move(each));
  }
  return found;
}

Identifier Reading::entity(std::string_view field) const {
  Identifier entity{text(part(field, 1)), text(part(field, 2)), {}};
  if (entity.authority.empty()) entity.authority = endpoint_.authority;
  return entity;
}

Said Reading::person_name(std::string_view field, int first) const {
  const Said whole = said(field);
  if (!whole || whole->empty()) return whole;
  // HL7 puts the suffix before the prefix, DICOM the prefix before the suffix (PS3.5 6.2.1).
  constexpr std::array<int, 5> kOrder{0, 1, 2, 4, 3};
  std::string name;
  for (const int offset : kOrder) {
    std::string component = part(field, first + offset);
    if (offset == 0) component += ".1";
    name += text(component) + '^';
  }
  name.erase(name.find_last_not_of('^') + 1);
  return name;
}

Result<Said> Reading::day(std::string_view path) const {
  const Said said = this->said(path);
  if (!said || said->empty()) return said;
  if (!is_day(*said)) return refused("\"" + *said + "\" is not a date; write YYYYMMDD", std::string(path), 102);
  return Said(said->substr(0, 8));
}

Result<Said> Reading::time(std::string_view path) const {
  const Said said = this->said(path);
  if (!said || said->empty()) return said;
  std::string digits;
  for (std::size_t at = 8; at < said->size() && digits.size() < 6 && (*said)[at] >= '0' && (*said)[at] <= '9'; ++at)
    digits.push_back((*said)[at]);
  if (digits.empty()) return Said{};
  if (digits.size() % 2 != 0) return refused("\"" + *said + "\" ends within the time", std::string(path), 102);
  digits.resize(6, '0');
  return Said(digits);
}

}  // namespace pons
