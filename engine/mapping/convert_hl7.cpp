#include "engine/mapping/convert_hl7.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "engine/hl7/dictionary.h"
#include "engine/hl7/edit.h"
#include "engine/mapping/convert_code.h"
#include "engine/mapping/convert_name.h"
#include "engine/mapping/convert_time.h"

namespace pons {
namespace {

using hl7::Path;
using hl7::State;
using Level = Field::Level;

bool is_code_type(std::string_view datatype) {
  return datatype == "CWE" || datatype == "CE" || datatype == "CNE" || datatype == "CF";
}

bool is_time_type(std::string_view datatype) {
  return datatype == "TS" || datatype == "DTM" || datatype == "DT" || datatype == "TM";
}

bool is_long_text(std::string_view datatype) {
  return datatype == "TX" || datatype == "FT";
}

bool is_identifier_type(std::string_view datatype) {
  return datatype == "CX" || datatype == "EI" || datatype == "CK";
}

/// Data types with the same parts at the same numbers.
bool are_alike(std::string_view a, std::string_view b) {
  if (a == b || a.empty() || b.empty() || b == "varies" || a == "varies") return true;
  if (is_code_type(a)) return is_code_type(b);
  if (is_person_type(a)) return is_person_type(b) && has_leading_id(a) == has_leading_id(b);
  return (a == "CX" || a == "CK") && (b == "CX" || b == "CK");
}

bool is_simple(std::string_view version, std::string_view datatype) {
  if (datatype.empty() || datatype == "varies") return false;
  const auto* components = hl7::datatype(version, datatype);
  return components != nullptr && components->empty();
}

using Parts = std::vector<std::pair<int, std::string>>;

Parts name_parts(const NameParts& name, bool after_id) {
  const int family = after_id ? 2 : 1;
  return {{family, name.family},
          {family + 1, name.given},
          {family + 2, name.middle},
          {family + 3, name.suffix},
          {family + 4, name.prefix}};
}

Parts code_parts(const Coded& coded) {
  Parts parts;
  int first = 1;
  for (const Code& code : coded.codes) {
    if (first > 4) break;
    parts.insert(parts.end(), {{first, code.code}, {first + 1, code.display}, {first + 2, code.system}});
    first += 3;
  }
  if (!coded.text.empty()) parts.emplace_back(9, coded.text);
  return parts;
}

/// CX: 1, 4 (and 5); EI: 1, 2.
Parts identifier_parts(std::string value, std::string authority, std::string type, std::string_view datatype) {
  if (datatype == "EI") return {{1, std::move(value)}, {2, std::move(authority)}};
  return {{1, std::move(value)}, {4, std::move(authority)}, {5, std::move(type)}};
}

class Writer {
 public:
  Writer(hl7::Message& message, std::string_view datatype, std::string_view version)
      : message_(message), datatype_(datatype), version_(version) {}

  Result<void> write(const Path& path, const Value& value) {
    switch (value.kind()) {
      case Value::Kind::absent:
        return {};
      case Value::Kind::null:
        return hl7::set(message_, path, State::null);
      case Value::Kind::list:
        return list(path, value.items());
      case Value::Kind::field:
        return field(path, value);
      case Value::Kind::object:
        return object(path, value);
      case Value::Kind::text:
        break;
    }
    return text(path, value);
  }

 private:
  Result<void> list(const Path& path, const std::vector<Value>& items) {
    if (items.empty()) return {};
    if (items.size() == 1) return write(path, items.front());
    if (path.component != 0 || path.repetition.kind != hl7::Selector::Kind::first)
      return refused(
          "a list of " + std::to_string(items.size()) + " does not fit one place; choose one, or  | join(\", \")", {},
          102);
    if (auto emptied = hl7::set(message_, path, State::absent); !emptied) return emptied;
    int number = 1;
    for (const Value& item : items) {
      const bool may_have_scripts =
          datatype_ == "XPN" && (item.kind() == Value::Kind::text || item.kind() == Value::Kind::object);
      const PersonName each = may_have_scripts ? PersonName::of(item) : PersonName();
      auto done = each.has_several() ? scripts(path, each, number) : write(repetition(path, number++), item);
      if (!done) return done;
    }
    return {};
  }

  static Path repetition(Path path, int number) {
    path.repetition = {hl7::Selector::Kind::number, number, {}};
    return path;
  }

  Result<void> field(const Path& path, const Value& value) {
    const Field& from = value.as_field();
    if (from.level == Level::segment) return refused("a whole segment is no value", {}, 102);
    // Formatted text keeps its \.br\ and its like.
    if (is_long_text(from.datatype) && (is_long_text(datatype_) || datatype_ == "varies") && path.component == 0)
      return structure(path, from);
    if (is_simple(version_, datatype_) || is_simple(version_, from.datatype)) return text(path, value);
    if (is_person_type(from.datatype) && is_person_type(datatype_) && !are_alike(from.datatype, datatype_))
      return name(path, PersonName::of(value));
    if (is_identifier_type(from.datatype) && is_identifier_type(datatype_) && !are_alike(from.datatype, datatype_))
      return parts(path, identifier_parts(from.part(1, 1), authority_of(from), "", datatype_));
    if (!are_alike(from.datatype, datatype_)) return text(path, value);
    return structure(path, from);
  }

  static std::string authority_of(const Field& from) {
    return from.datatype == "EI" ? from.part(2, 1) : from.part(4, 1);
  }

  /// The parts as they stood: one level further in or out when the place is.
  Result<void> structure(const Path& path, const Field& from) {
    hl7::Delimiters delimiters = from.delimiters;
    const bool to_field = path.component == 0;
    if (from.level == Level::component && to_field) {
      delimiters.component = std::exchange(delimiters.subcomponent, 0);
    } else if (from.level == Level::field && !to_field) {
      if (datatype_.empty() || datatype_ != from.datatype) return single(path, from.text());
      delimiters.subcomponent = std::exchange(delimiters.component, 0);
    }
    if (path.subcomponent != 0 || from.level == Level::subcomponent) return single(path, from.text());
    return hl7::set_raw(message_, path, from.raw_text(), delimiters);
  }

  Result<void> object(const Path& path, const Value& value) {
    const json::Value& object = value.object();
    if (is_identifier_type(datatype_) && object.find("value"))
      return parts(path, identifier_parts(object.text_of("value"), object.text_of("authority"), object.text_of("type"),
                                          datatype_));
    if (is_person_type(datatype_)) return name(path, PersonName::of(value));
    if (const auto coded = Coded::of(value)) {
      if (is_code_type(datatype_) || datatype_.empty() || datatype_ == "varies") return parts(path, code_parts(*coded));
      if (!coded->codes.empty()) return single(path, coded->codes.front().code);
    }
    if (const std::string said = value.as_text(); !said.empty()) return single(path, said);
    return refused("an object is no " + std::string(datatype_), {}, 102);
  }

  Result<void> text(const Path& path, const Value& value) {
    if (is_person_type(datatype_)) return name(path, PersonName::of(value));
    const std::string said = value.as_text();
    if (!is_time_type(datatype_) || said.empty()) return single(path, said);
    if (datatype_ == "TM" && value.kind() == Value::Kind::text && said.size() <= 6) return single(path, said);
    auto time = time_of(value);
    if (!time) return time.fault();
    if (datatype_ == "DT") return single(path, time->digits.substr(0, 8));
    if (datatype_ == "TM") return single(path, time->digits.size() > 8 ? time->digits.substr(8) : std::string());
    return single(path, hl7_time(*time));
  }

  /// A text that is empty says nothing, and leaves what is there.
  Result<void> single(const Path& path, const std::string& utf8) {
    if (utf8.empty()) return {};
    return hl7::set(message_, path, State::value, utf8);
  }

  Result<void> parts(const Path& path, const Parts& parts) {
    if (path.subcomponent != 0) return single(path, parts.front().second);
    if (auto emptied = hl7::set(message_, path, State::absent); !emptied) return emptied;
    for (const auto& [number, utf8] : parts) {
      if (utf8.empty()) continue;
      if (auto done = hl7::set(message_, part_of(path, number), State::value, utf8); !done) return done;
    }
    return {};
  }

  /// A field of names takes each script in a repetition of its own, a single repetition or component the first.
  Result<void> name(const Path& path, const PersonName& name) {
    const bool takes_all =
        datatype_ == "XPN" && path.component == 0 && path.repetition.kind == hl7::Selector::Kind::first;
    if (!takes_all || !name.has_several()) return parts(path, name_parts(name.first(), has_leading_id(datatype_)));
    if (auto emptied = hl7::set(message_, path, State::absent); !emptied) return emptied;
    int number = 1;
    return scripts(path, name, number);
  }

  /// Each script in a repetition, from the `number`th on, which becomes the one after them.
  Result<void> scripts(const Path& path, const PersonName& name, int& number) {
    for (std::size_t i = 0; i < name.scripts.size(); ++i) {
      if (name.scripts[i].empty()) continue;
      Parts script = name_parts(name.scripts[i], false);
      script.emplace_back(8, std::string(1, PersonName::kRepresentations[i]));
      if (auto done = parts(repetition(path, number++), script); !done) return done;
    }
    return {};
  }

  static Path part_of(Path path, int number) {
    (path.component == 0 ? path.component : path.subcomponent) = number;
    return path;
  }

  hl7::Message& message_;
  std::string_view datatype_, version_;
};

}  // namespace

Result<void> write_hl7(hl7::Message& message, const Path& path, const Value& value, std::string_view datatype,
                       std::string_view version) {
  return Writer(message, datatype, version).write(path, value);
}

}  // namespace pons
