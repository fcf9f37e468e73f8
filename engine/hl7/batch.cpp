#include "engine/hl7/batch.h"

#include <algorithm>
#include <cctype>

#include "engine/base/text.h"
#include "engine/hl7/delimiters.h"
#include "engine/hl7/escape.h"
#include "engine/hl7/parts.h"

namespace pons::hl7 {
namespace {

char separator_of(std::string_view segment) {
  return segment.size() > 3 ? segment[3] : '|';
}

/// FHS-1 and BHS-1 are the separator itself: the text's second part is field 2.
std::string_view header_field(std::string_view header, std::size_t number) {
  return part(header, separator_of(header), number).value_or("");
}

/// BTS-1 and FTS-1.
std::string_view count_field(std::string_view trailer) {
  return trim(part(trailer, separator_of(trailer), 2).value_or(""));
}

/// What a line of a message's text can hardly be.
bool is_segment(std::string_view line, std::string_view name) {
  return line.starts_with(name) && (line.size() == 3 || std::isalnum(static_cast<unsigned char>(line[3])) == 0);
}

/// Without a byte order mark and white space before it.
std::string_view without_preamble(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  bytes.remove_prefix(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
  return bytes;
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  BatchFile read() {
    for (std::size_t start = 0; start < bytes_.size();) {
      const auto end = std::min(bytes_.find_first_of("\r\n", start), bytes_.size());
      take(start, bytes_.substr(start, end - start));
      start = end + 1;
    }
    end_message(bytes_.size());
    if (in_batch_) wrong("BTS", "the last batch has no BTS: its end may be missing");
    if (!file_.header.empty() && !is_over_) wrong("FTS", "the file has no FTS: its end may be missing");
    return std::move(file_);
  }

 private:
  void take(std::size_t start, std::string_view line) {
    const auto is = [&](std::string_view name) { return is_segment(line, name); };
    if (is("MSH") || is("FHS") || is("BHS") || is("BTS") || is("FTS")) end_message(start);
    if (is_over_ && !trim(line).empty()) return wrong("FTS", "something follows FTS");
    if (is("MSH"))
      message_start_ = start;
    else if (is("FHS"))
      begin_file(line);
    else if (is("BHS"))
      begin_batch(line);
    else if (is("BTS"))
      end_batch(line);
    else if (is("FTS"))
      end_file(line);
    else if (!message_start_ && !trim(line).empty())
      wrong("MSH", "a segment stands between the messages");
  }

  void begin_file(std::string_view line) {
    if (!file_.header.empty() || !file_.batches.empty()) return wrong("FHS[2]", "a second FHS");
    file_.header = line;
  }

  void begin_batch(std::string_view line) {
    if (in_batch_) wrong("BTS", "a batch begins, and the one before it has no BTS: its end may be missing");
    file_.batches.push_back({line, {}});
    in_batch_ = true;
  }

  void end_batch(std::string_view line) {
    if (!in_batch_) return wrong("BTS", "a BTS stands after no BHS");
    in_batch_ = false;
    check_count("BTS", line, file_.batches.back().messages.size(), "messages");
  }

  void end_file(std::string_view line) {
    if (in_batch_) wrong("BTS", "the last batch has no BTS: its end may be missing");
    in_batch_ = false;
    is_over_ = true;
    const bool has_all_headers =
        std::none_of(file_.batches.begin(), file_.batches.end(), [](const Batch& each) { return each.header.empty(); });
    if (has_all_headers) check_count("FTS", line, file_.batches.size(), "batches");
  }

  void end_message(std::size_t end) {
    if (!message_start_) return;
    if (!in_batch_ && (file_.batches.empty() || !file_.batches.back().header.empty())) file_.batches.emplace_back();
    file_.batches.back().messages.push_back(bytes_.substr(*message_start_, end - *message_start_));
    message_start_.reset();
  }

  void check_count(const std::string& trailer, std::string_view line, std::size_t count, const std::string& what) {
    const std::string_view said = count_field(line);
    if (said.empty() || said == std::to_string(count)) return;
    const bool is_number = said.size() < 10 && said.find_first_not_of("0123456789") == said.npos;
    wrong(trailer + "-1", trailer + "-1 says " + (is_number ? std::string(said) : "no number") + ", and " +
                              std::to_string(count) + " " + what + " came");
  }

  /// The first thing that is wrong is told.
  void wrong(const std::string& field, const std::string& text) {
    if (!file_.fault) file_.fault = refused(text + "; nothing of it was taken, send it again", field, 100);
  }

  std::string_view bytes_;
  BatchFile file_;
  std::optional<std::size_t> message_start_;
  bool in_batch_ = false, is_over_ = false;
};

/// An answer's FHS or BHS.
std::string header_segment(std::string_view name, std::string_view received, std::string_view control_id,
                           std::string_view timestamp) {
  const char separator = separator_of(received);
  std::string text(name);
  const auto field = [&](std::string_view raw) { (text += separator) += raw; };
  field(header_field(received, 2));
  for (const std::size_t number : {5u, 6u, 3u, 4u}) field(header_field(received, number));
  field(timestamp);
  for (const std::string_view empty : {"", "", ""}) field(empty);  // security, name, comment
  field(control_id);
  field(header_field(received, 11));
  return text + "\r";
}

std::string trailer_segment(std::string_view name, std::string_view received, std::size_t count,
                            const std::optional<Fault>& fault) {
  const std::string separator(1, separator_of(received));
  Delimiters plain;
  plain.field = separator_of(received);
  return std::string(name) + separator + std::to_string(count) + (fault ? separator + escape(fault->text, plain) : "") +
         "\r";
}

}  // namespace

bool is_batch(std::string_view bytes) {
  bytes = without_preamble(bytes);
  return is_segment(bytes, "FHS") || is_segment(bytes, "BHS");
}

BatchFile read_batch(std::string_view bytes) {
  return Reader(without_preamble(bytes)).read();
}

std::string_view name_of_batch(std::string_view header) {
  const std::string_view control_id = header_field(header, 11);
  return control_id.empty() ? header_field(header, 9) : control_id;
}

std::string build_batch_answer(const BatchFile& received, const std::vector<std::vector<std::string>>& answers,
                               std::string_view control_id, std::string_view timestamp) {
  std::string text;
  if (!received.header.empty()) text += header_segment("FHS", received.header, control_id, timestamp);
  for (std::size_t i = 0; i < received.batches.size(); ++i) {
    const std::string_view header = received.batches[i].header;
    const std::string id = std::string(control_id) + '.' + std::to_string(i + 1);
    if (!header.empty()) text += header_segment("BHS", header, id, timestamp);
    for (const std::string& each : answers[i]) text += each;
    if (!header.empty()) text += trailer_segment("BTS", header, answers[i].size(), received.fault);
  }
  if (!received.header.empty())
    text += trailer_segment("FTS", received.header, received.batches.size(), received.fault);
  return text;
}

}  // namespace pons::hl7
