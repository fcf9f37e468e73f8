#include "engine/dicom/dataset.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>

#include <catch2/catch.hpp>

#include "engine/dicom/character_set.h"

using pons::dicom::Dataset;

TEST_CASE("values are put and read by keyword path, items are made on the way") {
  Dataset dataset;
  REQUIRE(dataset.put("PatientName", "DOE^JANE"));
  REQUIRE(dataset.put("ScheduledProcedureStepSequence.Modality", "CT"));
  CHECK(dataset.text("PatientName") == "DOE^JANE");
  CHECK(dataset.text("ScheduledProcedureStepSequence[1].Modality") == "CT");
  CHECK(dataset.items("ScheduledProcedureStepSequence") == 1);
}

TEST_CASE("absent and zero length are two things") {
  Dataset dataset;
  REQUIRE(dataset.put_empty("PatientSex"));
  CHECK(dataset.text("PatientSex") == "");
  CHECK_FALSE(dataset.text("PatientID"));
}

TEST_CASE("a value never becomes two, and an unknown attribute is refused") {
  Dataset dataset;
  CHECK_FALSE(dataset.put("PatientID", "M1\\M2"));
  CHECK_FALSE(dataset.put("PatientNam", "DOE"));
}

TEST_CASE("JSON and bytes give back the same") {
  const std::string json =
      R"({"AccessionNumber":"A1","PatientName":"M\u00fcller^Anna","ScheduledProcedureStepSequence":[{"Modality":"CT","ScheduledStationAETitle":["CT1","CT2"]}]})";
  const auto dataset = Dataset::from_json(json);
  REQUIRE(dataset);
  CHECK(dataset->text("PatientName") == "M\xc3\xbcller^Anna");
  const auto again = Dataset::from_bytes(dataset->to_bytes());
  REQUIRE(again);
  CHECK(again->to_json() == dataset->to_json());
  CHECK(again->values("ScheduledProcedureStepSequence.ScheduledStationAETitle") ==
        std::vector<std::string>{"CT1", "CT2"});
}

TEST_CASE("bytes are read in either little endian syntax, and no bytes are an empty dataset") {
  const std::string implicit("\x08\0\x60\0\x02\0\0\0CT\x10\0\x20\0\x04\0\0\0M123", 22);
  const auto dataset = Dataset::from_bytes(implicit);
  REQUIRE(dataset);
  CHECK(dataset->text("Modality") == "CT");
  CHECK(dataset->text("PatientID") == "M123");
  CHECK(Dataset::from_bytes(dataset->to_bytes())->to_json() == dataset->to_json());
  CHECK(Dataset::from_bytes("")->empty());
  CHECK_FALSE(Dataset::from_bytes(implicit.substr(0, 20)));
}

TEST_CASE("a copy is its own, and an item is one") {
  Dataset dataset;
  REQUIRE(dataset.put("ScheduledProcedureStepSequence.Modality", "CT"));
  auto item = dataset.item("ScheduledProcedureStepSequence", 1);
  REQUIRE(item);
  REQUIRE(item->put("Modality", "MR"));
  CHECK(dataset.text("ScheduledProcedureStepSequence.Modality") == "CT");
}

TEST_CASE("no character is lost, whatever character set was asked for") {
  Dataset dataset;
  REQUIRE(dataset.put("PatientName", "M\xc3\xbcller^Anna"));
  const auto read_back = [&](const std::vector<std::string>& wanted) {
    return Dataset::from_native(pons::dicom::encode_text(dataset.native(), wanted))->text_or_empty("PatientName");
  };
  CHECK(read_back({"ISO_IR 100"}) == "M\xc3\xbcller^Anna");
  CHECK(read_back({}) == "M\xc3\xbcller^Anna");
  REQUIRE(dataset.put("PatientName", "\xc5\x81ucja^Anna"));
  CHECK(read_back({"ISO_IR 100"}) == "\xc5\x81ucja^Anna");
}
