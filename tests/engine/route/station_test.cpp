#include "engine/route/station.h"

#include <catch2/catch.hpp>

#include "engine/route/endpoint.h"

using namespace pons;

namespace {

std::map<std::string, Station> stations(const std::string& text) {
  static std::vector<std::unique_ptr<Source>> sources;
  sources.push_back(std::make_unique<Source>(Source{"routes/endpoints.yaml", text}));
  Endpoint dicom;
  dicom.kind = Endpoint::Kind::dicom_outlet;
  const std::map<std::string, Endpoint> endpoints{{"archive", dicom}, {"ct1", dicom}};
  const Lookup secrets = [](std::string_view kind, std::string_view) {
    return kind == "secret" ? std::optional<std::string>("s3cret") : std::nullopt;
  };
  Findings findings;
  const auto file = parse_yaml(*sources.back(), findings);
  REQUIRE(file);
  auto read = load_stations(*file, endpoints, secrets, findings);
  INFO(to_text(findings));
  CHECK(findings.empty());
  return read;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a station is its AE title and what it makes") {
  const auto read = stations("stations:\n  CT1: CT\n  VIEWER: {}\n");
  REQUIRE(read.size() == 2);
  CHECK(read.at("CT1").modality == "CT");
  CHECK(read.at("CT1").tell_unsupported_keys);
  CHECK_FALSE(read.at("CT1").is_own_station);
  CHECK(read.at("CT1").charset == "");
  CHECK(read.at("CT1").visible_modalities.empty());
  CHECK(read.at("VIEWER").modality == "");
}

TEST_CASE("a station may have an archive that commits for it, and a place where it is told the result") {
  const auto read = stations("stations:\n  CT1: {modality: CT, commitment: {from: archive, to: ct1}}\n  CT2: CT\n");
  CHECK(read.at("CT1").archive == "archive");
  CHECK(read.at("CT1").told_at == "ct1");
  CHECK(read.at("CT2").archive == "");
}

TEST_CASE("a station may have to say who it is, with a password that is kept elsewhere") {
  const auto read = stations("stations:\n  CT1: {modality: CT, user: {name: ct1, password: \"${secret:ct1}\"}}\n");
  CHECK(read.at("CT1").user == "ct1");
  CHECK(read.at("CT1").password == "s3cret");
}

TEST_CASE("only a station of which it is said may store, and only headers") {
  const auto read = stations("stations:\n  CT1: CT\n  PACS: {stores: headers}\n");
  CHECK_FALSE(read.at("CT1").may_store);
  CHECK(read.at("PACS").may_store);
}

TEST_CASE("a station may have settings of its own") {
  const auto read = stations(R"(stations:
  MR1:
    modality: MR
    charset: ISO_IR 100
    unsupported_keys: FF00
    mpps: strict
    station: caller
    sees: {modality: [MR, PT], station: MR1}
)");
  const Station& station = read.at("MR1");
  CHECK(station.modality == "MR");
  CHECK(station.charset == "ISO_IR 100");
  CHECK_FALSE(station.tell_unsupported_keys);
  CHECK(station.has_strict_mpps);
  CHECK(station.is_own_station);
  CHECK(station.visible_modalities == Texts{"MR", "PT"});
  CHECK(station.visible_stations == Texts{"MR1"});
}

TEST_CASE("a site without stations lets nobody call") {
  CHECK(stations("endpoints:\n  a:\n    listen: mllp://127.0.0.1:2575\n").empty());
}
