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

TEST_CASE("a length that nothing stands behind is refused before there is room for it") {
  using namespace std::string_literals;
  const auto refusal = [](const std::string& bytes) {
    const auto read = Dataset::from_bytes(bytes);
    return read ? "" : read.fault().text;
  };
  CHECK(refusal("\x10\x00\x10\x00PN\xff\x7f"s + "DOE") ==
        "no DICOM dataset: a value longer than what holds it at byte 8");
  CHECK(refusal("\x10\x00\x00\x40UT\0\0\xff\xff\xff\xff"s).find("a value longer") != std::string::npos);
  CHECK(refusal("\x10\x00\x10\x00\x00\x00\x00\x7f"s + "DOE").find("a value longer") != std::string::npos);
  CHECK(refusal("\x40\x00\x00\x01SQ\0\0\x08\0\0\0\xfe\xff\x00\xe0\xff\xff\xff\x7f"s).find("an item longer") !=
        std::string::npos);
}

TEST_CASE("sequences are read as deep as they are written to JSON, and no deeper") {
  const auto nested = [](int levels) {
    using namespace std::string_literals;
    std::string bytes;
    for (int i = 0; i < levels; ++i) bytes += "\x40\x00\x00\x01SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"s;
    for (int i = 0; i < levels; ++i) bytes += "\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0"s;
    return bytes;
  };
  CHECK(Dataset::from_bytes(nested(15)));
  CHECK(Dataset::from_json(Dataset::from_bytes(nested(15))->to_json()));
  CHECK_FALSE(Dataset::from_bytes(nested(17)));
  CHECK_FALSE(Dataset::from_bytes(nested(100'000)));
}

TEST_CASE("a code or a date with bytes that are no ASCII is text all the same") {
  const std::string bytes(
      "\x08\x00\x60\x00"
      "CS\x04\x00"
      "C\xcfT ",
      12);
  const auto dataset = Dataset::from_bytes(bytes);
  REQUIRE(dataset);
  CHECK(dataset->text("Modality") == "C?T");
  CHECK(dataset->to_json() == R"({"Modality":"C?T"})");
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
