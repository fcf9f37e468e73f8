#pragma once

#include <string_view>

namespace pons::hl7 {

/// HL7 table 0211 and what ICU calls its entries.
struct CharsetRow {
  std::string_view name;       // as MSH-18 writes it
  std::string_view converter;  // ICU's name
  bool ascii_is_ascii = true;  // false: a byte below 128 may be half a character (GB 18030, ISO 2022, Big5)
  bool is_one_byte = false;    // each character is one byte, whatever the converter could write
};

/// By the table's name or a common misspelling; case, blanks, "-", "_" and "/" do not matter. Null when unknown.
const CharsetRow* charset_row(std::string_view name);

}  // namespace pons::hl7
