#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

class DcmDataset;

namespace pons::dicom {

/// A DICOM dataset as a value: copies are deep, moves are cheap. All text in it is UTF-8 (SpecificCharacterSet
/// ISO_IR 192); what comes from outside is converted on its way in, and back by encode_text() on its way out.
///
/// Paths name an attribute by keyword or tag; items count from 1, and no number means the first:
/// "PatientName", "00100010", "ScheduledProcedureStepSequence.Modality",
/// "ReferencedStudySequence[2].ReferencedSOPInstanceUID".
///
/// Absent and zero length are two things: text() gives nothing for the one and "" for the other.
/// Not for two threads at once, not even to read: dcmdata caches inside its elements.
class Dataset {
 public:
  Dataset();
  Dataset(const Dataset& other);
  Dataset(Dataset&& other) noexcept;
  Dataset& operator=(const Dataset& other);
  Dataset& operator=(Dataset&& other) noexcept;
  ~Dataset();

  /// Explicit or Implicit VR Little Endian, told apart by the first element, without preamble or meta header: a dataset
  /// as it was received or stored. No bytes are an empty one.
  static Result<Dataset> from_bytes(std::string_view bytes);
  /// Explicit VR Little Endian: the form in which datasets are stored.
  std::string to_bytes() const;

  /// JSON by keyword: {"PatientName":"DOE^JANE","ModalitiesInStudy":["CT","SR"],"ReferencedStudySequence":[{…}]}; null
  /// is zero length, [] a sequence without items. Private and binary attributes are left out of it.
  static Result<Dataset> from_json(std::string_view json);
  std::string to_json() const;

  bool has(std::string_view path) const;
  /// Several values are joined with a backslash, as in DICOM; padding is gone.
  std::optional<std::string> text(std::string_view path) const;
  /// text(), or "" when absent.
  std::string text_or_empty(std::string_view path) const;
  /// Empty when absent or zero length.
  std::vector<std::string> values(std::string_view path) const;
  /// How many items a sequence has; 0 when absent.
  std::size_t items(std::string_view path) const;
  /// A copy of an item: item("ScheduledProcedureStepSequence", 1).
  std::optional<Dataset> item(std::string_view path, std::size_t number) const;
  /// What is in it at the top, in order of tags: keywords, or tags where there is none. Without group lengths.
  std::vector<std::string> names() const;
  bool empty() const;

  /// One value; "" puts zero length. Makes the sequences and the next item on the way. Refuses an unknown attribute,
  /// and what would be more than one value: a backslash anywhere but in ST, LT and UT, or a control character.
  Result<void> put(std::string_view path, std::string_view value);
  Result<void> put_values(std::string_view path, const std::vector<std::string>& values);
  /// A sequence without items, or any other attribute without value.
  Result<void> put_empty(std::string_view path);
  Result<void> append_item(std::string_view path, const Dataset& item);
  void remove(std::string_view path);
  /// Replaces what `other` has at the top, zero length too, and leaves the rest: N-SET (PS3.7 10.1.3).
  void merge(const Dataset& other);

  /// For adapters/dicom: as from_bytes(), but the text stays in the character set in which it came.
  static Result<std::unique_ptr<DcmDataset>> native_from_bytes(std::string_view bytes);
  /// For adapters/dicom: a DIMSE command, which is always Implicit VR Little Endian (PS3.7 6.3.1).
  static Result<std::unique_ptr<DcmDataset>> command_from_bytes(std::string_view bytes);
  /// For adapters/dicom: takes what came over the network, or gives a DcmDataset to be sent.
  static Result<Dataset> from_native(std::unique_ptr<DcmDataset> native);
  std::unique_ptr<DcmDataset> to_native() const;
  DcmDataset& native() const { return *native_; }

 private:
  explicit Dataset(std::unique_ptr<DcmDataset> native);

  std::unique_ptr<DcmDataset> native_;
};

}  // namespace pons::dicom
