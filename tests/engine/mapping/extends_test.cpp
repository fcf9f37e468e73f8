#include "tests/engine/mapping/maps.h"

using namespace pons;

namespace {

/// A map that extends the sample hospital's orm-to-worklist.
struct South {
  explicit South(const std::string& fields) {
    const YamlFile& base = maps.keep("mappings/orm-to-worklist.yaml", text_of_file(sample("orm-to-worklist.yaml")));
    maps.others.emplace("orm-to-worklist", &base.node);
    text = "map: orm-to-worklist-south\nextends: orm-to-worklist\n" + fields;
  }

  Maps maps;
  std::string text;
};

}  // namespace

TEST_CASE("a map that extends another changes only what it names") {
  South south(
      "fields:\n  AccessionNumber: OBR-3.1\n  PregnancyStatus: absent\n"
      "  ScheduledProcedureStepSequence:\n    Modality: CR\n");
  const Map map = south.maps.map(south.text);
  Received order(text_of_file(sample("orm-nw-two-obr.hl7")));
  CHECK(compared(south.maps,
                 "AccessionNumber: F1\nPatientName: DOE^JANE\nModality: CR\nScheduledProcedureStepID: S1\n"
                 "ScheduledStationAETitle: CT1\n",
                 built(map, order)) == std::vector<std::string>{});
  CHECK(map.tests().empty());
}

TEST_CASE("a field is overridden by its other name too") {
  South south("fields:\n  \"0008,0050\": OBR-3.1\n");
  Received order(text_of_file(sample("orm-nw-two-obr.hl7")));
  CHECK(built_json(south.maps.map(south.text), order).text_of("AccessionNumber") == "F1");
}

TEST_CASE("extending goes one level, and to a map that is there") {
  South south("fields:\n  AccessionNumber: OBR-3.1\n");
  const YamlFile& middle = south.maps.keep("mappings/orm-to-worklist-south.yaml", south.text);
  south.maps.others.emplace("orm-to-worklist-south", &middle.node);
  CHECK(south.maps.findings_of("map: x\nextends: orm-to-worklist-south\n") ==
        "error[E0209]: orm-to-worklist-south extends another map itself\n"
        "  --> mappings/test.yaml:2:10\n"
        "  |\n"
        "2 | extends: orm-to-worklist-south\n"
        "  |          ^^^^^^^^^^^^^^^^^^^^^ one level is the limit\n"
        "  = write:  extends: orm-to-worklist\n");
  CHECK(south.maps.findings_of("map: x\nextends: orm-to-worklst\n").find("did you mean orm-to-worklist?") !=
        std::string::npos);
}
