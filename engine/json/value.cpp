#include "engine/json/value.h"

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

namespace pons::json {

namespace {

constexpr std::size_t kDepth = 64;

/// Builds the value from RapidJSON's events; numbers arrive as they are spelled.
class Builder {
 public:
  bool Null() { return add({}); }
  bool Bool(bool value) { return add(Value::boolean(value)); }
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return add(Value::number(std::string(text, size)));
  }
  bool String(const char* text, rapidjson::SizeType size, bool) { return add(Value(std::string(text, size))); }
  bool StartObject() { return open(Value::object()); }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    keys_.back().assign(text, size);
    return true;
  }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool StartArray() { return open(Value::array()); }
  bool EndArray(rapidjson::SizeType) { return close(); }

  Value take() { return std::move(root_); }

 private:
  bool add(Value value) {
    place(std::move(value));
    return true;
  }
  bool open(Value value) {
    if (open_.size() == kDepth) return false;
    open_.push_back(std::move(value));
    keys_.emplace_back();
    return true;
  }
  bool close() {
    Value done = std::move(open_.back());
    open_.pop_back();
    keys_.pop_back();
    place(std::move(done));
    return true;
  }
  void place(Value value) {
    if (open_.empty())
      root_ = std::move(value);
    else if (open_.back().is_array())
      open_.back().items().push_back(std::move(value));
    else
      open_.back().members().emplace_back(keys_.back(), std::move(value));
  }

  Value root_;
  std::vector<Value> open_;
  std::vector<std::string> keys_;
};

rapidjson::SizeType size_of(const std::string& text) {
  return static_cast<rapidjson::SizeType>(text.size());
}

template <class Writer>
void write_value(Writer& writer, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null:
      writer.Null();
      break;
    case Value::Kind::boolean:
      writer.Bool(value.text() == "true");
      break;
    case Value::Kind::number:
      writer.RawValue(value.text().data(), value.text().size(), rapidjson::kNumberType);
      break;
    case Value::Kind::string:
      writer.String(value.text().data(), size_of(value.text()));
      break;
    case Value::Kind::array:
      writer.StartArray();
      for (const Value& each : value.items()) write_value(writer, each);
      writer.EndArray();
      break;
    case Value::Kind::object:
      writer.StartObject();
      for (const auto& [key, member] : value.members()) {
        writer.Key(key.data(), size_of(key));
        write_value(writer, member);
      }
      writer.EndObject();
      break;
  }
}

template <class Members>
auto find_member(Members& members, std::string_view key) {
  return std::find_if(members.begin(), members.end(), [&](const auto& each) { return each.first == key; });
}

}  // namespace

Result<Value> Value::parse(std::string_view text) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> input(stream);
  rapidjson::Reader reader;
  Builder builder;
  constexpr unsigned kFlags =
      rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag;
  const auto result = reader.Parse<kFlags>(input, builder);
  if (result.IsError())
    return refused("not JSON at byte " + std::to_string(result.Offset()) + ": " +
                   (result.Code() == rapidjson::kParseErrorTermination ? "nested too deep"
                                                                       : rapidjson::GetParseError_En(result.Code())));
  // RapidJSON takes a NUL for the end.
  if (input.Tell() != text.size())
    return refused("not JSON at byte " + std::to_string(input.Tell()) + ": a NUL character");
  return builder.take();
}

std::string Value::write() const {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  write_value(writer, *this);
  return {buffer.GetString(), buffer.GetSize()};
}

std::string Value::write_pretty() const {
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
  writer.SetIndent(' ', 2);
  write_value(writer, *this);
  return {buffer.GetString(), buffer.GetSize()};
}

const Value* Value::find(std::string_view key) const {
  const auto found = find_member(members_, key);
  return found == members_.end() ? nullptr : &found->second;
}

Value* Value::find(std::string_view key) {
  const auto found = find_member(members_, key);
  return found == members_.end() ? nullptr : &found->second;
}

std::string Value::text_of(std::string_view key) const {
  const Value* member = find(key);
  return member ? member->text() : std::string();
}

Value& Value::operator[](std::string_view key) {
  if (kind_ == Kind::null) kind_ = Kind::object;
  if (Value* member = find(key)) return *member;
  return members_.emplace_back(std::string(key), Value()).second;
}

Value& Value::push(Value item) {
  if (kind_ == Kind::null) kind_ = Kind::array;
  return items_.emplace_back(std::move(item));
}

void Value::erase(std::string_view key) {
  if (const auto found = find_member(members_, key); found != members_.end()) members_.erase(found);
}

}  // namespace pons::json
