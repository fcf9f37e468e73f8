#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

#include "engine/base/text.h"
#include "engine/config/node.h"

namespace pons {

namespace {

constexpr std::size_t kDepth = 64, kNodes = 100'000, kBytes = 1u << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Ends the reading after a finding.
struct Enough {};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// Where a scalar ends in the source: events tell only where it begins.
class ScalarPlace {
 public:
  explicit ScalarPlace(std::string_view source) : source_(source) {}

  std::size_t end(std::size_t begin, const std::string& text) const {
    if (begin >= source_.size()) return source_.size();
    switch (source_[begin]) {
      case '"':
        return double_quoted(begin);
      case '\'':
        return single_quoted(begin);
      case '|':
      case '>':
        return block(begin);
      default:
        return plain(begin, text);
    }
  }

 private:
  std::size_t double_quoted(std::size_t at) const {
    for (++at; at < source_.size() && source_[at] != '"'; ++at)
      if (source_[at] == '\\') ++at;
    return std::min(at + 1, source_.size());
  }

  std::size_t single_quoted(std::size_t at) const {
    for (++at; at < source_.size(); ++at) {
      if (source_[at] != '\'') continue;
      if (at + 1 < source_.size() && source_[at + 1] == '\'')
        ++at;
      else
        break;
    }
    return std::min(at + 1, source_.size());
  }

  /// To the last line that is indented deeper than the line with the `|`.
  std::size_t block(std::size_t begin) const {
    const std::size_t indentation = indent(line_start(begin));
    std::size_t end = line_end(begin);
    for (std::size_t line = end + 1; line < source_.size(); line = line_end(line) + 1) {
      const bool empty = line + indent(line) >= line_end(line);
      if (!empty && indent(line) <= indentation) break;
      if (!empty) end = line_end(line);
    }
    return std::min(end, source_.size());
  }

  /// As far as the source says what the text says, line breaks folded.
  std::size_t plain(std::size_t at, const std::string& text) const {
    for (std::size_t i = 0; i < text.size() && at < source_.size(); ++i) {
      if (is_blank(text[i]) && is_blank(source_[at])) {
        ++at;
        const bool last_of_fold = i + 1 >= text.size() || !is_blank(text[i + 1]);
        while (last_of_fold && at < source_.size() && is_blank(source_[at])) ++at;
      } else {
        ++at;
      }
    }
    return at;
  }

  std::size_t line_start(std::size_t at) const {
    const auto before = at == 0 ? std::string_view::npos : source_.rfind('\n', at - 1);
    return before == std::string_view::npos ? 0 : before + 1;
  }
  std::size_t line_end(std::size_t at) const { return std::min(source_.find('\n', at), source_.size()); }
  std::size_t indent(std::size_t line) const {
    const auto first = source_.find_first_not_of(' ', line);
    return (first == std::string_view::npos ? source_.size() : first) - line;
  }

  std::string_view source_;
};

/// Builds the node from yaml-cpp's events, and refuses what the route language leaves out.
class Builder final : public YAML::EventHandler {
 public:
  Builder(const Source& source, std::size_t offset, Findings& findings)
      : source_(source), offset_(offset), place_(source.text), findings_(findings) {}

  std::optional<Node> take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse_anchor(mark); }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (anchor != 0) refuse_anchor(mark);
    add(scalar(mark, "", false));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    if (anchor != 0) refuse_anchor(mark);
    if (tag != "?" && tag != "!" && !tag.empty()) refuse_tag(mark, tag);
    Node node = scalar(mark, text, tag == "!");
    if (!node.quoted) check_comment(node);
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::list);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::map);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Node node;
    std::optional<Node> key;  // of a map, waiting for its value
  };

  std::size_t at(const YAML::Mark& mark) const {
    return std::min(static_cast<std::size_t>(std::max(mark.pos, 0)) + offset_, source_.text.size());
  }
  Span character(const YAML::Mark& mark) const { return {&source_, at(mark), at(mark) + 1}; }

  Node scalar(const YAML::Mark& mark, const std::string& text, bool quoted) {
    count(mark);
    Node node;
    node.text = text;
    node.quoted = quoted;
    node.span = {&source_, at(mark), text.empty() && !quoted ? at(mark) : place_.end(at(mark), text)};
    return node;
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind) {
    if (anchor != 0) refuse_anchor(mark);
    if (tag != "?" && tag != "!" && !tag.empty()) refuse_tag(mark, tag);
    count(mark);
    if (open_.size() == kDepth) {
      findings_.error("E0106", character(mark), "this is nested more than 64 levels deep");
      throw Enough{};
    }
    if (!open_.empty() && open_.back().node.is_map() && !open_.back().key) {
      findings_.error("E0101", character(mark), "a key is a word, not a list or a map",
                      "quote it if it begins with [ or {");
      throw Enough{};
    }
    Node node;
    node.kind = kind;
    node.span = character(mark);
    open_.push_back({std::move(node), {}});
  }

  void close() {
    Node done = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(done));
  }

  void add(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    parent.node.span.end = std::max(parent.node.span.end, node.span.end);
    if (parent.node.is_list()) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      check_key(parent.node, node);
      parent.key = std::move(node);
    } else {
      parent.node.entries.emplace_back(*std::move(parent.key), std::move(node));
      parent.key.reset();
    }
  }

  void check_key(const Node& map, const Node& key) {
    if (key.text == "<<") {
      findings_.error("E0104", key.span, "merge keys are not part of the route language", "",
                      "write:  extends: or use: instead");
      throw Enough{};
    }
    if (const Node* first = map.key(key.text)) {
      Finding& finding = findings_.error("E0103", key.span, "the key \"" + key.text + "\" stands here twice",
                                         "YAML would keep one of the two");
      finding.labels.push_back({first->span, "the first is here"});
    }
  }

  void count(const YAML::Mark& mark) {
    if (++nodes_ <= kNodes) return;
    findings_.error("E0106", character(mark), "the file has more than 100,000 values");
    throw Enough{};
  }

  void refuse_anchor(const YAML::Mark& mark) {
    findings_.error("E0104", character(mark), "anchors and aliases are not part of the route language", "",
                    "write:  extends: or use: instead");
    throw Enough{};
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    Finding& finding =
        findings_.error("E0107", character(mark), "YAML read \"" + tag + "\" as a tag, so this condition is empty",
                        "a value cannot begin with \"!\"");
    if (tag.size() > 1) finding.help = "write:  not " + tag.substr(1);
    throw Enough{};
  }

  /// `text("CT # 3")` is cut at the `#`: an unbalanced quote or parenthesis with a comment behind it.
  void check_comment(const Node& node) {
    const std::string& text = node.text;
    const bool unbalanced = std::count(text.begin(), text.end(), '"') % 2 != 0 ||
                            std::count(text.begin(), text.end(), '(') > std::count(text.begin(), text.end(), ')');
    const std::string& source = source_.text;
    const auto next = source.find_first_not_of(" \t", node.span.end);
    if (!unbalanced || next == std::string::npos || source[next] != '#') return;
    const auto line_end = std::min(source.find('\n', next), source.size());
    std::string whole = source.substr(node.span.begin, line_end - node.span.begin);
    whole.erase(whole.find_last_not_of(" \r") + 1);
    findings_.error("E0108", {&source_, next, next + 1}, "YAML ends this value at the \"#\"",
                    "a comment starts here, inside your quotes",
                    "write the whole value in single quotes:  '" + replace_all(whole, "'", "''") + "'");
    throw Enough{};
  }

  const Source& source_;
  const std::size_t offset_;  // of the byte-order mark
  const ScalarPlace place_;
  Findings& findings_;
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
  std::optional<Node> root_;
};

/// The line with the mark, as it stands.
std::string_view line_at(std::string_view text, std::size_t at) {
  const auto before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  const std::size_t start = before == std::string_view::npos ? 0 : before + 1;
  return text.substr(start, std::min(text.find('\n', start), text.size()) - start);
}

/// What to write instead, where yaml-cpp cannot read on.
void explain(const Source& source, std::size_t at, const std::string& message, Findings& findings) {
  const std::string_view line = line_at(source.text, at);
  const auto value = line.find(": ");
  const std::string_view text = value == std::string_view::npos ? line : trim(line.substr(value + 2));
  const Span place{&source, at, std::min(at + 1, source.text.size())};
  if (text.starts_with('"') && text.rfind('"') + 1 < text.size() && text.rfind('"') > 0) {
    findings.error(
        "E0101", place, "YAML ends this value at its second quote", "",
        "write a word without quotes, or the whole value in single quotes:  '" + replace_all(text, "'", "''") + "'");
  } else if (text.starts_with('{')) {
    findings.error("E0109", place, "YAML cannot read this value within { }", "", "use one line per key");
  } else {
    findings.error("E0101", place, "YAML cannot read this: " + message);
  }
}

bool refuse_before_reading(const Source& source, Findings& findings) {
  if (source.text.size() > kBytes) {
    findings.error("E0106", {&source, 0, 0}, "the file is larger than 1 MB");
    return true;
  }
  if (!is_utf8(source.text)) {
    findings.error("E0110", {&source, 0, 0}, "the file is not UTF-8", "", "save it as UTF-8");
    return true;
  }
  for (std::size_t line = 0; line < source.text.size();) {
    const auto first = source.text.find_first_not_of(' ', line);
    const auto next = source.text.find('\n', line);
    if (first != std::string::npos && source.text[first] == '\t' && first < next) {
      const auto content = source.text.find_first_not_of(" \t", first);
      const bool is_empty =
          content == std::string::npos || source.text[content] == '\n' || source.text[content] == '\r';
      if (!is_empty) {
        findings.error("E0102", {&source, first, first + 1}, "YAML does not allow tabs to indent", "a tab stands here",
                       "write spaces");
        return true;
      }
    }
    if (next == std::string::npos) break;
    line = next + 1;
  }
  return false;
}

}  // namespace

std::optional<Node> parse_yaml(const Source& source, Findings& findings) {
  if (refuse_before_reading(source, findings)) return {};
  const std::size_t before = findings.all().size();
  const std::size_t offset = source.text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  std::istringstream input(source.text.substr(offset));
  Builder builder(source, offset, findings);
  try {
    YAML::Parser parser(input);
    if (!parser.HandleNextDocument(builder)) {
      findings.error("E0112", {&source, 0, 0}, "the file is empty");
      return {};
    }
    Builder second(source, offset, findings);
    if (parser.HandleNextDocument(second)) {
      const auto place = source.text.find("\n---");
      const std::size_t at = place == std::string::npos ? 0 : place + 1;
      findings.error("E0105", {&source, at, std::min(at + 3, source.text.size())}, "a file holds one document", "",
                     "put the second one into a file of its own");
    }
  } catch (const YAML::Exception& error) {
    const auto pos = static_cast<std::size_t>(std::max(error.mark.pos, 0)) + offset;
    explain(source, std::min(pos, source.text.size()), error.msg, findings);
  } catch (const Enough&) {
  }
  return findings.all().size() == before ? builder.take() : std::nullopt;
}

}  // namespace pons
