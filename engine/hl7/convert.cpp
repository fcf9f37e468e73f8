#include <unicode/ucnv.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <stdexcept>

#include "engine/base/text.h"
#include "engine/hl7/charset.h"
#include "engine/hl7/charset_table.h"

namespace pons::hl7 {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// An ICU converter that stops at what it cannot convert.
class Converter final {
 public:
  explicit Converter(std::string_view of) {
    const std::string name(of);
    UErrorCode status = U_ZERO_ERROR;
    converter_ = ucnv_open(name.c_str(), &status);
    if (U_FAILURE(status)) throw std::runtime_error("ICU has no converter " + name);
    ucnv_setToUCallBack(converter_, UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
    ucnv_setFromUCallBack(converter_, UCNV_FROM_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
  }
  ~Converter() { ucnv_close(converter_); }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  UConverter* get() const { return converter_; }

 private:
  UConverter* converter_ = nullptr;
};

void append_utf8(std::string& out, const UChar* text, std::int32_t length) {
  for (std::int32_t i = 0; i < length;) {
    UChar32 c;
    U16_NEXT(text, i, length, c);
    char bytes[U8_MAX_LENGTH];
    std::int32_t n = 0;
    U8_APPEND_UNSAFE(bytes, n, c);
    out.append(bytes, static_cast<std::size_t>(n));
  }
}

void decode_with(const Converter& converter, std::string_view raw, Decoded& out) {
  const char* source = raw.data();
  const char* const end = source + raw.size();
  bool done = false;
  while (!done) {
    UChar buffer[512];
    UChar* target = buffer;
    UErrorCode status = U_ZERO_ERROR;
    ucnv_toUnicode(converter.get(), &target, buffer + 512, &source, end, nullptr, true, &status);
    append_utf8(out.utf8, buffer, static_cast<std::int32_t>(target - buffer));
    done = U_SUCCESS(status);
    if (done || status == U_BUFFER_OVERFLOW_ERROR) continue;
    char bad[32];
    std::int8_t length = sizeof bad;
    UErrorCode ignored = U_ZERO_ERROR;
    ucnv_getInvalidChars(converter.get(), bad, &length, &ignored);
    out.bad_offsets.push_back(static_cast<std::size_t>(source - raw.data()) - static_cast<std::size_t>(length));
    out.utf8 += kReplacement;
    if (source == end) ucnv_resetToUnicode(converter.get());
  }
}

/// One character's bytes, empty when the character set lacks it.
std::string encode_character(const Converter& converter, UChar32 c) {
  UChar units[2];
  std::int32_t count = 0;
  U16_APPEND_UNSAFE(units, count, c);
  char buffer[32];
  UErrorCode status = U_ZERO_ERROR;
  const auto length = ucnv_fromUChars(converter.get(), buffer, sizeof buffer, units, count, &status);
  if (U_FAILURE(status)) return {};
  return std::string(buffer, static_cast<std::size_t>(length));
}

bool reads_as_structure(std::string_view bytes) {
  return std::any_of(bytes.begin(), bytes.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
    return byte < 0x80 && !letter;
  });
}

void encode_with(const Converter& converter, std::string_view utf8, bool is_one_byte, Encoded& out) {
  const auto length = static_cast<std::int32_t>(utf8.size());
  for (std::int32_t i = 0; i < length;) {
    const auto offset = static_cast<std::size_t>(i);
    UChar32 c;
    U8_NEXT(utf8.data(), i, length, c);
    if (c >= 0 && c < 0x80) {
      out.bytes += static_cast<char>(c);
      continue;
    }
    const auto bytes = c < 0 ? std::string() : encode_character(converter, c);
    if (!bytes.empty() && !reads_as_structure(bytes) && !(is_one_byte && bytes.size() > 1)) {
      out.bytes += bytes;
      continue;
    }
    out.bytes += '?';
    out.bad_offsets.push_back(offset);
  }
}

/// What senders use beyond what they declare. JIS8: JIS X 0201, 0208 and 0212, half-width kana in 7 and 8 bits.
std::string_view reading(std::string_view converter) {
  if (converter == "ISO-8859-1") return "windows-1252";
  return converter.starts_with("ISO-2022-JP") ? "ISO_2022,locale=ja,version=4" : converter;
}

}  // namespace

Decoded decode(std::string_view raw, const Charset& charset) {
  Decoded out{{}, {}, charset.name};
  if ((charset.ascii_is_ascii && is_ascii(raw)) || (charset.converter == "UTF-8" && is_utf8(raw))) {
    out.utf8 = raw;
    return out;
  }
  const Converter converter(reading(charset.converter));
  decode_with(converter, raw, out);
  return out;
}

std::string to_utf8(std::string_view raw, const Charset& charset) {
  if (charset.ascii_is_ascii && is_ascii(raw)) return std::string(raw);
  return decode(raw, charset).utf8;
}

Encoded encode(std::string_view utf8, const Charset& charset) {
  Encoded out;
  if (is_ascii(utf8) || (charset.converter == "UTF-8" && is_utf8(utf8))) {
    out.bytes = utf8;
    return out;
  }
  encode_with(Converter(charset.converter), utf8, charset.is_one_byte, out);
  return out;
}

}  // namespace pons::hl7
