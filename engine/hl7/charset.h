#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/hl7/message.h"

namespace pons::hl7 {

/// A character set of HL7 table 0211.
struct Charset {
  std::string name = "UNICODE UTF-8";  // as MSH-18 writes it
  std::string converter = "UTF-8";     // ICU's name
  bool ascii_is_ascii = true;          // false: a byte below 128 may be half a character (GB 18030, ISO 2022, Big5)
  bool is_one_byte = false;            // each character is one byte, whatever the converter could write
  std::string remark;                  // why it is not what MSH-18 says, for a person; empty: as declared
};

struct Decoded {
  std::string utf8;                      // U+FFFD stands for what could not be read
  std::vector<std::size_t> bad_offsets;  // in the input
  std::string charset;
};

struct Encoded {
  std::string bytes;                     // '?' stands for what the character set lacks
  std::vector<std::size_t> bad_offsets;  // in the UTF-8 input
};

/// By the name that MSH-18 or an endpoint gives; common misspellings too ("UTF-8", "ISO-8859-1"). Nothing when unknown.
std::optional<Charset> charset_named(std::string_view name);

/// What the message's bytes are in. MSH-18 decides (its first repetition); where it is empty, the endpoint's default;
/// where that is empty too, UTF-8 if the bytes are valid UTF-8, else Latin-1. Multi-byte UTF-8 under a declared ASCII
/// or Latin-1 is read as UTF-8, and bytes that are no UTF-8 under a declared UTF-8 as where nothing is declared; both
/// with a remark.
Charset charset_of(const Message& message, std::string_view endpoint_default);

/// 8859/1 is read as windows-1252, which differs only where 8859/1 has control characters, and written strictly.
Decoded decode(std::string_view raw, const Charset& charset);
std::string to_utf8(std::string_view raw, const Charset& charset);
/// A character whose bytes would read as a delimiter or control character (GB 18030, ISO 2022) counts as lacking.
Encoded encode(std::string_view utf8, const Charset& charset);

}  // namespace pons::hl7
