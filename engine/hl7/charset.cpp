#include "engine/hl7/charset.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/hl7/charset_table.h"
#include "engine/hl7/parts.h"

namespace pons::hl7 {
namespace {

Charset make(const CharsetRow& row, std::string remark = {}) {
  return {std::string(row.name), std::string(row.converter), row.ascii_is_ascii, row.is_one_byte, std::move(remark)};
}

Charset make(std::string_view name, std::string remark) {
  return make(*charset_row(name), std::move(remark));
}

std::string declared_name(const Message& message) {
  const auto msh_18 = message.raw_field(0, 18);
  if (!msh_18) return {};
  const auto first = part(*msh_18, message.delimiters().repetition, 1).value_or(std::string_view());
  return std::string(trim(first == "\"\"" ? std::string_view() : first));
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
  const std::string name = declared_name(message);
  if (name.empty()) return by_default(bytes, endpoint_default, {});
  const auto* row = charset_row(name);
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

}  // namespace pons::hl7
