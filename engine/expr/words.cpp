#include "engine/expr/words.h"

#include <algorithm>
#include <charconv>

#include "engine/base/text.h"
#include "engine/dicom/dictionary.h"
#include "engine/expr/path_checks.h"

namespace pons {

namespace {

constexpr std::string_view kReceived = "received";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_letter(char c) {
  return is_capital(c) || (c >= 'a' && c <= 'z') || c == '_';
}

std::string for_the_word(const std::string& word) {
  return "text(\"" + word + "\") for the word";
}

void become_constant(Term& term) {
  term.kind = Term::Kind::constant;
  term.constant = Value::text(term.text);
}

bool begins_like_segment(std::string_view word) {
  if (word.size() < 3 || !is_capital(word[0])) return false;
  const auto good = [](char c) { return is_capital(c) || is_digit(c); };
  return good(word[1]) && good(word[2]);
}

/// What may follow a segment's name in a path, in a good one or a mistaken one.
bool goes_on_like_path(std::string_view rest) {
  return rest.empty() || is_digit(rest[0]) || std::string_view("-_.[(").find(rest[0]) != std::string_view::npos;
}

/// `OBR_24`, `OBR18` as `OBR-24`, `OBR-18`; "PID-3" where no number can be read.
std::string as_path_spelling(const std::string& word) {
  const std::string segment = word.substr(0, 3);
  std::string rest = word.substr(3);
  rest.erase(0, rest.find_first_not_of("-_."));
  for (char& c : rest)
    if (c == '_' || c == '-') c = '.';
  const std::string spelled = segment + "-" + rest;
  return hl7::Path::parse(spelled) ? spelled : segment + "-3";
}

bool fail_path(const Term& term, std::string_view fault, Compilation& compilation) {
  if (term.text.find_first_of("[(", 3) != std::string::npos) {
    compilation.error("E0210", term.begin, term.end, std::string(fault));
    return false;
  }
  compilation.error("E0221", term.begin, term.end,
                    "\"" + term.text + "\" looks like a field but would be read as the word " + term.text,
                    "write " + as_path_spelling(term.text) + " for the field, or " + for_the_word(term.text));
  return false;
}

bool resolve_segment(Term& term, Expected expected, Compilation& compilation) {
  if (expected == Expected::segment) return check_path(term.extract, term.begin, term.end, compilation);
  if (compilation.vocabulary.segments) {
    become_constant(term);
    return true;
  }
  const bool is_bare = term.text == term.extract.path.segment;
  compilation.error("E0225", term.begin, term.end, term.text + " is a whole segment, not a value",
                    "write a field of it, such as " + term.text + "-3" +
                        (is_bare ? ", or " + for_the_word(term.text) : std::string()));
  return false;
}

bool resolve_path(Term& term, std::string_view text, Expected expected, Compilation& compilation) {
  const auto path = hl7::Path::parse(text);
  if (!path) return fail_path(term, path.fault().text, compilation);
  term.kind = Term::Kind::extract;
  term.extract.path = *path;
  if (path->field == 0) return resolve_segment(term, expected, compilation);
  return check_path(term.extract, term.begin, term.end, compilation);
}

bool is_path(const std::string& word, const Vocabulary& vocabulary) {
  if (!begins_like_segment(word)) return false;
  const std::string_view rest = std::string_view(word).substr(3);
  if (!goes_on_like_path(rest)) return false;
  const bool known = is_segment(word.substr(0, 3), vocabulary);
  if (known && vocabulary.hl7) return true;
  const auto path = hl7::Path::parse(word);
  return known != vocabulary.hl7 && path && path->field != 0;
}

/// The longest bound name that the word is or begins with; empty when there is none.
std::string bound_name(const std::string& word, const Vocabulary& vocabulary) {
  std::string found;
  for (const auto& [name, fields] : vocabulary.names) {
    if (name.size() <= found.size() || !word.starts_with(name)) continue;
    const std::string_view rest = std::string_view(word).substr(name.size());
    const bool field_of_loop =
        rest.size() > 1 && rest[0] == '-' && is_digit(rest[1]) && vocabulary.loops.count(name) != 0;
    if (rest.empty() || rest[0] == '.' || rest[0] == '[' || field_of_loop) found = name;
  }
  return found;
}

/// `.identifier[1].value`, `[2].Modality`; nothing when that is no list of members.
std::optional<std::vector<Member>> read_members(std::string_view rest) {
  std::vector<Member> members;
  while (!rest.empty()) {
    Member member;
    if (rest[0] == '.') {
      rest.remove_prefix(1);
      const auto end = std::min(rest.find_first_of(".["), rest.size());
      member.key = rest.substr(0, end);
      if (member.key.empty()) return {};
      rest.remove_prefix(end);
    } else if (!members.empty() || rest[0] != '[') {
      return {};
    }
    if (rest.starts_with('[')) {
      const auto [end, error] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), member.number);
      if (error != std::errc() || end == rest.data() + rest.size() || *end != ']' || member.number == 0) return {};
      rest.remove_prefix(static_cast<std::size_t>(end - rest.data()) + 1);
    }
    if (const auto tag = dicom::parse_tag(member.key); tag && member.key.find(',') != std::string::npos)
      if (const auto attribute = dicom::find_attribute(*tag)) member.key = attribute->keyword;
    members.push_back(std::move(member));
  }
  return members;
}

/// A worklist item's step attributes are named without their sequence.
bool is_step_attribute(const std::string& key, const std::vector<std::string>& fields) {
  return std::find(fields.begin(), fields.end(), "ScheduledProcedureStepSequence") != fields.end() &&
         dicom::find_attribute(key).has_value();
}

bool check_members(const Term& term, const std::vector<std::string>& fields, Compilation& compilation) {
  if (fields.empty() || term.members.empty() || term.members.front().key.empty()) return true;
  const std::string& key = term.members.front().key;
  if (std::find(fields.begin(), fields.end(), key) != fields.end() || is_step_attribute(key, fields)) return true;
  const std::size_t begin = term.begin + term.text.size() + 1;
  const std::string near = nearest_name(key, fields);
  std::string listed;
  for (const std::string& field : fields) listed += (listed.empty() ? "" : ", ") + field;
  compilation.error("E0220", begin, begin + key.size(), term.text + " has no field \"" + key + "\"",
                    near.empty() ? std::string() : "did you mean " + term.text + "." + near + "?",
                    term.text + " has " + listed);
  return false;
}

bool resolve_name(Term& term, const std::string& name, Compilation& compilation) {
  auto members = read_members(std::string_view(term.text).substr(name.size()));
  if (!members) {
    compilation.error("E0210", term.begin, term.end, "\"" + term.text + "\" is no path into " + name,
                      "write " + name + ".member or " + name + ".member[1].member, counted from 1");
    return false;
  }
  term.kind = Term::Kind::name;
  term.text = name;
  term.members = std::move(*members);
  return check_members(term, compilation.vocabulary.names.at(name), compilation);
}

/// `id.4` of `id in PID-3[…]`, `obx-5.1` of `obx in OBX[…]`: the path as if it were read from the message.
bool resolve_loop(Term& term, const std::string& name, const hl7::Path& walked, Expected expected,
                  Compilation& compilation) {
  std::string base = walked.segment;
  if (walked.field != 0) base += "-" + std::to_string(walked.field);
  if (walked.component != 0) base += "." + std::to_string(walked.component);
  const std::string rest = term.text.substr(name.size());
  const auto path = hl7::Path::parse(base + rest);
  if (!path || (walked.field == 0 && !rest.empty() && rest[0] != '-')) {
    compilation.error(
        "E0210", term.begin, term.end, "\"" + term.text + "\" is no part of " + base,
        walked.field == 0 ? "write a field, such as " + name + "-5" : "write a component, such as " + name + ".1");
    return false;
  }
  term.kind = Term::Kind::loop;
  term.text = name;
  term.extract.path = *path;
  if (path->field == 0 && expected == Expected::value && !rest.empty())
    return resolve_segment(term, expected, compilation);
  return check_path(term.extract, term.begin, term.end, compilation);
}

bool resolve_bound(Term& term, const std::string& name, Expected expected, Compilation& compilation) {
  const auto loop = compilation.vocabulary.loops.find(name);
  if (loop == compilation.vocabulary.loops.end()) return resolve_name(term, name, compilation);
  return resolve_loop(term, name, loop->second, expected, compilation);
}

bool resolve_received(Term& term, Expected expected, Compilation& compilation) {
  if (term.text.size() == kReceived.size()) {
    term.kind = Term::Kind::name;
    return true;
  }
  term.extract.received = true;
  return resolve_path(term, std::string_view(term.text).substr(kReceived.size() + 1), expected, compilation);
}

/// `order.placer`, `a.b[1]`: what no other word looks like.
bool looks_like_name(std::string_view word) {
  bool dotted = false, begins = true;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (begins && !is_letter(word[i])) return false;
    begins = word[i] == '.';
    dotted = dotted || begins;
    if (!begins && !is_letter(word[i]) && !is_digit(word[i]) && word[i] != '[' && word[i] != ']') return false;
  }
  return dotted && !begins;
}

/// `pid-3`, `obx-5` outside of its loop: never a word by intent.
bool looks_like_small_path(const std::string& word, const Vocabulary& vocabulary) {
  const std::string capitals = upper_ascii(word);
  if (!vocabulary.hl7 || word.size() < 5 || capitals.compare(0, 3, word, 0, 3) == 0) return false;
  if (!begins_like_segment(capitals) || !is_segment(capitals.substr(0, 3), vocabulary)) return false;
  const auto path = hl7::Path::parse(capitals);
  return path && path->field != 0;
}

bool fail_small_path(const Term& term, Compilation& compilation) {
  compilation.error("E0221", term.begin, term.end,
                    "\"" + term.text + "\" looks like a field but would be read as the word " + term.text,
                    "write " + upper_ascii(term.text) + " for the field, or " + for_the_word(term.text));
  return false;
}

bool fail_unknown_name(const Term& term, Compilation& compilation) {
  const std::string head = term.text.substr(0, term.text.find_first_of(".["));
  std::vector<std::string> names;
  for (const auto& [name, fields] : compilation.vocabulary.names) names.push_back(name);
  const std::string near = nearest_name(head, names);
  compilation.error("E0220", term.begin, term.begin + head.size(), "nothing here is called \"" + head + "\"",
                    near.empty() ? "write " + for_the_word(term.text) : "did you mean " + near + "?");
  return false;
}

}  // namespace

bool resolve_word(Term& term, Expected expected, Compilation& compilation) {
  const Vocabulary& vocabulary = compilation.vocabulary;
  if (term.is_quoted) {
    become_constant(term);
    return true;
  }
  if (vocabulary.hl7 && (term.text == kReceived || term.text.starts_with("received.")))
    return resolve_received(term, expected, compilation);
  if (const std::string name = bound_name(term.text, vocabulary); !name.empty())
    return resolve_bound(term, name, expected, compilation);
  if (is_path(term.text, vocabulary)) return resolve_path(term, term.text, expected, compilation);
  if (looks_like_small_path(term.text, vocabulary)) return fail_small_path(term, compilation);
  if (looks_like_name(term.text)) return fail_unknown_name(term, compilation);
  become_constant(term);
  return true;
}

}  // namespace pons
