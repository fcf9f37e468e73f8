#include "engine/config/file_text.h"

#include <fmt/format.h>

#include <string_view>

#include "engine/base/text.h"
#include "engine/config/text_line.h"

namespace pons {

namespace {

constexpr std::size_t kBytes = 1024 * 1024;

std::string byte_name(const Source& source, std::size_t at) {
  return fmt::format("byte 0x{:02X}", static_cast<unsigned char>(source.text[at]));
}

void refuse_encoding(const Source& source, Findings& findings) {
  std::size_t at = 0;
  while (!is_ill_formed(source.text, at)) at += character_length(source.text, at);
  findings.error("E0110", {&source, at, at + 1}, "this file is not UTF-8", byte_name(source, at),
                 "save the file with the encoding UTF-8");
}

/// YAML 1.2, 5.1: of C0 only tab, LF and CR are text. CR stands only before LF here: yaml-cpp takes it for a character.
bool is_control(std::string_view text, std::size_t at) {
  const auto c = static_cast<unsigned char>(text[at]);
  if (c == '\r') return text.substr(at, 2) != "\r\n";
  return c == 0x7f || (c < 0x20 && c != '\t' && c != '\n');
}

bool refuse_control(const Source& source, Findings& findings) {
  std::size_t at = 0;
  while (at < source.text.size() && !is_control(source.text, at)) ++at;
  if (at == source.text.size()) return false;
  const bool is_return = source.text[at] == '\r';
  findings.error("E0110", {&source, at, at + 1},
                 is_return ? "a carriage return stands here without a line feed" : "a control character stands here",
                 byte_name(source, at), is_return ? "end lines with LF or with CR LF" : "take it out");
  return true;
}

}  // namespace

bool is_readable(const Source& source, Findings& findings) {
  if (source.text.size() > kBytes) {
    findings.error("E0106", {&source, 0, 0}, "this file is larger than 1 MB", "",
                   "one object per file; a long table is split in two");
    return false;
  }
  if (!is_utf8(source.text)) {
    refuse_encoding(source, findings);
    return false;
  }
  return !refuse_control(source, findings);
}

}  // namespace pons
