#include "engine/hl7/charset.h"

#include <algorithm>
#include <cctype>

#include "engine/base/text.h"
#include "engine/hl7/charset_table.h"
#include "engine/hl7/parts.h"

namespace pons::hl7 {
namespace {

constexpr char kEscape = 0x1b;

Charset make(const CharsetRow& row, std::string remark = {}) {
  return {row.name, row.converter, row.ascii_is_ascii, row.is_one_byte, std::move(remark)};
}

Charset make(std::string_view name, std::string remark) {
  return make(*charset_row(name), std::move(remark));
}

/// MSH-18 as written, and the set that it comes to; null when it names none that is known.
struct Declared {
  std::string name;
  const CharsetRow* row = nullptr;
};

Declared declared(const Message& message) {
  Declared declared;
  const auto msh_18 = message.raw_field(0, 18).value_or("");
  for (std::size_t i = 1; i <= count_parts(msh_18, message.delimiters().repetition); ++i) {
    const auto name = trim(part(msh_18, message.delimiters().repetition, i).value_or(""));
    if (name.empty() || name == "\"\"") continue;
    const auto* row = charset_row(name);
    if (declared.name.empty() || (row && declared.row && declared.row->name == "ASCII"))
      declared = {std::string(name), row};
    // What is switched to says how the bytes are to be read.
    if (row && row->converter.starts_with("ISO-2022")) return {std::string(name), row};
  }
  return declared;
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; });
}

/// The bytes of `\C2842\` and `\M2442\`: ESC and what follows; empty when it is no such sequence.
std::string switch_of(std::string_view sequence) {
  const bool is_switch = !sequence.empty() && ((sequence[0] == 'C' && sequence.size() == 5) ||
                                               (sequence[0] == 'M' && (sequence.size() == 5 || sequence.size() == 7)));
  if (!is_switch || !is_hex(sequence.substr(1))) return {};
  std::string bytes(1, kEscape);
  for (std::size_t i = 1; i < sequence.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(sequence.substr(i, 2)), nullptr, 16));
  return bytes;
}

std::string with_switches(std::string_view bytes, char escape) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto end = bytes[at] == escape ? bytes.find(escape, at + 1) : std::string_view::npos;
    const std::string switched = end == std::string_view::npos
                                     ? std::string()
                                     : switch_of(bytes.substr(at + 1, std::min<std::size_t>(end - at - 1, 8)));
    if (switched.empty()) {
      out += bytes[at++];
    } else {
      out += switched;
      at = end + 1;
    }
  }
  return out;
}

/// Bytes that cannot be read become one that is no UTF-8 either.
std::string transcoded(const std::string& bytes, const Charset& charset) {
  const Decoded decoded = decode(bytes, charset);
  return decoded.bad_offsets.empty() ? decoded.utf8 : replace_all(decoded.utf8, "\xEF\xBF\xBD", "\xff");
}

/// For messages that declare nothing useful: the endpoint's default, else what the bytes look like.
Charset by_default(const std::string& bytes, std::string_view endpoint_default, std::string remark) {
  if (const auto* row = charset_row(endpoint_default)) return make(*row, std::move(remark));
  return make(is_utf8(bytes) ? "UNICODE UTF-8" : "8859/1", std::move(remark));
}

}  // namespace

std::optional<Charset> charset_named(std::string_view name) {
  const auto* row = charset_row(name);
  return row ? std::optional(make(*row)) : std::nullopt;
}

Charset charset_of(const Message& message, std::string_view endpoint_default) {
  const std::string& bytes = message.bytes();
  const auto [name, row] = declared(message);
  if (name.empty()) return by_default(bytes, endpoint_default, {});
  if (name.starts_with("UNICODE UTF-16") || name.starts_with("UNICODE UTF-32"))
    return by_default(bytes, endpoint_default, "MSH-18 says " + name + ", which MLLP cannot carry");
  if (!row) return by_default(bytes, endpoint_default, "MSH-18 \"" + name + "\" is not in table 0211");
  if (is_ascii(bytes)) return make(*row);
  const bool may_be_utf8 = is_utf8(bytes);
  if (row->converter == "UTF-8")
    return may_be_utf8 ? make(*row)
                       : by_default(bytes, endpoint_default, "MSH-18 says " + name + ", the bytes are not UTF-8");
  if (row->name != "ASCII" && row->name != "8859/1") return make(*row);
  if (may_be_utf8) return make("UNICODE UTF-8", "MSH-18 says " + name + ", the bytes are UTF-8");
  if (row->name == "8859/1") return make(*row);
  return by_default(bytes, endpoint_default, "MSH-18 says " + name + ", the bytes are not ASCII");
}

Readable readable(Message received, std::string_view endpoint_default) {
  Charset charset = charset_of(received, endpoint_default);
  if (charset.ascii_is_ascii) return {std::move(received), std::move(charset)};
  const std::string bytes = with_switches(received.bytes(), received.delimiters().escape);
  if (is_ascii(bytes) && bytes.find(kEscape) == std::string::npos) return {std::move(received), std::move(charset)};
  auto message = Message::parse(transcoded(bytes, charset));
  if (!message) {
    charset.remark = "half a character of " + std::string(charset.name) + " stands where the MSH's delimiters do";
    return {std::move(received), std::move(charset)};
  }
  charset.converter = "UTF-8";
  charset.ascii_is_ascii = true;
  charset.is_transcoded = true;
  return {*std::move(message), std::move(charset)};
}

}  // namespace pons::hl7
