#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/hl7/message.h"

namespace pons::hl7 {

/// A character set of HL7 table 0211; its names live for ever.
struct Charset {
  std::string_view name = "UNICODE UTF-8";  // as MSH-18 writes it
  std::string_view converter = "UTF-8";     // ICU's name
  bool ascii_is_ascii = true;  // false: a byte below 128 may be half a character (GB 18030, ISO 2022, Big5)
  bool is_one_byte = false;    // each character is one byte, whatever the converter could write
  std::string remark;          // why it is not what MSH-18 says, for a person; empty: as declared
  bool is_transcoded = false;  // the message was read from it into UTF-8
};

struct Decoded {
  std::string utf8;                      // U+FFFD stands for what could not be read
  std::vector<std::size_t> bad_offsets;  // in the input
  std::string_view charset;              // its name
};

struct Encoded {
  std::string bytes;                     // '?' stands for what the character set lacks
  std::vector<std::size_t> bad_offsets;  // in the UTF-8 input
};

/// By the name that MSH-18 or an endpoint gives; common misspellings too ("UTF-8", "ISO-8859-1"). Nothing when unknown.
std::optional<Charset> charset_named(std::string_view name);

/// What the message's bytes are in. MSH-18 decides: the first of its repetitions that is not ASCII, since the sets
/// named after it are switched to within the bytes (ISO 2022); where it is empty, the endpoint's default; where that is
/// empty too, UTF-8 if the bytes are valid UTF-8, else Latin-1. Multi-byte UTF-8 under a declared ASCII or Latin-1 is
/// read as UTF-8, and bytes that are no UTF-8 under a declared UTF-8 as where nothing is declared; both with a remark.
Charset charset_of(const Message& message, std::string_view endpoint_default);

/// A message in which text and delimiters can be told apart.
struct Readable {
  Message message;
  Charset charset;
};

/// Where a byte below 128 may be half a character (ISO 2022 and its escapes \C..\ and \M..\ of HL7 v2.5.1 2.7.4,
/// GB 18030, Big5), the whole message is read into UTF-8 before it is taken apart; a byte that cannot be read stays one
/// that is no UTF-8. Any other message is what was received.
Readable readable(Message received, std::string_view endpoint_default);

/// 8859/1 is read as windows-1252, which differs only where 8859/1 has control characters, and the Japanese sets
/// with all that ISO 2022 can switch to; they are written strictly.
Decoded decode(std::string_view raw, const Charset& charset);
std::string to_utf8(std::string_view raw, const Charset& charset);
/// A character whose bytes would read as a delimiter or control character (GB 18030, ISO 2022) counts as lacking.
Encoded encode(std::string_view utf8, const Charset& charset);

}  // namespace pons::hl7
