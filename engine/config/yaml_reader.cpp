#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "engine/config/file_text.h"
#include "engine/config/node.h"
#include "engine/config/scalar_place.h"
#include "engine/config/text_line.h"
#include "engine/config/yaml_dialect.h"
#include "engine/config/yaml_traps.h"
#include "engine/config/yaml_unreadable.h"

namespace pons {

namespace {

constexpr std::size_t kDepth = 64;
constexpr std::size_t kNodes = 100'000;
constexpr std::size_t kFindings = 20;  // of one file: more would hide the first

/// Thrown through yaml-cpp to end its events; the finding is already made.
struct Stop {};

/// A list or a map that has not ended yet.
struct Open {
  Node node;
  bool is_flow = false;
  int column = -1;  // from 0, of a block list or map
  std::optional<Node> key;
  std::map<std::string, Span> keys;
};

/// Builds the node from yaml-cpp's events, and stops at the first thing that is not in the dialect.
class Reader final : public YAML::EventHandler {
 public:
  Reader(const Source& source, Findings& findings)
      : source_(source), text_(source.text), findings_(findings), before_(findings.all().size()) {}

  std::optional<Node> take() {
    if (has_findings()) return std::nullopt;
    if (!root_) root_ = absent(text_.size());
    return std::move(root_);
  }

  void give_up(const YAML::Exception& error) {
    if (is_trapped_) return;
    const Reached reached{last_, last_is_quoted_, open_bracket()};
    refuse_unreadable(source_, byte_of(error.mark), error.msg, reached, findings_);
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ == 0) return;
    refuse_second_document(source_, byte_of(mark), findings_);
    throw Stop{};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    const std::size_t begin = byte_of(mark);
    count(begin);
    const std::string word = null_word(begin);
    if (!word.empty()) return put_scalar(begin, word);
    require_key_and_colon(begin);
    put(absent(absent_place(begin)));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse_sharing(word(byte_of(mark)), "an alias", findings_);
    throw Stop{};
  }
  void OnAnchor(const YAML::Mark& mark, const std::string&) override {
    refuse_sharing(word(byte_of(mark)), "an anchor", findings_);
    throw Stop{};
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override {
    const std::size_t begin = byte_of(mark);
    count(begin);
    if (refuse_any_tag(begin, tag, value.empty())) return put(absent(begin));
    put_scalar(begin, value);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value style) override {
    open(Node::Kind::list, byte_of(mark), tag, style == YAML::EmitterStyle::Flow);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value style) override {
    open(Node::Kind::map, byte_of(mark), tag, style == YAML::EmitterStyle::Flow);
  }
  void OnMapEnd() override { close(); }

 private:
  /// yaml-cpp counts bytes, from behind a byte-order mark.
  std::size_t byte_of(const YAML::Mark& mark) const {
    const auto at = static_cast<std::size_t>(mark.pos < 0 ? 0 : mark.pos) + mark_length(text_);
    return std::min(at, text_.size());
  }

  /// What was not written is an empty scalar.
  Node absent(std::size_t at) const { return {Node::Kind::scalar, {&source_, at, at}, {}, false, {}, {}}; }

  bool has_findings() const { return findings_.all().size() > before_; }

  /// The innermost { or [ that has not ended.
  std::optional<std::size_t> open_bracket() const {
    for (auto open = open_.rbegin(); open != open_.rend() && open->is_flow; ++open) {
      const std::size_t at = open->node.span.begin;
      if (at < text_.size() && (text_[at] == '{' || text_[at] == '[')) return at;
    }
    return std::nullopt;
  }

  bool in_flow() const { return !open_.empty() && open_.back().is_flow; }
  bool awaits_key() const { return !open_.empty() && open_.back().node.is_map() && !open_.back().key; }
  Span word(std::size_t at) const {
    return {&source_, at, std::min(text_.find_first_of(" \t\r\n,]}", at), text_.size())};
  }

  /// yaml-cpp takes these for nothing, as it does what was not written, whose mark is that of what comes next.
  std::string null_word(std::size_t at) const {
    if (at < reached_) return {};
    const std::size_t end = std::min(text_.find_first_of(" \t\r\n,]}:", at), text_.size());
    const std::string_view word = text_.substr(at, end - at);
    if (word != "~" && word != "null" && word != "Null" && word != "NULL") return {};
    const std::size_t next = skip_blanks(text_, end);
    const bool is_key = next < text_.size() && text_[next] == ':';
    return is_key == awaits_key() || in_flow() ? std::string(word) : std::string{};
  }

  void put_scalar(std::size_t begin, const std::string& text) {
    Node node{Node::Kind::scalar, {&source_, begin, begin}, text, false, {}, {}};
    place(node);
    last_ = node.span;
    last_is_quoted_ = node.quoted;
    reached_ = node.span.end;
    put(std::move(node));
  }

  void count(std::size_t at) {
    if (findings_.all().size() - before_ >= kFindings) throw Stop{};
    if (refuse_tab(source_, at, findings_)) throw Stop{};
    if (++nodes_ <= kNodes) return;
    refuse_count({&source_, at, at}, findings_);
    throw Stop{};
  }

  void open(Node::Kind kind, std::size_t begin, const std::string& tag, bool is_flow) {
    count(begin);
    refuse_any_tag(begin, tag, false);
    if (open_.size() >= kDepth) {
      refuse_depth(character(begin), findings_);
      throw Stop{};
    }
    Open added{{kind, {&source_, begin, begin}, {}, false, {}, {}}, is_flow || in_flow(), -1, {}, {}};
    if (!added.is_flow) added.column = static_cast<int>(begin - line_start(begin));
    open_.push_back(std::move(added));
    reached_ = begin;
  }

  std::size_t line_start(std::size_t at) const {
    const std::size_t before = at == 0 ? std::string_view::npos : text_.rfind('\n', at - 1);
    return before == std::string_view::npos ? mark_length(text_) : before + 1;
  }

  void close() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    end(node);
    reached_ = std::max(reached_, node.span.end);
    put(std::move(node));
  }

  void end(Node& node) const {
    node.span.end = std::max(node.span.begin, reached_);
    const char bracket = node.span.begin < text_.size() ? text_[node.span.begin] : ' ';
    if (bracket != '[' && bracket != '{') return;
    const std::size_t at = skip_space(node.span.end == node.span.begin ? node.span.end + 1 : node.span.end, ",:");
    if (at < text_.size() && text_[at] == (bracket == '[' ? ']' : '}')) node.span.end = at + 1;
  }

  void put(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (open_.back().node.is_list()) {
      open_.back().node.items.push_back(std::move(node));
    } else if (!open_.back().key) {
      take_key(std::move(node));
    } else {
      open_.back().node.entries.push_back({std::move(*open_.back().key), std::move(node)});
      open_.back().key.reset();
    }
  }

  void take_key(Node key) {
    if (!key.is_scalar()) {
      refuse_collection_as_key(key.span, findings_);
      throw Stop{};
    }
    if (key.text == "<<" && !key.quoted) {
      refuse_sharing(key.span, "a merge key", findings_);
      throw Stop{};
    }
    const auto [first, is_new] = open_.back().keys.emplace(key.text, key.span);
    if (!is_new) refuse_duplicate(key.text, key.span, first->second, findings_);
    open_.back().key = std::move(key);
  }

  /// Finds where a scalar ends, and refuses what YAML cut off.
  void place(Node& node) {
    const std::size_t begin = node.span.begin;
    const char first = begin < text_.size() ? text_[begin] : ' ';
    if (first == '"' || first == '\'') return place_quoted(node);
    if (first == '|' || first == '>') {
      node.span.end = block_end(text_, begin, open_.empty() ? -1 : open_.back().column);
      return;
    }
    node.span.end = plain_end(text_, begin, node.text);
    refuse_cut(node);
  }

  void place_quoted(Node& node) {
    const auto end = quoted_end(text_, node.span.begin);
    if (!end) {
      refuse_open_quote(source_, node.span.begin, findings_);
      throw Stop{};
    }
    node.quoted = true;
    node.span.end = *end;
  }

  void refuse_cut(const Node& node) {
    if (unclosed(node.text) == Unclosed::nothing) return;
    const std::size_t comment = comment_after(node.span);
    if (comment != std::string_view::npos) {
      is_trapped_ = true;
      refuse_cut_value(node.span, comment, in_flow(), findings_);
    } else if (in_flow()) {
      const std::size_t at = std::min(skip_blanks(text_, node.span.end), text_.size() - 1);
      refuse_flow(source_, at, text_[open_bracket().value_or(at)], findings_);
      throw Stop{};
    }
  }

  bool refuse_any_tag(std::size_t at, const std::string& tag, bool is_empty) {
    if ((tag == "?" || tag == "!" || tag.empty()) && (at >= text_.size() || text_[at] != '!')) return false;
    is_trapped_ = true;
    const bool has_key = !open_.empty() && open_.back().key;
    refuse_tag(source_, at, has_key ? open_.back().key->text : std::string{}, is_empty, findings_);
    return true;
  }

  Span character(std::size_t at) const { return {&source_, at, std::min(at + 1, text_.size())}; }

  void require_key_and_colon(std::size_t at) {
    if (awaits_key())
      refuse_missing_key(character(at), findings_);
    else if (lacks_colon())
      refuse_missing_colon(open_.back().key->span, findings_);
    else
      return;
    throw Stop{};
  }

  /// yaml-cpp takes a last line without a colon for a key.
  bool lacks_colon() const {
    if (in_flow() || open_.empty() || !open_.back().key) return false;
    const std::size_t sign = skip_space(reached_, "");
    return sign >= text_.size() || text_[sign] != ':';
  }

  /// Past white space, comments and the characters of `also`.
  std::size_t skip_space(std::size_t at, std::string_view also) const {
    for (; at < text_.size(); ++at) {
      const char c = text_[at];
      if (c == '#') {
        at = line_at(text_, at).end;
        if (at >= text_.size()) break;
      } else if (c != ' ' && c != '\t' && c != '\r' && c != '\n' && also.find(c) == std::string_view::npos) {
        break;
      }
    }
    return at;
  }

  /// Where a value that was not written would stand: behind its colon or dash. yaml-cpp names what comes next.
  std::size_t absent_place(std::size_t next) {
    const std::size_t sign = skip_space(reached_, "]}");
    if (sign < text_.size() && sign <= next && (text_[sign] == ':' || text_[sign] == '-')) reached_ = sign + 1;
    return reached_;
  }

  const Source& source_;
  const std::string_view text_;
  Findings& findings_;
  const std::size_t before_;  // findings of earlier files
  std::size_t documents_ = 0, nodes_ = 0;
  std::vector<Open> open_;
  std::optional<Node> root_;
  std::size_t reached_ = 0;  // past the last thing placed
  std::optional<Span> last_;
  bool last_is_quoted_ = false;
  bool is_trapped_ = false;  // what yaml-cpp says from here on is a consequence
};

void read(const Source& source, Reader& reader) {
  std::istringstream input(source.text);
  try {
    YAML::Parser parser(input);
    while (parser.HandleNextDocument(reader)) continue;
  } catch (const YAML::Exception& error) {
    reader.give_up(error);
  } catch (const Stop&) {
    return;
  }
}

}  // namespace

std::optional<Node> parse_yaml(const Source& source, Findings& findings) {
  if (!is_readable(source, findings)) return std::nullopt;
  Reader reader(source, findings);
  read(source, reader);
  return reader.take();
}

}  // namespace pons
