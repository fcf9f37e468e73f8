#include "engine/config/finding.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/config/excerpt.h"

namespace pons {

namespace {

Finding make(Finding::Severity severity, std::string code, Span at, std::string message, std::string label,
             std::string help) {
  return {severity, std::move(code), std::move(message), {{at, std::move(label)}}, std::move(help)};
}

std::string first_line(const Finding& finding) {
  const std::string severity = finding.severity == Finding::Severity::error ? "error" : "warning";
  return severity + "[" + finding.code + "]: " + finding.message;
}

std::string place_line(const Span& span) {
  const Position at = span.position();
  return "  --> " + span.source->path + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

void add_line(std::string& out, std::string_view line) {
  out += line.substr(0, line.find_last_not_of(' ') + 1);
  out += '\n';
}

void add_notes(std::string& out, std::string_view text) {
  if (text.empty()) return;
  for (const std::string_view line : split(text, '\n')) add_line(out, "  = " + std::string(line));
}

void add_label(std::string& out, const Finding::Label& label, char mark) {
  if (!label.span.source) return add_notes(out, label.text);
  const Excerpt shown = excerpt(label.span);
  const std::string number = std::to_string(label.span.position().line);
  const std::string gutter = std::string(number.size() + 1, ' ') + "|";
  add_line(out, place_line(label.span));
  add_line(out, gutter);
  add_line(out, number + " | " + shown.line);
  add_line(out, gutter + " " + std::string(shown.column, ' ') + std::string(shown.width, mark) + " " + label.text);
}

}  // namespace

Finding& Findings::error(std::string code, Span at, std::string message, std::string label, std::string help) {
  return all_.emplace_back(
      make(Finding::Severity::error, std::move(code), at, std::move(message), std::move(label), std::move(help)));
}

Finding& Findings::warning(std::string code, Span at, std::string message, std::string label, std::string help) {
  return all_.emplace_back(
      make(Finding::Severity::warning, std::move(code), at, std::move(message), std::move(label), std::move(help)));
}

bool Findings::has_errors() const {
  return std::any_of(all_.begin(), all_.end(),
                     [](const Finding& finding) { return finding.severity == Finding::Severity::error; });
}

std::string to_text(const Finding& finding) {
  std::string out = first_line(finding) + "\n";
  for (std::size_t i = 0; i < finding.labels.size(); ++i) add_label(out, finding.labels[i], i == 0 ? '^' : '-');
  add_notes(out, finding.help);
  return out;
}

}  // namespace pons
