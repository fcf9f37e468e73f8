#include "app/find.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "adapters/dicom/find_scu.h"
#include "app/catalogue.h"
#include "app/running.h"
#include "app/site.h"
#include "engine/base/text.h"
#include "engine/json/value.h"
#include "engine/ports/worklist_keys.h"
#include "engine/route/station.h"

namespace pons {

namespace {

const std::string kOwnWorklist = "worklist";
const std::string kStep = "ScheduledProcedureStepSequence.";

struct Whom {
  DicomDestination to;
  bool is_worklist = false;
  Duration reply_within = FindRequest{}.reply_within;
};

/// What a modality sees: the engine that runs on the state folder, on this machine.
Whom own_worklist(const Options& options) {
  const auto running = Running::on(options.state);
  if (!running) throw std::runtime_error("no engine runs on " + options.state.string() + "; start one with pons run");
  Whom whom;
  const char* host = std::getenv("DICOM_HOST");
  whom.to.host = host && *host ? host : "127.0.0.1";
  whom.to.port = running->ports.at("dicom");
  whom.to.called = "PONS";
  whom.is_worklist = true;
  return whom;
}

Whom address(const std::string& text) {
  const auto colon = text.rfind(':');
  const auto port = whole_number(text.substr(colon + 1));
  if (colon == 0 || !port || *port < 1 || *port > 65535)
    throw std::runtime_error("\"" + text + "\" is no address; write host:port");
  Whom whom;
  whom.to.host = text.substr(0, colon);
  whom.to.port = static_cast<std::uint16_t>(*port);
  return whom;
}

Whom endpoint_of_the_site(const Options& options, const std::string& name) {
  const auto site = load_site(options.site);
  const Endpoint* endpoint = site->endpoint(name);
  if (!endpoint || endpoint->kind != Endpoint::Kind::dicom_outlet) {
    std::string known = kOwnWorklist;
    for (const auto& [each, other] : site->endpoints())
      if (other.kind == Endpoint::Kind::dicom_outlet) known += ", " + each;
    throw std::runtime_error("there is no DICOM endpoint \"" + name + "\" to ask; there is: " + known +
                             "; or write host:port");
  }
  if (endpoint->is_off) throw std::runtime_error(name + " is off: its address names a variable that is not set");
  return {dicom_destination(*endpoint), false, endpoint->reply_within};
}

/// What the command line says goes before what the target says.
void refine(Whom& whom, const FindWish& wish) {
  DicomDestination& to = whom.to;
  if (!wish.called.empty()) to.called = wish.called;
  if (!wish.calling.empty()) to.calling = wish.calling;
  for (const std::string& title : {to.called, to.calling})
    if (!is_ae_title(title))
      throw std::runtime_error(title.empty() ? "whom does it call? Write --called AETITLE"
                                             : "\"" + title + "\" is no AE title");
  if (!wish.authority.empty()) to.tls = DicomClientTls{wish.authority, wish.certificate, wish.key};
  if (!wish.user.empty()) {
    const auto password = look_up_variable("secret", wish.secret);
    if (!password)
      throw std::runtime_error("the password of " + wish.user + " is not set: --secret names a file in $PONS_SECRETS");
    to.user = DicomUser{wish.user, *password};
  }
  whom.is_worklist |= wish.is_worklist;
  if (wish.reply_within.empty()) return;
  const auto within = parse_duration(wish.reply_within);
  if (!within) throw std::runtime_error("\"" + wish.reply_within + "\" is no duration; write 30s or 2m");
  whom.reply_within = *within;
}

Whom whom_of(const Options& options, const FindWish& wish) {
  Whom whom = wish.target == kOwnWorklist                  ? own_worklist(options)
              : wish.target.find(':') != std::string::npos ? address(wish.target)
                                                           : endpoint_of_the_site(options, wish.target);
  refine(whom, wish);
  return whom;
}

std::string sop_class_of(const Whom& whom, const std::string& level) {
  if (whom.is_worklist) return UID_FINDModalityWorklistInformationModel;
  return level == "PATIENT" ? UID_FINDPatientRootQueryRetrieveInformationModel
                            : UID_FINDStudyRootQueryRetrieveInformationModel;
}

std::vector<std::string> usual_return_keys(const Whom& whom, const std::string& level) {
  if (whom.is_worklist)
    return {"PatientName",
            "PatientID",
            "PatientBirthDate",
            "PatientSex",
            "AccessionNumber",
            "RequestedProcedureID",
            "RequestedProcedureDescription",
            "StudyInstanceUID",
            kStep + "ScheduledProcedureStepStartDate",
            kStep + "ScheduledProcedureStepStartTime",
            kStep + "Modality",
            kStep + "ScheduledStationAETitle",
            kStep + "ScheduledProcedureStepDescription",
            kStep + "ScheduledProcedureStepID"};
  if (level == "PATIENT") return {"PatientName", "PatientID", "PatientBirthDate", "PatientSex"};
  if (level == "SERIES")
    return {"StudyInstanceUID", "SeriesInstanceUID", "Modality",
            "SeriesNumber",     "SeriesDescription", "NumberOfSeriesRelatedInstances"};
  if (level == "IMAGE")
    return {"StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID", "InstanceNumber"};
  return {
      "PatientName",     "PatientID",        "PatientBirthDate",  "StudyDate",        "StudyTime",
      "AccessionNumber", "StudyDescription", "ModalitiesInStudy", "StudyInstanceUID", "NumberOfStudyRelatedInstances"};
}

/// A key of the worklist's step may be written without its sequence.
std::string path_of(const std::string& key, bool is_worklist) {
  return is_worklist && worklist_key(kStep + key) ? kStep + key : key;
}

void expect(const Result<void>& put) {
  if (!put) throw std::runtime_error(put.fault().field + ": " + put.fault().text);
}

void put_key(dicom::Dataset& identifier, const std::string& key, bool is_worklist) {
  const auto equals = key.find('=');
  const std::string path = path_of(key.substr(0, equals), is_worklist);
  const std::string value = equals == std::string::npos ? "" : key.substr(equals + 1);
  if (value.empty()) return expect(identifier.put_empty(path));
  std::vector<std::string> values;
  for (const auto each : split(value, '\\')) values.emplace_back(each);
  expect(identifier.put_values(path, values));
}

dicom::Dataset identifier_of(const Whom& whom, const FindWish& wish) {
  dicom::Dataset identifier;
  if (!whom.is_worklist) expect(identifier.put("QueryRetrieveLevel", wish.level));
  bool has_return_keys = false;
  for (const std::string& key : wish.keys) {
    put_key(identifier, key, whom.is_worklist);
    has_return_keys |= key.find('=') == std::string::npos;
  }
  if (has_return_keys) return identifier;
  for (const std::string& path : usual_return_keys(whom, wish.level))
    if (!identifier.has(path)) expect(identifier.put_empty(path));
  return identifier;
}

/// What comes from the other side does not control the terminal.
std::string printable(std::string_view text) {
  const bool is_text = is_utf8(text);
  std::string shown;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_c1 = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (is_c1) ++i;
    shown += byte < 0x20 || byte == 0x7F || is_c1 || (byte > 0x7F && !is_text) ? '?' : text[i];
  }
  return shown;
}

std::string joined(const json::Value& value) {
  std::string text = value.text();
  for (const json::Value& each : value.items()) text += (&each == &value.items().front() ? "" : "\\") + each.text();
  return text;
}

/// An attribute a line; what is within a sequence further in.
void print(const json::Value& answer, std::size_t indent) {
  for (const auto& [keyword, value] : answer.members()) {
    if (keyword == "SpecificCharacterSet") continue;  // the engine's own: it has been converted
    const bool has_items = !value.items().empty() && value.items().front().is_object();
    fmt::print("{:{}}{:<{}} {}\n", "", indent, keyword, 40 - indent, has_items ? "" : printable(joined(value)));
    if (!has_items) continue;
    for (const json::Value& item : value.items()) print(item, indent + 2);
  }
}

void tell(const FindEnd& end, const DicomDestination& to, std::size_t limit) {
  fmt::print(stderr, "{} answer{}{}\n", end.answers, end.answers == 1 ? "" : "s",
             end.has_more ? fmt::format("; there are more than --limit {}", limit) : "");
  if (end.ignores_keys) fmt::print(stderr, "{} passes over some of these keys (FF01)\n", to.called);
  if (!end.failure.empty()) fmt::print(stderr, "pons: {}: {}\n", to.called, printable(end.failure));
}

}  // namespace

int find(const Options& options, const FindWish& wish, bool json) {
  const Whom whom = whom_of(options, wish);
  FindRequest request;
  request.sop_class = sop_class_of(whom, wish.level);
  request.identifier = identifier_of(whom, wish);
  request.limit = wish.limit;
  request.reply_within = whom.reply_within;
  json::Value all = json::Value::array();
  const FindEnd end = find(whom.to, request, [&](const dicom::Dataset& dataset) {
    auto answer = json::Value::parse(dataset.to_json());
    if (!answer) throw std::runtime_error("an answer is nested too deep to be shown");
    if (json) return void(all.push(*std::move(answer)));
    print(*answer, 0);
    fmt::print("\n");
  });
  if (json) fmt::print("{}\n", all.write_pretty());
  std::fflush(stdout);
  tell(end, whom.to, wish.limit);
  return end.failure.empty() ? 0 : 1;
}

}  // namespace pons
