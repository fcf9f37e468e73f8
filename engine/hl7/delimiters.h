#pragma once

#include <string>

namespace pons::hl7 {

/// MSH-1 and MSH-2. A delimiter that MSH-2 leaves out is 0: the message cannot use it. The truncation character came
/// with v2.7 and is rarely declared.
struct Delimiters {
  char field = '|';
  char component = '^';
  char repetition = '~';
  char escape = '\\';
  char subcomponent = '&';
  char truncation = 0;

  bool operator==(const Delimiters&) const = default;

  /// MSH-2 as written: `^~\&`.
  std::string encoding_characters() const {
    std::string out;
    for (const char c : {component, repetition, escape, subcomponent, truncation})
      if (c != 0) out += c;
    return out;
  }
};

}  // namespace pons::hl7
