// docs/conformance/hl7-profiles.md: what the sample hospital needs and reads of what it takes, and fills of what it
// sends. Nothing there was written by hand: each field is left out of, or added to, messages that the site takes, and
// what becomes of them then says what the field is for. A page that differs is written
// into the temporary folder.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>

#include "adapters/memory/store.h"
#include "engine/dicom/dataset.h"
#include "engine/hl7/dictionary.h"
#include "engine/hl7/edit.h"
#include "engine/hl7/read.h"
#include "tests/support/orders.h"
#include "tests/support/site.h"

using namespace pons;

namespace {

const Instant kNow = *from_rfc3339("2026-11-24T12:00:00Z");
const std::string kMsh = "MSH|^~\\&|";

/// What became of a message: its outcome, every record afterwards, and what is to be delivered.
struct Effect {
  Receipt::Outcome outcome = Receipt::Outcome::done;
  std::string text;  // of the answer
  std::string records;
  std::vector<Parcel> parcels;

  bool is_taken() const { return outcome == Receipt::Outcome::done || outcome == Receipt::Outcome::waiting; }
};

class Hospital {
 public:
  explicit Hospital(const Site& site) : site_(site) {}

  Receipt take(const std::string& inlet, const std::string& bytes, Envelope::Kind kind = Envelope::Kind::hl7) {
    Envelope envelope;
    envelope.kind = kind;
    envelope.inlet = inlet;
    envelope.arrived = kNow;
    envelope.attributes = {{"sop_instance_uid", "1.2.3.99"}, {"calling", "CT1"}};
    envelope.bytes = std::make_shared<const std::string>(bytes);
    const auto batch = store_.begin({site_.subject(envelope)});
    envelope.message = batch->message(0);
    const std::vector<std::optional<Decision>> decisions{site_.decide(envelope, batch->book(), kNow)};
    batch->save({envelope}, decisions);
    return decisions.front()->receipt;
  }
  void examine() {
    const auto mpps = [&](Envelope::Kind kind, const std::string& json) {
      REQUIRE(take("dicom", dicom::Dataset::from_json(json)->to_bytes(), kind).outcome == Receipt::Outcome::done);
    };
    mpps(Envelope::Kind::mpps_create,
         R"({"PatientID":"M1","IssuerOfPatientID":"HOSP","Modality":"CT","PerformedProcedureStepID":"PP1",)"
         R"("PerformedProcedureStepStatus":"IN PROGRESS","PerformedProcedureStepStartDate":"20261124",)"
         R"("PerformedProcedureStepStartTime":"093000","ScheduledStepAttributesSequence":[{"StudyInstanceUID":")" +
             store_.orders().front().study_uid + R"(","AccessionNumber":"A1","ScheduledProcedureStepID":"S1"}]})");
    mpps(Envelope::Kind::mpps_set,
         R"({"PerformedProcedureStepStatus":"COMPLETED","PerformedSeriesSequence":[{"SeriesInstanceUID":"1.2.3.4",)"
         R"("ReferencedImageSequence":[{"ReferencedSOPClassUID":"1.2.840.10008.5.1.4.1.1.2",)"
         R"("ReferencedSOPInstanceUID":"1.2.3.5"}]}]})");
  }
  std::string records() const {
    std::string all;
    const auto add = [&](const auto&... values) {
      ((all += values, all += '|'), ...);
      all += '\n';
    };
    const auto text = [](const Identifier& each) { return each.value + '^' + each.authority; };
    for (const Patient& each : store_.patients()) {
      add(each.name, each.birth_date, each.sex, each.address, std::to_string(each.merged_into.value_or(0)));
      for (const Identifier& identifier : each.identifiers) add(text(identifier));
    }
    for (const Order& each : store_.orders())
      add(std::to_string(each.patient), text(each.placer), text(each.filler), text(each.accession), each.study_uid,
          each.requested_procedure_id);
    for (const Step& each : store_.steps()) add(to_text(each.status), each.item);
    for (const Report& each : store_.reports()) add(text(each.filler), to_text(each.status));
    for (const Question& each : store_.questions()) add(each.text);
    return all;
  }
  const MemoryStore& store() const { return store_; }

 private:
  const Site& site_;
  MemoryStore store_;
};

/// One type of message at one listener. Every field that the route reads stands in one of `texts` where no other goes
/// before it; all of them are taken.
struct Profile {
  std::string title, inlet;
  std::vector<std::string> texts;
  bool after_examination = false;
  /// Whose paths must all be found.
  std::vector<std::string> files;
};

std::string orm(const std::string& orders, const std::string& visit = "PV1|1|I") {
  return kMsh + "ACMERIS|NORTH|IMAGING|HOSP|20261124100000||ORM^O01|C1|P|2.3.1\rPID|1||M1^^^HOSP^MR~99^^^NHS^NH||" +
         "DOE^JANE||19800102|F|||1 ROAD^^TOWN\r" + visit + "\r" + orders;
}

const std::string kVisit = "PV1|1|I|ED|||||R8^REFERRER^ANN|||||||||||V77^^^HOSP";

std::vector<Profile> profiles() {
  const std::string oru =
      kMsh + "REPORTS|NORTH|IMAGING|HOSP|20261124120000||ORU^R01|R1|P|2.5\rPID|1||M1^^^HOSP^MR||" +
      "DOE^JANE||19800102|F|||||||||||987654321\rOBR|1|P1|F1|CT1^CT head^L|||20261124093000||||||||" +
      "|||A1||||20261124115900|||F|||||||R1&SMITH&ANN\rOBX|1|TX|59776-5^Findings^LN||" +
      "FINDINGS~No bleed.~IMPRESSION~Normal.||||||F\r";
  const std::string adt = kMsh + "HIS|NORTH|IMAGING|HOSP|20261124110000||ADT^";
  const std::string pid = "PID|1||M1^^^HOSP^MR~99^^^NHS^NH||DOE^JANE||19800102|F|||1 ROAD^^TOWN\r";
  const std::string oru_without_placer = std::regex_replace(oru, std::regex("P1\\|F1"), "|F1");
  const std::string order_files = "mappings/orm-to-worklist.yaml";
  const auto order = [&](const std::string& control, const std::string& rest, const std::string& numbers = "P1|F1") {
    return "ORC|" + control + "\rOBR|1|" + numbers + "|CT1^CT head^L" + rest;
  };
  const auto numbered = [&](const std::string& in_orc, const std::string& in_obr, const std::string& accession) {
    return orm(
        order("NW|" + in_orc + "||SC||^^^20261125093000", "||||||||||||||" + accession + "|R1|S1||||CT\r", in_obr));
  };
  const auto general = [&](const std::string& type, const std::string& rest) {
    std::string text = orm(rest, kVisit);
    text.replace(text.find("ORM^O01"), 7, type);
    text.replace(text.find("2.3.1"), 5, "2.5.1");
    return text;
  };
  return {{"ORM^O01 v2.3.1 at ris-mllp",
           "ris-mllp",
           {orm(order("NW|P1|F1||SC||^^^20261125093000^^S|||||D1^DOC^DAN|||||RAD^Radiology^L",
                      "||||||||||||R8^REFERRER^ANN||A1|R1|S1||||CT||||||PORT||||34&PERFORMER\r"
                      "NTE|1||Comment\rOBX|1|TX|ALERT||Allergic\rOBX|2|TX|PREG||N\rZDS|1.2.3.4^^Application^DICOM\r"),
                kVisit),
            orm(order("NW|P1|F1||SC||^^^20261125093000", "||||||||||||||A1|R1|||||CT\r"), "PV1|1|I\rZZZ|1"),
            orm(order("NW|P1|F1||SC", "||||||||||||||A1|R1|S1||||CT|||^^^20261125093000^^S\r")),
            orm(order("NW||F1||SC||^^^20261125093000|||||D1^DOC^DAN", "||||||||||||||||||||CT\r")),
            orm(order("SC|P1|F1||CM||^^^20261125093000", "||||||||||||||A1|R1|S1||||CT\r")), numbered("P1|", "|", ""),
            numbered("|F1", "|", ""), numbered("|", "P1|", ""), numbered("|", "|F1", ""), numbered("|", "|", "A1")},
           false,
           {}},
          {"OMG^O19 v2.5.1 at ris-mllp",
           "ris-mllp",
           {general("OMG^O19", order("NW|P1|F1||SC",
                                     "||||||||||||||A1|R1|S1||||CT||||||||||||||||||||C2^Head^L\r"
                                     "TQ1|1||||||20261125093000||S\r"))},
           false,
           {}},
          {"OMI^O23 v2.5.1 at ris-mllp",
           "ris-mllp",
           {general("OMI^O23", order("NW|P1|F1||SC",
                                     "\rTQ1|1||||||20261125093000||S\r"
                                     "IPC|A1|R1|1.2.3.4|S1|CT|P12^Head routine^PROTO|||CT1\r"))},
           false,
           {order_files}},
          {"ADT^A08 v2.5 at his-mllp", "his-mllp", {adt + "A08|C1|P|2.5\rEVN||20261124110000\r" + pid}, false, {}},
          {"ADT^A40 v2.5 at his-mllp",
           "his-mllp",
           {adt + "A40|C1|P|2.5\rEVN||20261124110000\r" + pid + "MRG|M2^^^HOSP^MR\r"},
           false,
           {"mappings/adt-to-patient.yaml", "routes/his-adt.yaml"}},
          {"ORU^R01 v2.5 at reporting-mllp",
           "reporting-mllp",
           {oru, oru_without_placer, std::regex_replace(oru, std::regex("NORTH"), "SOUTH")},
           true,
           {"mappings/report-to-oru.yaml", "mappings/report-to-fhir.yaml", "routes/results-to-ehr.yaml"}}};
}

Effect effect_of(const Site& site, const Profile& profile, const std::string& bytes) {
  Hospital hospital(site);
  if (profile.after_examination) {
    hospital.take("ris-mllp", test::OrderText().bytes());
    hospital.examine();
  }
  const auto before = hospital.store().parcels().size();
  Effect effect;
  const Receipt receipt = hospital.take(profile.inlet, bytes);
  effect.outcome = receipt.outcome;
  effect.text = receipt.text;
  effect.records = hospital.records();
  effect.parcels = hospital.store().parcels();
  effect.parcels.erase(effect.parcels.begin(), effect.parcels.begin() + static_cast<std::ptrdiff_t>(before));
  return effect;
}

/// The message with the field of every segment of that name emptied, or filled where `raw` has text.
std::string with(const std::string& bytes, const std::string& segment, std::size_t field, const std::string& raw) {
  auto message = *hl7::Message::parse(bytes);
  std::size_t count = 0;
  for (std::size_t i = 0; i < message.size(); ++i)
    if (message.is(i, segment)) {
      INFO(segment << '-' << field << " of occurrence " << count + 1);
      const auto path = *hl7::Path::parse(segment + '[' + std::to_string(++count) + "]-" + std::to_string(field));
      if (raw.empty())
        REQUIRE(hl7::set(message, path, hl7::State::absent));
      else
        REQUIRE(hl7::set_raw(message, path, raw));
    }
  return message.write();
}

bool is_valued(const std::string& bytes, const std::string& segment, std::size_t field) {
  const auto message = *hl7::Message::parse(bytes);
  for (std::size_t i = 0; i < message.size(); ++i)
    if (message.is(i, segment) && !message.raw_field(i, field).value_or("").empty()) return true;
  return false;
}

std::string without_segments(const std::string& bytes, const std::string& name) {
  auto message = *hl7::Message::parse(bytes);
  for (std::size_t i = message.size(); i-- > 1;)
    if (message.is(i, name)) REQUIRE(hl7::remove_segment(message, i));
  return message.write();
}

/// The same where the field itself, carried through, is all that differs in what is sent.
bool is_same(const Effect& one, const Effect& other, const std::string& segment, std::size_t field) {
  if (one.outcome != other.outcome || one.records != other.records || one.parcels.size() != other.parcels.size())
    return false;
  const auto without = [&](const Parcel& parcel) {
    if (parcel.content_type != Parcel::kHl7) return parcel.document;
    static const std::regex kTrailing("\\|+\r");
    return std::regex_replace(
        field == 0 ? without_segments(parcel.document, segment) : with(parcel.document, segment, field, ""), kTrailing,
        "\r");
  };
  return std::equal(one.parcels.begin(), one.parcels.end(), other.parcels.begin(),
                    [&](const Parcel& a, const Parcel& b) { return a.outlet == b.outlet && without(a) == without(b); });
}

/// Something of the type that a field may hold.
std::string probe(const std::string& version, std::string_view datatype, int table, int depth = 0) {
  if (datatype == "TS" || datatype == "DTM" || datatype == "DT") return "20261126";
  if (datatype == "NM" || datatype == "SI") return "7";
  const auto* components = hl7::datatype(version, datatype);
  if (!components || components->empty() || depth == 2) {
    const auto* codes = table ? hl7::table(version, table) : nullptr;
    return codes && !codes->empty() && !codes->front().code.empty() ? std::string(codes->front().code) : "PROBE";
  }
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(components->size(), 9); ++i) {
    if (i > 0) text += depth == 0 ? '^' : '&';
    text += probe(version, (*components)[i].datatype, (*components)[i].table, depth + 1);
    if (depth == 1) break;
  }
  return text;
}

struct Row {
  std::string segment;
  std::size_t field = 0;  // 0: of the segment
  std::string usage;
};

std::vector<std::string> segments_of(const std::vector<std::string>& texts) {
  std::vector<std::string> names;
  for (const std::string& text : texts) {
    const auto message = *hl7::Message::parse(text);
    for (std::size_t i = 0; i < message.size(); ++i)
      if (const std::string name(message.name(i)); std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(name);
  }
  return names;
}

/// Tries the messages of a profile, and remembers what was sent.
class Trial {
 public:
  Trial(const Site& site, const Profile& profile) : site_(site), profile_(profile) {
    for (const std::string& text : profile.texts) {
      bases_.push_back(effect_of(site, profile, text));
      CAPTURE(profile.title, text, bases_.back().text);
      REQUIRE(bases_.back().is_taken());
    }
  }

  /// R: never taken without it. C: some of the messages are not. RE: taken without it, to another effect. "": neither.
  std::string usage(const std::string& segment, std::size_t field, const std::string& filling) {
    std::size_t refused = 0, changed = 0;
    for (std::size_t i = 0; i < bases_.size(); ++i) {
      const std::string& text = profile_.texts[i];
      const bool is_there = field == 0 ? true : is_valued(text, segment, field);
      if (field != 0 && !is_there && text.find('\r' + segment) == text.npos && segment != "MSH") continue;
      const std::string other = field == 0 ? without_segments(text, segment)
                                : is_there ? with(text, segment, field, "")
                                           : with(text, segment, field, filling);
      const Effect effect = effect_of(site_, profile_, other);
      if (is_there && !effect.is_taken())
        ++refused;
      else if (!is_same(bases_[i], effect, segment, field))
        ++changed;
      if (effect.is_taken()) keep(effect);
    }
    return refused == bases_.size() ? "R" : refused > 0 ? "C" : changed > 0 ? "RE" : "";
  }

  std::vector<Row> rows() {
    std::vector<Row> rows;
    for (const std::string& segment : segments_of(profile_.texts)) {
      const Row head{segment, 0, segment == "MSH" ? "R" : usage(segment, 0, "")};
      std::vector<Row> fields;
      const std::size_t first = segment == "MSH" ? 3 : 1, count = fields_of(segment);
      for (std::size_t field = first; field <= count; ++field) {
        const hl7::Element* element = hl7::field(version(), segment, field);
        const std::string filling = element ? probe(version(), element->datatype, element->table) : "PROBE";
        if (const std::string used = usage(segment, field, filling); !used.empty())
          fields.push_back({segment, field, used});
      }
      if (head.usage.empty() && fields.empty()) continue;
      rows.push_back(head);
      rows.insert(rows.end(), fields.begin(), fields.end());
    }
    return rows;
  }

  std::string version() const { return hl7::text_at(*hl7::Message::parse(profile_.texts.front()), "MSH-12"); }
  /// What ehr-mllp was sent for a message as it stands above, and for all others that were taken.
  std::vector<std::string> sent_for_texts() const {
    std::vector<std::string> sent;
    for (const Effect& each : bases_) add(sent, each);
    return sent;
  }
  std::vector<std::string> sent_else() const { return sent_; }

 private:
  std::size_t fields_of(const std::string& segment) const {
    const auto* elements = hl7::segment(version(), segment);
    return elements ? elements->size() : 1;
  }
  void keep(const Effect& effect) { add(sent_, effect); }
  static void add(std::vector<std::string>& sent, const Effect& effect) {
    for (const Parcel& each : effect.parcels)
      if (each.outlet == "ehr-mllp") sent.push_back(each.document);
  }

  const Site& site_;
  const Profile& profile_;
  std::vector<Effect> bases_;
  std::vector<std::string> sent_;
};

std::string cells(std::initializer_list<std::string> texts) {
  std::string line = "|";
  for (const std::string& each : texts) line += (each.empty() ? "" : " " + each) + " |";
  return line + '\n';
}

std::string line(const Site& site, const std::string& version, const Row& row) {
  if (row.field == 0) {
    const std::string name(hl7::segment_name(version, row.segment));
    return cells({"**" + row.segment + "**", name.empty() ? "of the listener's format" : name, "",
                  row.usage.empty() ? "O" : row.usage, ""});
  }
  const std::string place = row.segment + '-' + std::to_string(row.field);
  const hl7::Element* element = hl7::field(version, row.segment, row.field);
  if (!element)
    return cells({place, "", site.parts().z_segments.at(row.segment).at(static_cast<int>(row.field)), row.usage, ""});
  std::string table = element->table ? std::to_string(element->table) : "";
  if (!table.empty()) table.insert(0, 4 - table.size(), '0');
  return cells({place, std::string(element->name), std::string(element->datatype), row.usage, table});
}

std::string table_of(const Site& site, const std::string& version, const std::vector<Row>& rows) {
  std::string text = "| | | type | usage | table |\n|---|---|---|---|---|\n";
  for (const Row& each : rows) text += line(site, version, each);
  return text;
}

/// R: in every message that was sent, RE: in some, X: received, and never sent.
std::vector<Row> sent_rows(const std::vector<std::string>& sent, const std::vector<std::string>& variants,
                           const std::vector<std::string>& received) {
  const std::string version = hl7::text_at(*hl7::Message::parse(sent.front()), "MSH-12");
  const auto in = [](const std::string& segment, std::size_t field) {
    return [=](const std::string& each) { return is_valued(each, segment, field); };
  };
  std::vector<Row> rows;
  for (const std::string& segment : segments_of(sent)) {
    rows.push_back({segment, 0, ""});
    bool is_always = true;
    for (std::size_t field = segment == "MSH" ? 3 : 1; field <= hl7::segment(version, segment)->size(); ++field) {
      const bool is_sent = std::any_of(sent.begin(), sent.end(), in(segment, field));
      const bool is_received = std::any_of(received.begin(), received.end(), in(segment, field));
      if (!is_sent && !is_received) continue;
      const bool is_in_all = std::all_of(sent.begin(), sent.end(), in(segment, field)) &&
                             std::all_of(variants.begin(), variants.end(), in(segment, field));
      rows.push_back({segment, field, is_in_all ? "R" : is_sent ? "RE" : "X"});
    }
    for (const auto* some : {&sent, &variants})
      for (const std::string& each : *some)
        is_always &= segment == "MSH" || each.find('\r' + segment + '|') != each.npos;
    std::find_if(rows.begin(), rows.end(), [&](const Row& each) { return each.segment == segment; })->usage =
        is_always ? "R" : "RE";
  }
  return rows;
}

/// The paths that a map or route reads, as far as it is no test: "PID-3".
std::set<std::string> paths_of(const std::string& file) {
  std::ifstream stream(PONS_SOURCE_DIR "/" + file);
  REQUIRE(stream);
  std::set<std::string> paths;
  static const std::regex kPath("([A-Z][A-Z0-9]{2})(?:\\[[^\\]]*\\])?-([0-9]+)"), kTarget("^  [A-Z][A-Z0-9]{2}\\S*:");
  for (std::string text; std::getline(stream, text) && text != "tests:";) {
    text = text.substr(0, text.find(" # "));
    text = std::regex_replace(text, kTarget, "");
    for (std::sregex_iterator found(text.begin(), text.end(), kPath), end; found != end; ++found)
      paths.insert((*found)[1].str() + '-' + (*found)[2].str());
  }
  return paths;
}

constexpr const char* kHead = R"(# HL7 profiles of the sample hospital

Made by `tests/docs/profiles_test.cpp`, which holds this page to what the site does: it leaves each field out of messages that the
site takes, or adds it, and looks at the answer, the records and what is sent. Names, types and tables are those of the standard in the
version of the message.

| usage | of a message taken | of a message sent |
|---|---|---|
| R | refused, parked or held without it | in every one |
| C | needed where nothing else says the same | – |
| RE | read: what takes effect differs | in some |
| O | the segment's absence changes nothing by itself | – |
| X | – | received, and never sent on |

What is not listed may be there: it is kept in the journal, and goes on where a route sends what was received.
)";

}  // namespace

TEST_CASE("the HL7 profiles say what the sample hospital needs, reads and fills") {
  const auto site = test::sample_site({{"DROP_HOST", "drop"}, {"DUTY_DESK_URL", "https://desk"}});
  std::string page = kHead;
  std::map<std::string, std::set<std::string>> listed;  // by listener
  std::vector<std::string> reports, other_reports, received;
  for (const Profile& profile : profiles()) {
    Trial trial(*site, profile);
    const auto rows = trial.rows();
    page += "\n## Taken: " + profile.title + "\n\n" + table_of(*site, trial.version(), rows);
    for (const Row& each : rows) listed[profile.inlet].insert(each.segment + '-' + std::to_string(each.field));
    for (const std::string& file : profile.files)
      for (const std::string& path : paths_of(file)) {
        INFO(file << " reads " << path << ", and no message of the profile shows it");
        CHECK(listed[profile.inlet].contains(path));
      }
    if (profile.inlet != "reporting-mllp") continue;
    reports = trial.sent_for_texts();
    other_reports = trial.sent_else();
    received = profile.texts;
  }
  REQUIRE_FALSE(reports.empty());
  page += "\n## Sent: ORU^R01 v2.5.1 to ehr-mllp, a report\n\n" +
          table_of(*site, "2.5.1", sent_rows(reports, other_reports, received));
  Hospital hospital(*site);
  hospital.take("ris-mllp", test::OrderText().bytes());
  hospital.examine();
  std::vector<std::string> statuses;
  for (const Parcel& each : hospital.store().parcels())
    if (each.outlet == "ehr-mllp") statuses.push_back(each.document);
  REQUIRE(statuses.size() == 1);
  page += "\n## Sent: ORU^R01 v2.5.1 to ehr-mllp, images are there\n\n" +
          table_of(*site, "2.5.1", sent_rows(statuses, {}, {}));

  std::ifstream file(PONS_SOURCE_DIR "/docs/conformance/hl7-profiles.md");
  const std::string said{std::istreambuf_iterator<char>(file), {}};
  if (said != page) std::ofstream(std::filesystem::temp_directory_path() / "hl7-profiles.md") << page;
  CHECK(said == page);
}
