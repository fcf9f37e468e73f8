#include "engine/config/finding.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <string_view>

namespace pons {

namespace {

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// The line that the span begins in, without its end.
std::string_view line_of(const Span& span) {
  const std::string_view text = span.source->text;
  const std::size_t at = std::min(span.begin, text.size());
  const auto before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  const std::size_t start = before == std::string_view::npos ? 0 : before + 1;
  auto end = text.find('\n', start);
  if (end == std::string_view::npos) end = text.size();
  std::string_view line = text.substr(start, end - start);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// A line that goes on for ever is shown as far as the carets need it.
constexpr std::size_t kShown = 160;

std::string shown_line(std::string_view line) {
  std::string shown(line.substr(0, kShown));
  while (!shown.empty() && shown.size() < line.size() &&
         (static_cast<unsigned char>(line[shown.size()]) & 0xC0) == 0x80)
    shown.pop_back();
  std::replace(shown.begin(), shown.end(), '\t', ' ');
  return line.size() > kShown ? shown + " …" : shown;
}

/// Carets under what of the span stands in its first line; one where that is nothing.
std::string underline(const Span& span, char mark) {
  const std::size_t column = span.position().column;
  const std::string_view line = line_of(span);
  const std::size_t left = characters(line) + 1 > column ? characters(line) + 1 - column : 1;
  const std::size_t width = std::clamp<std::size_t>(characters(span.text()), 1, std::max<std::size_t>(left, 1));
  return std::string(std::min(column - 1, kShown), ' ') + std::string(std::min(width, kShown), mark);
}

void show(std::string& out, const Finding::Label& label, char mark, std::size_t gutter) {
  const Position position = label.span.position();
  const std::string number = std::to_string(position.line);
  out += "  --> " + label.span.source->path + ':' + number + ':' + std::to_string(position.column) + '\n';
  out += std::string(gutter, ' ') + "|\n";
  out += number + std::string(gutter - number.size(), ' ') + "| " + shown_line(line_of(label.span)) + '\n';
  out += std::string(gutter, ' ') + "| " + underline(label.span, mark);
  if (!label.text.empty()) out += ' ' + label.text;
  out += '\n';
}

std::string_view word(Finding::Severity severity) {
  return severity == Finding::Severity::error ? "error" : "warning";
}

}  // namespace

Finding& Findings::error(std::string code, Span at, std::string message, std::string label, std::string help) {
  all_.push_back(
      {Finding::Severity::error, std::move(code), std::move(message), {{at, std::move(label)}}, std::move(help)});
  return all_.back();
}

Finding& Findings::warning(std::string code, Span at, std::string message, std::string label, std::string help) {
  Finding& finding = error(std::move(code), at, std::move(message), std::move(label), std::move(help));
  finding.severity = Finding::Severity::warning;
  return finding;
}

bool Findings::has_errors() const {
  return std::any_of(all_.begin(), all_.end(),
                     [](const Finding& each) { return each.severity == Finding::Severity::error; });
}

std::string to_text(const Finding& finding) {
  std::string out = std::string(word(finding.severity)) + '[' + finding.code + "]: " + finding.message + '\n';
  std::size_t gutter = 2;
  for (const auto& label : finding.labels)
    if (label.span.source) gutter = std::max(gutter, std::to_string(label.span.position().line).size() + 1);
  char mark = '^';
  for (const auto& label : finding.labels) {
    if (label.span.source) show(out, label, mark, gutter);
    mark = '-';
  }
  for (std::string_view rest = finding.help; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    out += "  = " + std::string(rest.substr(0, end)) + '\n';
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

std::string to_text(const Findings& findings) {
  std::vector<const Finding*> sorted;
  for (const Finding& each : findings.all()) sorted.push_back(&each);
  const auto place = [](const Finding* each) {
    const Span span = each->labels.empty() ? Span{} : each->labels.front().span;
    return std::pair(span.source ? span.source->path : std::string(), span.begin);
  };
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const Finding* a, const Finding* b) { return place(a) < place(b); });
  std::string out;
  for (const Finding* each : sorted) out += (out.empty() ? "" : "\n") + to_text(*each);
  return out;
}

std::string to_json(const Findings& findings) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
  const auto text = [&](const char* key, std::string_view value) {
    json.Key(key);
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  json.StartArray();
  for (const Finding& each : findings.all()) {
    json.StartObject();
    text("code", each.code);
    text("severity", word(each.severity));
    text("message", each.message);
    if (!each.labels.empty() && each.labels.front().span.source) {
      const Position position = each.labels.front().span.position();
      text("path", each.labels.front().span.source->path);
      json.Key("line");
      json.Uint64(position.line);
      json.Key("column");
      json.Uint64(position.column);
      text("label", each.labels.front().text);
    }
    text("help", each.help);
    json.EndObject();
  }
  json.EndArray();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace pons
