#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"

namespace pons::json {

/// A JSON document or a part of one. A value: it copies. Members keep the order in which they were added; numbers keep
/// their spelling ("1.50").
class Value {
 public:
  enum class Kind { null, boolean, number, string, array, object };
  using Member = std::pair<std::string, Value>;

  Value() = default;
  Value(std::string text) : kind_(Kind::string), text_(std::move(text)) {}
  Value(std::string_view text) : Value(std::string(text)) {}
  Value(const char* text) : Value(std::string(text)) {}
  static Value boolean(bool value) { return Value(Kind::boolean, value ? "true" : "false"); }
  /// `literal` is a JSON number; anything else makes a document that cannot be read.
  static Value number(std::string literal) { return Value(Kind::number, std::move(literal)); }
  static Value number(std::int64_t value) { return number(std::to_string(value)); }
  static Value array() { return Value(Kind::array, {}); }
  static Value object() { return Value(Kind::object, {}); }

  /// Refuses what is not JSON, naming the byte offset, and over 64 levels.
  static Result<Value> parse(std::string_view text);
  std::string write() const;
  /// Two spaces a level, for a person.
  std::string write_pretty() const;

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::null; }
  bool is_array() const { return kind_ == Kind::array; }
  bool is_object() const { return kind_ == Kind::object; }
  /// A string's text, a number's spelling, "true" or "false"; empty for the others.
  const std::string& text() const { return text_; }

  const std::vector<Value>& items() const { return items_; }
  std::vector<Value>& items() { return items_; }
  const std::vector<Member>& members() const { return members_; }
  std::vector<Member>& members() { return members_; }
  /// Null: there is no such member, or this is no object.
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  /// The text of a member, "" when there is none.
  std::string text_of(std::string_view key) const;
  /// The member, made as null when there is none. A null becomes an object.
  Value& operator[](std::string_view key);
  /// Adds an item. A null becomes an array.
  Value& push(Value item);
  void erase(std::string_view key);

  bool operator==(const Value& other) const = default;

 private:
  Value(Kind kind, std::string text) : kind_(kind), text_(std::move(text)) {}

  Kind kind_ = Kind::null;
  std::string text_;
  std::vector<Value> items_;
  std::vector<Member> members_;
};

}  // namespace pons::json
