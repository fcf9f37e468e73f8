#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pons::dicom {

struct Tag {
  std::uint16_t group = 0, element = 0;

  auto operator<=>(const Tag&) const = default;
  /// "00100010": the key of the DICOM JSON model (PS3.18 F.2).
  std::string text() const;
};

/// "00100010", "0010,0010" or "(0010,0010)".
std::optional<Tag> parse_tag(std::string_view text);

/// One line of the data dictionary (PS3.6).
struct Attribute {
  Tag tag;
  std::string keyword;  // "PatientName"
  std::string vr;       // "PN"; where the standard leaves a choice, the first of it: "US", "OW"
  int vm_min = 1;
  std::optional<int> vm_max = 1;  // nothing: n
};

/// By keyword ("PatientName") or tag. Standard attributes only.
std::optional<Attribute> find_attribute(std::string_view name);
std::optional<Attribute> find_attribute(Tag tag);
/// Every keyword, sorted: the candidates of a "did you mean".
const std::vector<std::string>& keywords();

/// The longest value of this VR in characters, and of PN in each component group (PS3.5 table 6.2-1); nothing: no limit
/// that a text can meet.
std::optional<std::size_t> max_length(std::string_view vr);

/// The values that the standard allows (enumerated) or names (defined) for an attribute; empty: any value. For coded
/// numbers such as PregnancyStatus the numbers as text.
const std::vector<std::string>& terms(std::string_view keyword);
/// True when no other value is allowed; false when sites add their own, as for Modality.
bool terms_are_enumerated(std::string_view keyword);

}  // namespace pons::dicom
