#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/hl7/charset.h"
#include "engine/hl7/message.h"
#include "engine/hl7/structure.h"
#include "engine/message/identifier.h"
#include "engine/records/patient_rules.h"

namespace pons {

/// What a partner does not say in each message, from endpoints.yaml.
struct Endpoint {
  std::string name;
  std::string charset;    // for messages whose MSH-18 is empty
  std::string authority;  // for identifiers that come without one
};

/// One message, or one group of it, read by path as UTF-8. Lives as long as the message and the group.
class Reading {
 public:
  Reading(const hl7::Message& message, const Endpoint& endpoint, const hl7::Group* group = nullptr);

  const hl7::Message& message() const { return message_; }
  Reading of(const hl7::Group& group) const { return {message_, endpoint_, &group}; }

  /// Nothing: absent. "": the HL7 null, which clears.
  Said said(std::string_view path) const;
  /// said() of the first path that is present.
  Said first(std::initializer_list<std::string_view> paths) const;
  /// The text, "" when absent or null.
  std::string text(std::string_view path) const { return said(path).value_or(""); }

  /// CX repetitions: value, assigning authority (the endpoint's where there is none) and type.
  std::vector<Identifier> identifiers(std::string_view field) const;
  /// EI: entity identifier and namespace ID.
  Identifier entity(std::string_view field) const;
  /// XPN or XCN (`first` component 1 or 2) as DICOM PN: family^given^middle^prefix^suffix.
  Said person_name(std::string_view field, int first = 1) const;
  /// DTM as DA (8 digits) or TM (6 digits at most, as precise as said). Refused when it is no date.
  Result<Said> day(std::string_view path) const;
  Result<Said> time(std::string_view path) const;

 private:
  const hl7::Message& message_;
  const Endpoint& endpoint_;
  const hl7::Group* group_;
  hl7::Charset charset_;
};

}  // namespace pons
