#include "adapters/dicom/worklist_query.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "engine/base/text.h"

namespace pons {

namespace {

constexpr std::string_view kStep = "ScheduledProcedureStepSequence.";
constexpr std::string_view kStation = "ScheduledProcedureStepSequence.ScheduledStationAETitle";

/// The two sides of a range key: "a-b", "a-", "-b" or a single value, which is both. "-" has none.
std::pair<std::string, std::string> sides(const std::string& key) {
  const auto dash = key.find('-');
  if (dash == std::string::npos) return {key, key};
  return {std::string(trim(key.substr(0, dash))), std::string(trim(key.substr(dash + 1)))};
}

std::string last_keyword(std::string_view path) {
  return std::string(path.substr(path.rfind('.') + 1));
}

/// The first and the last day of a key; both empty: any.
Result<std::pair<std::string, std::string>> days(const dicom::Dataset& identifier, const std::string& path) {
  const std::string text = identifier.text_or_empty(path);
  auto [first, last] = sides(text == "*" ? "" : text);
  for (std::string* each : {&first, &last}) {
    *each = replace_all(*each, ".", "");
    if (!each->empty() && (each->size() != 8 || !all_digits(*each)))
      return refused("\"" + text + "\" is not a date; write YYYYMMDD or YYYYMMDD-YYYYMMDD", last_keyword(path));
  }
  return std::pair(first, last);
}

/// HH, HHMM or HHMMSS that a clock can show.
bool is_time(std::string_view digits) {
  constexpr std::array<std::string_view, 3> kLast{"23", "59", "60"};
  if (!all_digits(digits) || digits.size() > 6 || digits.size() % 2 != 0) return false;
  for (std::size_t part = 0; part * 2 < digits.size(); ++part)
    if (digits.substr(part * 2, 2) > kLast[part]) return false;
  return true;
}

/// Full precision; `fill` completes what is not said: 0830 is 083000 as a first time and 083059 as a last one.
Result<std::string> time(const std::string& text, std::string_view fill, std::string_view path) {
  std::string digits = replace_all(text.substr(0, text.find('.')), ":", "");
  if (digits.empty()) return digits;
  if (!is_time(digits)) return refused("\"" + text + "\" is not a time; write HHMMSS", last_keyword(path));
  return digits + std::string(fill.substr(digits.size()));
}

/// The first and the last time of a key; both empty: any.
Result<std::pair<std::string, std::string>> times(const dicom::Dataset& identifier, const std::string& path) {
  const std::string text = identifier.text_or_empty(path);
  const auto [first, last] = sides(text == "*" ? "" : text);
  auto first_time = time(first, "000000", path), last_time = time(last, "235959", path);
  for (const auto* each : {&first_time, &last_time})
    if (!*each) return each->fault();
  return std::pair(*first_time, *last_time);
}

/// * is any text, ? any character (PS3.4 C.2.2.2.4).
bool matches_wildcards(std::string_view text, std::string_view key) {
  std::size_t t = 0, k = 0, after_star = key.npos, retry = 0;
  while (t < text.size()) {
    if (k < key.size() && key[k] == '*') {
      after_star = ++k;
      retry = t;
    } else if (k < key.size() && (key[k] == '?' || key[k] == text[t])) {
      ++k, ++t;
    } else if (after_star != key.npos) {
      k = after_star;
      t = ++retry;
    } else {
      return false;
    }
  }
  return key.find_first_not_of('*', k) == key.npos;
}

Result<StartRange> start_range(const dicom::Dataset& identifier) {
  const std::string step(kStep);
  const auto dates = days(identifier, step + "ScheduledProcedureStepStartDate");
  if (!dates) return dates.fault();
  const auto clock = times(identifier, step + "ScheduledProcedureStepStartTime");
  if (!clock) return clock.fault();
  const std::string text = identifier.text_or_empty(step + "ScheduledProcedureStepStartTime");
  StartRange range{dates->first, clock->first, dates->second, clock->second};
  // A range of days and one of times are an interval. A single time, and a time without a day, is one of each day.
  const bool is_single_time = text.find('-') == std::string::npos;
  range.each_day = is_single_time || (range.first_date.empty() && range.last_date.empty());
  return range;
}

/// Without what is empty or matches everything.
std::vector<std::string> values_of(const dicom::Dataset& identifier, const std::string& path) {
  std::vector<std::string> values;
  for (const std::string& each : identifier.values(path))
    if (const auto text = trim(each); text.find_first_not_of('*') != text.npos) values.emplace_back(text);
  return values;
}

/// Without what says nothing at its end: empty components, and empty component groups (PS3.5 6.2.1).
std::vector<std::string> names_of(const dicom::Dataset& identifier, const std::string& path) {
  auto names = values_of(identifier, path);
  for (std::string& each : names) {
    const auto last = each.find_last_not_of("^= ");
    each.resize(last == each.npos ? 0 : last + 1);
  }
  std::erase(names, "");
  return names;
}

std::vector<std::string> codes_of(const dicom::Dataset& identifier, const std::string& path) {
  auto codes = values_of(identifier, path);
  for (std::string& each : codes) each = upper_ascii(each);
  return codes;
}

/// Some clients write an empty number as 0.
Result<std::vector<std::string>> numbers_of(const dicom::Dataset& identifier, const std::string& path) {
  std::vector<std::string> numbers;
  for (const std::string& text : values_of(identifier, path)) {
    const std::string_view digits = std::string_view(text).substr(text[0] == '+' ? 1 : 0);
    double number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{} || end != digits.data() + digits.size() || !std::isfinite(number))
      return refused("\"" + text + "\" is not a number", last_keyword(path));
    if (number != 0) numbers.emplace_back(digits);
  }
  return numbers;
}

/// Nothing for a range that has no side.
std::vector<std::string> both(const std::pair<std::string, std::string>& range) {
  if (range.first.empty() && range.second.empty()) return {};
  return {range.first, range.second};
}

Result<std::vector<std::string>> read_key(const dicom::Dataset& identifier, const WorklistKey& key) {
  const std::string path(key.path);
  switch (key.matching) {
    case KeyMatching::text:
    case KeyMatching::uid:
      return values_of(identifier, path);
    case KeyMatching::code:
      return codes_of(identifier, path);
    case KeyMatching::name:
      return names_of(identifier, path);
    case KeyMatching::date: {
      const auto range = days(identifier, path);
      if (!range) return range.fault();
      return both(*range);
    }
    case KeyMatching::time: {
      const auto range = times(identifier, path);
      if (!range) return range.fault();
      return both(*range);
    }
    case KeyMatching::number:
      return numbers_of(identifier, path);
    case KeyMatching::start:  // in two attributes
      break;
  }
  return std::vector<std::string>();
}

/// The stations asked for, else the caller; a star asks for every station.
std::vector<std::string> stations_of(const dicom::Dataset& identifier, const std::string& caller) {
  const std::string path(kStation);
  auto stations = values_of(identifier, path);
  if (stations.empty() && !caller.empty() && identifier.text_or_empty(path).empty()) stations.push_back(caller);
  return stations;
}

/// It says how the identifier is to be read. A private creator, (gggg,00xx), stands in every identifier with private
/// attributes.
bool is_no_key(const std::string& name) {
  return name == "SpecificCharacterSet" || name == "TimezoneOffsetFromUTC" ||
         (name.size() == 8 && name.find_first_not_of("0123456789abcdefABCDEF") == name.npos &&
          name.substr(4, 2) == "00");
}

/// A value that selects nothing because the table has no such key.
bool holds_unmatched_key(const dicom::Dataset& dataset, const std::string& parent) {
  for (const std::string& name : dataset.names()) {
    if (is_no_key(name)) continue;
    if (const auto item = dataset.item(name, 1)) {
      if (holds_unmatched_key(*item, parent + name + '.')) return true;
      continue;
    }
    // Some clients write an empty number as 0.
    const std::string value = dataset.text_or_empty(name);
    if (value.empty() || value == "*" || value == "0") continue;
    if (!worklist_key(parent + name)) return true;
  }
  return false;
}

}  // namespace

Result<ReadQuery> read_worklist_query(const dicom::Dataset& identifier, const KnownStations& stations,
                                      const std::string& caller) {
  ReadQuery read;
  WorklistQuery& query = read.query;
  for (const WorklistKey& key : worklist_keys()) {
    if (key.path == kStation) continue;
    auto values = read_key(identifier, key);
    if (!values) return values.fault();
    if (!values->empty()) query.keys.emplace(key.path, *std::move(values));
  }
  query.stations = stations_of(identifier, caller);
  for (const auto& [title, modality] : stations)
    if (!modality.empty() && std::any_of(query.stations.begin(), query.stations.end(),
                                         [&title](const std::string& key) { return matches_wildcards(title, key); }))
      query.station_modalities.push_back(modality);
  auto start = start_range(identifier);
  if (!start) return start.fault();
  query.start = *std::move(start);
  read.ignored_keys = holds_unmatched_key(identifier, "");
  return read;
}

}  // namespace pons
