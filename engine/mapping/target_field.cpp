#include "engine/mapping/target_field.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "engine/hl7/read.h"

namespace pons {
namespace {

bool is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
}

bool names(const std::string& text, const std::string& name) {
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
    const auto after = at + name.size();
    const bool begins = at == 0 || !is_word_character(text[at - 1]);
    if (begins && (after == text.size() || text[after] == '.' || !is_word_character(text[after]))) return true;
  }
  return false;
}

bool reads_anything(const Expr& expr, const Vocabulary& vocabulary) {
  if (expr.constant_text()) return false;
  if (!expr.paths().empty() || expr.as_name()) return true;
  const std::string text = expr.text();
  const auto is_named = [&](const auto& entry) { return names(text, entry.first); };
  return std::any_of(vocabulary.names.begin(), vocabulary.names.end(), is_named) ||
         std::any_of(vocabulary.loops.begin(), vocabulary.loops.end(), is_named);
}

class FieldReader {
 public:
  FieldReader(const Vocabulary& vocabulary, Findings& findings) : vocabulary_(vocabulary), findings_(findings) {}

  std::vector<TargetField> read(const Node& block) {
    std::vector<TargetField> fields;
    for (const auto& [key, value] : block.entries) {
      if (key.text == "$each" || key.text == "$when") continue;
      if (key.text.starts_with('$')) {
        findings_.error("E0202", key.span, "there is no " + key.text, "a block has $each and $when", {});
        continue;
      }
      fields.push_back(field(key, value));
    }
    return fields;
  }

 private:
  TargetField field(const Node& key, const Node& value) {
    TargetField out;
    out.name = key.text;
    out.span = key.span;
    out.removes = value.is_scalar() && !value.quoted && value.text == "absent";
    out.is_list = value.is_list();
    if (out.removes) return out;
    if (!value.is_list()) {
      add(out, value);
      return out;
    }
    for (const Node& item : value.items) {
      if (item.is_list())
        findings_.error("E0202", item.span, "a list stands in a list", {}, "write:  one \"- \" for each value");
      else
        add(out, item);
    }
    return out;
  }

  void add(TargetField& field, const Node& node) {
    auto item = node.is_scalar() ? scalar(node) : block(node);
    if (item) field.items.push_back(*std::move(item));
  }

  std::optional<TargetItem> scalar(const Node& node) {
    auto value = Expr::compile(node, vocabulary_, findings_);
    if (!value) return {};
    TargetItem item;
    item.span = node.span;
    item.reads = reads_anything(*value, vocabulary_);
    item.value = std::move(value);
    return item;
  }

  std::optional<TargetItem> block(const Node& node) {
    TargetItem item;
    item.span = node.span;
    Vocabulary inside = vocabulary_;
    if (const Node* each = node.find("$each")) {
      item.each = scalar_of<Each>(*each, vocabulary_);
      if (!item.each) return {};
      inside = item.each->inside(vocabulary_);
    }
    if (const Node* when = node.find("$when")) {
      item.when = scalar_of<Expr>(*when, inside);
      if (!item.when) return {};
    }
    item.members = FieldReader(inside, findings_).read(node);
    if (item.members.empty()) {
      findings_.error("E0202", node.span, "this block gives nothing", {}, "write a line for each member, or  absent");
      return {};
    }
    item.reads = std::any_of(item.members.begin(), item.members.end(), [](const TargetField& member) {
      return std::any_of(member.items.begin(), member.items.end(), [](const TargetItem& i) { return i.reads; });
    });
    return item;
  }

  template <class Compiled>
  std::optional<Compiled> scalar_of(const Node& node, const Vocabulary& vocabulary) {
    if (node.is_scalar()) return Compiled::compile(node, vocabulary, findings_);
    findings_.error("E0202", node.span, "this is one line", {}, "write:  $each: id in PID-3[*]   or  $when: OBR-18");
    return {};
  }

  const Vocabulary& vocabulary_;
  Findings& findings_;
};

Result<void> use_when(const TargetItem& item, const Scope& scope, const UseItem& use) {
  if (item.when) {
    const auto holds = item.when->holds(scope);
    if (!holds) return holds.fault();
    if (!*holds) return {};
  }
  return use(item, scope);
}

Result<void> use_each(const TargetItem& item, const Scope& scope, const UseItem& use) {
  auto values = item.each->items(scope);
  if (!values) return values.fault();
  if (values->empty()) return {};
  Scope inside = scope;
  inside.bind(item.each->variable(), {});
  for (Value& value : *values) {
    inside.names.back().second = std::move(value);
    if (auto used = use_when(item, inside, use); !used) return used;
  }
  return {};
}

Result<void> readable(const Value& value, const Scope& scope) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  switch (value.kind()) {
    case Value::Kind::field: {
      const Field& field = value.as_field();
      if (field.charset == nullptr) return {};
      if (auto fault = hl7::unreadable(field.raw, field.delimiters, field.place, *field.charset))
        return *std::move(fault);
      return {};
    }
    case Value::Kind::text:
      // The sender may have lost a character before us: then the replacement is what came.
      if (value.as_text().find(kReplacement) == std::string::npos ||
          scope.message->bytes().find(kReplacement) != std::string::npos)
        return {};
      return refused("a byte of it is not " + std::string(scope.charset.name), value.path(), 102);
    case Value::Kind::list:
      for (const Value& item : value.items())
        if (auto whole = readable(item, scope); !whole) return whole;
      return {};
    default:
      return {};
  }
}

}  // namespace

std::vector<TargetField> read_fields(const Node& block, const Vocabulary& vocabulary, Findings& findings) {
  return FieldReader(vocabulary, findings).read(block);
}

void refuse_duplicates(const std::vector<TargetField>& fields,
                       const std::function<bool(const TargetField&, const TargetField&)>& same, Findings& findings) {
  for (std::size_t i = 0; i < fields.size(); ++i)
    for (std::size_t k = 0; k < i; ++k) {
      if (!same(fields[i], fields[k])) continue;
      findings
          .error("E0203", fields[i].span, fields[i].name + " is mapped twice", "this is " + fields[k].name + " again")
          .labels.push_back({fields[k].span, "first here"});
      break;
    }
}

Result<void> for_each_given(const TargetField& field, const Scope& scope, const UseItem& use) {
  for (const TargetItem& item : field.items)
    if (auto used = item.each ? use_each(item, scope, use) : use_when(item, scope, use); !used) return used;
  return {};
}

Result<Value> value_for(const TargetItem& item, const Scope& scope) {
  auto value = item.value->value(scope);
  if (!value || !scope.message) return value;
  if (auto whole = readable(*value, scope); !whole) return whole.fault();
  return value;
}

Fault at_target(Fault fault, const std::string& target, const TargetItem& item, const Value& value) {
  fault.text = target + ": " + fault.text;
  if (fault.field.empty()) fault.field = value.path();
  if (fault.line.empty()) fault.line = item.span.where();
  return fault;
}

void note_mapped(std::vector<Mapped>* mapped, std::string target, const TargetItem& item, const Value& value) {
  if (mapped == nullptr) return;
  const hl7::Place* origin = value.origin();
  mapped->push_back({std::move(target), item.span, origin ? std::optional<hl7::Place>(*origin) : std::nullopt});
}

}  // namespace pons
