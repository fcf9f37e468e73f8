#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/hl7/charset.h"
#include "engine/hl7/read.h"
#include "engine/json/value.h"

namespace pons {

/// A piece of an HL7 message as received: still with its components, so that the target's type can read them.
struct Field {
  enum class Level { segment, field, component, subcomponent };

  std::string_view raw;  // into the message
  hl7::Delimiters delimiters;
  const hl7::Charset* charset = nullptr;  // null: UTF-8
  Level level = Level::field;             // what separates the parts of `raw`: components, subcomponents, nothing
  std::string_view datatype;              // "XPN", "CX", "TS" of the message's version; empty: not known
  hl7::Place place;                       // in the received bytes
  const hl7::Message* message = nullptr;  // that it was read from
  std::size_t segment = 0;                // index of its segment there

  /// UTF-8 of the whole as a receiver reads a simpler type: the first component's first subcomponent when it has
  /// several. Text types are the whole: senders leave `&` unescaped in ST components, and `^` too in TX and FT.
  std::string text() const;
  /// UTF-8 of the nth part (1-based) of a field or component, escapes decoded; absent and `""` give "". Part 1 of what
  /// has no parts is the whole.
  std::string part(std::size_t number) const;
  /// UTF-8 of a part's part: CX-4.1.
  std::string part(std::size_t number, std::size_t inner) const;
  /// UTF-8 as it stands, delimiters and escapes kept.
  std::string raw_text() const;
};

/// What an expression gives. Absent, null (HL7 `""`) and a value are three things (P8). A value: it copies; fields are
/// views into a message that outlives the run.
class Value {
 public:
  enum class Kind { absent, null, text, field, list, object };

  Value() = default;
  static Value null();
  static Value text(std::string utf8);
  static Value field(Field field);
  /// Absent items are left out by whoever builds the list; a list of nothing is absent.
  static Value list(std::vector<Value> items);
  /// An object, array or scalar of a record or a built document; `owner` keeps it alive. A JSON null is null, a JSON
  /// scalar is text, an array is a list.
  static Value of(std::shared_ptr<const json::Value> owner, const json::Value& at);
  static Value of(json::Value owned);
  /// A comparison's outcome, and a JSON boolean: the text "true" or "false".
  static Value truth(bool outcome);

  Kind kind() const { return kind_; }
  bool is_absent() const { return kind_ == Kind::absent; }
  bool is_null() const { return kind_ == Kind::null; }
  /// Neither absent nor null.
  bool has_value() const { return kind_ != Kind::absent && kind_ != Kind::null; }
  /// As a condition: it has a value, and that is no false of a comparison or of JSON.
  bool holds() const { return has_value() && !is_false_; }

  /// UTF-8. A field's text is its first component's first subcomponent when it has several (as a receiver reads a
  /// simpler type); a list's is its first item's; an identifier's ({"value":…,"authority":…}) its number; absent, null
  /// and other objects give "".
  std::string as_text() const;
  const Field& as_field() const { return field_; }
  const std::vector<Value>& items() const { return items_; }
  /// Of Kind::object only.
  const json::Value& object() const { return *object_; }
  const std::shared_ptr<const json::Value>& shared_object() const { return object_; }

  /// Where in the received message it came from; null: from nowhere in it.
  const hl7::Place* origin() const;
  /// The same with the origin of what it was made from.
  Value with_origin(const Value& source) &&;
  /// It was read from a message, or made from what was.
  bool is_in_message() const { return field_.place.is_in_message(); }
  /// The HL7 path of its origin, also of what an edit wrote: "OBR[2]-24"; empty: from no message.
  std::string path() const { return field_.place.path(); }

 private:
  Kind kind_ = Kind::absent;
  bool is_false_ = false;
  std::string text_;
  Field field_;  // of other kinds only its place
  std::vector<Value> items_;
  std::shared_ptr<const json::Value> object_;
};

}  // namespace pons
