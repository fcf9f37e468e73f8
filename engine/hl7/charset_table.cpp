#include "engine/hl7/charset_table.h"

#include <algorithm>
#include <string>

namespace pons::hl7 {
namespace {

constexpr CharsetRow kRows[] = {
    {"ASCII", "US-ASCII"},
    {"8859/1", "ISO-8859-1"},
    {"8859/2", "ISO-8859-2"},
    {"8859/3", "ISO-8859-3"},
    {"8859/4", "ISO-8859-4"},
    {"8859/5", "ISO-8859-5"},
    {"8859/6", "ISO-8859-6"},
    {"8859/7", "ISO-8859-7"},
    {"8859/8", "ISO-8859-8"},
    {"8859/9", "ISO-8859-9"},
    {"8859/10", "ISO-8859-10"},
    {"8859/11", "ISO-8859-11"},
    {"8859/13", "ISO-8859-13"},
    {"8859/14", "ISO-8859-14"},
    {"8859/15", "ISO-8859-15"},
    // JIS X 0201 is the part of Shift_JIS that has one byte a character.
    {"ISO IR13", "Shift_JIS", true, true},
    {"ISO IR14", "Shift_JIS", true, true},
    {"ISO IR87", "ISO-2022-JP", false},
    {"ISO IR159", "ISO-2022-JP-1", false},
    {"GB 18030-2000", "gb18030", false},
    {"KS X 1001", "EUC-KR"},
    {"CNS 11643-1992", "EUC-TW"},
    {"BIG-5", "Big5", false},
    {"UNICODE UTF-8", "UTF-8"},
};

/// What senders write instead, in the spelling of key().
constexpr struct {
  std::string_view key, name;
} kAliases[] = {
    {"USASCII", "ASCII"},
    {"ISOIR6", "ASCII"},
    {"ANSI", "8859/1"},
    {"LATIN1", "8859/1"},
    {"WINDOWS1252", "8859/1"},
    {"CP1252", "8859/1"},
    {"ISOIR100", "8859/1"},
    {"UTF8", "UNICODE UTF-8"},
    {"UNICODE", "UNICODE UTF-8"},
    {"ISOIR192", "UNICODE UTF-8"},
    {"GB18030", "GB 18030-2000"},
    {"EUCKR", "KS X 1001"},
    {"BIG5", "BIG-5"},
};

/// Capitals and digits only, and no "ISO" before 8859.
std::string key(std::string_view name) {
  std::string out;
  for (char c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) out += c;
  }
  return out.starts_with("ISO8859") ? out.substr(3) : out;
}

const CharsetRow* row_named(std::string_view name) {
  const auto* end = std::end(kRows);
  const auto* row = std::find_if(std::begin(kRows), end, [&](const CharsetRow& r) { return r.name == name; });
  return row == end ? nullptr : row;
}

}  // namespace

const CharsetRow* charset_row(std::string_view name) {
  if (const auto* exact = row_named(name)) return exact;
  const auto wanted = key(name);
  if (wanted.empty()) return nullptr;
  for (const auto& alias : kAliases)
    if (alias.key == wanted) return row_named(alias.name);
  for (const auto& row : kRows)
    if (key(row.name) == wanted) return &row;
  return nullptr;
}

}  // namespace pons::hl7
