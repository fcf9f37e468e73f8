#include "engine/hl7/ack.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/hl7/edit.h"
#include "engine/hl7/escape.h"
#include "engine/hl7/read.h"

namespace pons::hl7 {
namespace {

constexpr std::string_view kDefaultVersion = "2.5.1";

/// Table 0357, HL7 v2.5.1 ch. 2.17.
constexpr struct {
  int code;
  std::string_view text;
} kErrors[] = {
    {0, "Message accepted"},
    {100, "Segment sequence error"},
    {101, "Required field missing"},
    {102, "Data type error"},
    {103, "Table value not found"},
    {200, "Unsupported message type"},
    {201, "Unsupported event code"},
    {202, "Unsupported processing id"},
    {203, "Unsupported version id"},
    {204, "Unknown key identifier"},
    {205, "Duplicate key identifier"},
    {206, "Application record locked"},
    {207, "Application internal error"},
};

/// "2.3.1" as 20301, so that versions compare; 0 when it is no version.
int version_number(std::string_view version) {
  int parts[3] = {0, 0, 0};
  std::size_t part = 0;
  for (const char c : version) {
    if (c == '.' && part < 2)
      ++part;
    else if (c >= '0' && c <= '9' && parts[part] < 10)
      parts[part] = parts[part] * 10 + (c - '0');
    else
      return 0;
  }
  return parts[0] == 2 ? parts[0] * 10000 + parts[1] * 100 + parts[2] : 0;
}

std::string_view raw_header(const Message& message, std::size_t field) {
  return message.raw_field(0, field).value_or(std::string_view());
}

std::string_view component(std::string_view field, char separator, int number) {
  for (; number > 1; --number) {
    const auto end = separator == 0 ? std::string_view::npos : field.find(separator);
    if (end == std::string_view::npos) return {};
    field.remove_prefix(end + 1);
  }
  return separator == 0 ? field : field.substr(0, field.find(separator));
}

/// Writes one segment: fields as raw text, trailing empty ones left out.
class SegmentText {
 public:
  SegmentText(std::string_view name, const Delimiters& delimiters) : text_(name), d_(delimiters) {}

  void field(int number, std::string_view raw) {
    if (raw.empty()) return;
    for (; last_ < number; ++last_) text_ += d_.field;
    text_ += raw;
  }
  std::string take() { return std::move(text_) + "\r"; }

 private:
  std::string text_;
  const Delimiters& d_;
  int last_ = 0;
};

std::string message_type(std::string_view trigger, int version, const Delimiters& d) {
  if (version < 20200 || trigger.empty() || d.component == 0) return "ACK";
  std::string type = "ACK" + std::string(1, d.component) + std::string(trigger);
  if (version >= 20301) type += std::string(1, d.component) + "ACK";
  return type;
}

std::string coded(int code, std::string_view text, char separator, const Delimiters& d) {
  const auto meaning = escape(text.empty() ? error_text(code) : text, d);
  if (separator == 0) return std::to_string(code);
  return std::to_string(code) + separator + meaning + separator + "HL70357";
}

/// ERL (v2.5): segment ^ sequence ^ field ^ repetition ^ component ^ subcomponent; ERR-1's ELD has the first three.
std::string location(const std::string& field, bool with_parts, const Delimiters& d) {
  const auto path = Path::parse(field);
  if (!path || d.component == 0) return {};
  const auto number = [](const Selector& s) { return s.kind == Selector::Kind::number ? s.number : 1; };
  std::string out = path->segment + d.component + std::to_string(number(path->occurrence));
  const auto add = [&](int value) { out += d.component + std::to_string(value); };
  if (path->field == 0) return out;
  add(path->field);
  const bool any_part = path->component != 0 || path->repetition.kind == Selector::Kind::number;
  if (!with_parts || !any_part) return out;
  add(number(path->repetition));
  if (path->component != 0) add(path->component);
  if (path->subcomponent != 0) add(path->subcomponent);
  return out;
}

/// ELD: the location's three components, then the code as subcomponents.
std::string old_error(const AckSpec::Err& err, const Delimiters& d) {
  std::string where = location(err.field, false, d);
  const auto have = std::count(where.begin(), where.end(), d.component);
  if (d.component != 0) where.append(static_cast<std::size_t>(3 - have), d.component);
  return where + coded(err.code, err.text, d.subcomponent, d);
}

std::string error_segments(const AckSpec& spec, int version, const Delimiters& d) {
  std::string out;
  for (const auto& err : spec.errors) {
    SegmentText segment("ERR", d);
    if (version < 20500) {
      segment.field(1, old_error(err, d));
    } else {
      segment.field(2, location(err.field, true, d));
      segment.field(3, coded(err.code, err.text, d.component, d));
      segment.field(4, std::string(1, err.severity));
      segment.field(7, escape(err.diagnostic, d));
      segment.field(8, escape(err.diagnostic, d));
    }
    out += segment.take();
  }
  return out;
}

std::string_view wish_field(const Message& message, std::size_t number) {
  const std::string_view field = trim(raw_header(message, number));
  return field == "\"\"" ? std::string_view() : field;
}

Wish wish(std::string_view word) {
  if (word.empty() || word == "NE") return Wish::never;
  if (word == "ER") return Wish::on_error;
  if (word == "SU") return Wish::on_success;
  return Wish::always;
}

}  // namespace

std::string_view error_text(int code) {
  for (const auto& row : kErrors)
    if (row.code == code) return row.text;
  return error_text(207);
}

std::string build_ack(const Message& received, const AckSpec& spec, std::string_view control_id,
                      std::string_view timestamp) {
  const Delimiters& d = received.delimiters();
  const int known = version_number(component(raw_header(received, 12), d.component, 1));
  const int version = known != 0 ? known : version_number(kDefaultVersion);

  SegmentText msh(std::string("MSH") + d.field + d.encoding_characters(), d);
  // SegmentText counts from the name; MSH-3 is the first field after MSH-2.
  const auto header = [&](int number, std::string_view raw) { msh.field(number - 2, raw); };
  header(3, raw_header(received, 5));
  header(4, raw_header(received, 6));
  header(5, raw_header(received, 3));
  header(6, raw_header(received, 4));
  header(7, escape(timestamp, d));
  header(9, message_type(component(raw_header(received, 9), d.component, 2), version, d));
  header(10, escape(control_id, d));
  header(11, raw_header(received, 11));
  header(12, known != 0 ? raw_header(received, 12) : kDefaultVersion);
  if (spec.wants_none || spec.wants_accept) header(15, spec.wants_accept ? "AL" : "NE"), header(16, "NE");
  header(18, raw_header(received, 18));

  SegmentText msa("MSA", d);
  msa.field(1, escape(spec.code, d));
  msa.field(2, raw_header(received, 10));
  msa.field(3, escape(spec.text, d));
  if (spec.expected_number) msa.field(4, std::to_string(*spec.expected_number));
  return msh.take() + msa.take() + error_segments(spec, version, d);
}

std::optional<Wishes> wishes_of(const Message& message) {
  const std::string_view accept = wish_field(message, 15), application = wish_field(message, 16);
  if (accept.empty() && application.empty()) return {};
  return Wishes{wish(accept), wish(application)};
}

std::string build_ack(const AckSpec& spec, std::string_view control_id, std::string_view timestamp) {
  Message nobody = Message::empty();
  nobody.replace_segment(0, "MSH|^~\\&|||||||||P");
  return build_ack(nobody, spec, control_id, timestamp);
}

Result<Ack> read_ack(std::string_view bytes) {
  const auto message = Message::parse(std::string(bytes));
  if (!message) return message.fault();
  const auto code = text_at(*message, "MSA-1");
  if (code.empty()) return refused("the answer has no MSA-1", "MSA-1", 101);
  Ack ack{code, text_at(*message, "MSA-2"), text_at(*message, "MSA-3")};
  for (const auto* place : {"ERR-8", "ERR-7", "ERR-3.2", "ERR-1.4.2"})
    if (ack.text.empty()) ack.text = text_at(*message, place);
  if (const auto number = whole_number(text_at(*message, "MSA-4")); number && *number > 0) ack.expected_number = number;
  return ack;
}

}  // namespace pons::hl7
