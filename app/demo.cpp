#include <Poco/URI.h>
#include <fmt/core.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

#include "app/commands.h"
#include "app/demo_peers.h"
#include "app/engine.h"
#include "app/log.h"
#include "app/running.h"
#include "app/signals.h"
#include "app/site.h"
#include "engine/base/digest.h"
#include "engine/base/text.h"

namespace pons {

namespace {

/// Tells what happens, and remembers whether it went as it should.
class Story {
 public:
  void chapter(const std::string& title) { print("\n== " + title); }
  void tell(const std::string& line) { print("   " + line); }
  void expect(const std::string& what, bool holds) {
    print(fmt::format("   {} {}", holds ? "ok    " : "WRONG ", what));
    went_well_ = went_well_ && holds;
  }
  bool went_well() const { return went_well_; }

 private:
  static void print(const std::string& line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
  }
  bool went_well_ = true;
};

/// This morning's numbers: a second play on the same state has others.
struct Morning {
  std::string number = std::to_string(std::chrono::system_clock::now().time_since_epoch() / std::chrono::seconds(1));
  std::string mrn = "D" + number, temporary = "T" + number;

  std::string message(const std::string& sender, const std::string& type, const std::string& control_id,
                      const std::string& rest) const {
    return "MSH|^~\\&|" + sender + "|NORTH|IMAGING|HOSP|20261125080000||" + type + "|" + control_id + number +
           "|P|2.5.1\r" + rest;
  }
  std::string pid(const std::string& who) const { return "PID|1||" + who + "^^^HOSP^MR||DOE^JANE||19800102|F\r"; }
  std::string order(const std::string& control, const std::string& n, const std::string& code,
                    const std::string& section, const std::string& start) const {
    const std::string placer = "P" + number + n, filler = "F" + number + n;
    return "ORC|" + control + "|" + placer + "|" + filler + "||" + (control == "CA" ? "CA" : "SC") + "||" + start +
           "\rOBR|" + n + "|" + placer + "|" + filler + "|" + code + "||||||||||||||A" + number + n + "|R" + n + "|S" +
           n + "||||" + section + "\r";
  }
  std::string report(const std::string& status, const std::string& text) const {
    return "OBR|1|P" + number + "1|F" + number + "1|CT1^CT head^L|||20261125093000|||||||||||A" + number +
           "1||||20261125115900|||" + status + "\rOBX|1|TX|59776-5^Findings^LN||FINDINGS~" + text + "~IMPRESSION~" +
           text + "||||||" + status + "\r";
  }
};

/// Everybody who takes part: the systems outside, as far as the demo plays them.
struct Cast {
  Cast(const Running& running, const Mailbox& hl7_box, const Mailbox& fhir_box)
      : ris(running.ports.at("ris-mllp")),
        his(running.ports.at("his-mllp")),
        reporting(running.ports.at("reporting-mllp")),
        dicom(running.ports.at("dicom")),
        ehr(hl7_box),
        fhir(fhir_box) {}

  DemoSender ris, his, reporting;
  std::uint16_t dicom;
  const Mailbox& ehr;
  const Mailbox& fhir;
};

std::string answer_line(const std::string& ack) {
  std::string shown;
  for (const auto segment : split(ack, '\r'))
    if (segment.starts_with("MSA") || segment.starts_with("ERR"))
      shown += (shown.empty() ? "" : "   ") + std::string(segment);
  return shown;
}

bool says(const std::string& ack, const std::string& code) {
  return ack.find("MSA|" + code + "|") != std::string::npos;
}

/// The items of one patient.
std::vector<dicom::Dataset> of_patient(std::vector<dicom::Dataset> items, const std::string& mrn) {
  std::erase_if(items, [&](const auto& item) { return item.text_or_empty("PatientID") != mrn; });
  return items;
}

void tell_worklist(Story& story, const std::vector<dicom::Dataset>& items) {
  const std::string step = "ScheduledProcedureStepSequence.";
  for (const dicom::Dataset& item : items)
    story.tell(fmt::format("{}  {}  {} {}  at {}", item.text_or_empty("PatientName"),
                           item.text_or_empty("AccessionNumber"),
                           item.text_or_empty(step + "ScheduledProcedureStepStartDate"),
                           item.text_or_empty(step + "ScheduledProcedureStepStartTime"),
                           item.text_or_empty(step + "ScheduledStationAETitle")));
}

dicom::Dataset performed(const dicom::Dataset& item, const std::string& status) {
  dicom::Dataset dataset;
  const auto put = [&](const std::string& path, const std::string& value) {
    static_cast<void>(dataset.put(path, value));
  };
  put("PerformedProcedureStepStatus", status);
  if (status == "IN PROGRESS") {
    put("PatientID", item.text_or_empty("PatientID"));
    put("PatientName", item.text_or_empty("PatientName"));
    put("PerformedProcedureStepID", "PPS1");
    put("PerformedProcedureStepStartDate", "20261125");
    put("PerformedProcedureStepStartTime", "093100");
    put("PerformedStationAETitle", "CT1");
    put("Modality", "CT");
    const std::string step = "ScheduledStepAttributesSequence.";
    put(step + "StudyInstanceUID", item.text_or_empty("StudyInstanceUID"));
    put(step + "AccessionNumber", item.text_or_empty("AccessionNumber"));
    put(step + "ScheduledProcedureStepID",
        item.text_or_empty("ScheduledProcedureStepSequence.ScheduledProcedureStepID"));
    static_cast<void>(dataset.put_empty("PerformedSeriesSequence"));
  } else {
    put("PerformedProcedureStepEndDate", "20261125");
    put("PerformedProcedureStepEndTime", "094200");
    const std::string series = "PerformedSeriesSequence.";
    put(series + "SeriesInstanceUID", uid_from("series of " + item.text_or_empty("AccessionNumber")));
    put(series + "ProtocolName", "Head");
    put(series + "ReferencedImageSequence.ReferencedSOPClassUID", "1.2.840.10008.5.1.4.1.1.2");
    put(series + "ReferencedImageSequence.ReferencedSOPInstanceUID",
        uid_from("image of " + item.text_or_empty("AccessionNumber")));
  }
  return dataset;
}

std::string segment_with(const std::string& message, const std::string& text) {
  for (const auto segment : split(message, '\r'))
    if (segment.find(text) != std::string_view::npos) return std::string(segment);
  return "(nothing with " + text + ")";
}

void register_patient(Story& story, Cast& cast, const Morning& morning) {
  story.chapter("The HIS registers a patient (ADT^A04)");
  const std::string ack =
      cast.his.send(morning.message("HIS", "ADT^A04^ADT_A01", "R", "EVN||20261125080000\r" + morning.pid(morning.mrn)));
  story.tell(answer_line(ack));
  story.expect("AA: the patient is known", says(ack, "AA"));
}

void order_two(Story& story, Cast& cast, const Morning& morning) {
  story.chapter("The RIS orders a CT and an MR for her, in one ORM^O01");
  const std::string orders =
      morning.message("ACMERIS", "ORM^O01", "A",
                      morning.pid(morning.mrn) + morning.order("NW", "1", "CT1^CT head^L", "CT", "^^^20261125093000") +
                          morning.order("NW", "2", "MR1^MR head^L", "MRI", "^^^20261125100000"));
  const std::string ack = cast.ris.send(orders);
  story.tell(answer_line(ack));
  story.expect("AA: stored, reconciled, and on the worklist", says(ack, "AA"));
  story.tell("The RIS did not see the answer and sends the same bytes again.");
  story.expect("the same answer, and no second effect", says(cast.ris.send(orders), "AA"));
}

std::optional<dicom::Dataset> ask_worklist(Story& story, Cast& cast, const Morning& morning) {
  story.chapter("CT1 asks for its worklist (C-FIND)");
  const auto items = of_patient(DemoModality(cast.dicom, "CT1").worklist("CT"), morning.mrn);
  tell_worklist(story, items);
  story.expect("one step, with a Study Instance UID that was made once",
               items.size() == 1 && items.front().text_or_empty("StudyInstanceUID").starts_with("2.25."));
  return items.empty() ? std::nullopt : std::optional(items.front());
}

void perform(Story& story, Cast& cast, const dicom::Dataset& item, const Morning& morning) {
  story.chapter("CT1 begins the examination and ends it (MPPS N-CREATE, N-SET)");
  DemoModality modality(cast.dicom, "CT1");
  const std::string uid = uid_from("performed step of " + item.text_or_empty("AccessionNumber"));
  story.expect("IN PROGRESS is taken (0000H)", modality.begin(uid, performed(item, "IN PROGRESS")) == 0);
  story.expect("the step has left the worklist", of_patient(modality.worklist("CT"), morning.mrn).empty());
  story.expect("COMPLETED is taken (0000H)", modality.end(uid, performed(item, "COMPLETED")) == 0);
  story.expect("a change after the end is not (0110H)", modality.end(uid, performed(item, "COMPLETED")) == 0x0110);
  story.expect("the EHR hears of the images: an ORU^R01 and an ImagingStudy", cast.ehr.has(1) && cast.fhir.has(1));
  if (cast.ehr.has(1)) story.tell(segment_with(cast.ehr.letters().front(), "113014"));
}

void report(Story& story, Cast& cast, const Morning& morning) {
  story.chapter("The reporting system sends a preliminary and a final report (ORU^R01)");
  const auto send = [&](const std::string& status, const std::string& control_id, const std::string& text) {
    const std::string ack = cast.reporting.send(morning.message(
        "REPORTS", "ORU^R01^ORU_R01", control_id, morning.pid(morning.mrn) + morning.report(status, text)));
    story.tell(answer_line(ack));
    return says(ack, "AA");
  };
  const bool preliminary = send("P", "P", "No bleed so far.");
  const bool final = send("F", "F", "No bleed.");
  story.expect("both are taken", preliminary && final);
  story.expect("the EHR gets both, in order, with the study and a link to the images",
               cast.ehr.has(3) && cast.fhir.has(3) &&
                   segment_with(cast.ehr.letters()[1], "OBR|").find("|P") != std::string::npos &&
                   segment_with(cast.ehr.letters()[2], "OBR|").find("|F") != std::string::npos &&
                   cast.ehr.letters()[2].find("VIEWER") != std::string::npos);
  if (cast.ehr.has(3)) story.tell(segment_with(cast.ehr.letters()[2], "VIEWER"));
  const bool late = send("P", "L", "Late.");
  story.expect("a preliminary after the final is not passed on", late && cast.ehr.letters().size() == 3);
}

void merge(Story& story, Cast& cast, const Morning& morning) {
  story.chapter("An unknown patient came in at night; in the morning she is recognised (ADT^A40)");
  cast.ris.send(morning.message(
      "ACMERIS", "ORM^O01", "N",
      morning.pid(morning.temporary) + morning.order("NW", "4", "XR1^Chest^L", "XR", "^^^20261125110000")));
  const std::string ack = cast.his.send(morning.message(
      "HIS", "ADT^A40^ADT_A39", "M",
      "EVN||20261125103000\r" + morning.pid(morning.mrn) + "MRG|" + morning.temporary + "^^^HOSP^MR\r"));
  story.tell(answer_line(ack));
  DemoModality modality(cast.dicom, "DX1");
  const auto items = modality.worklist("DX");
  story.expect("her X-ray is on the worklist under her own number", says(ack, "AA") &&
                                                                        of_patient(items, morning.mrn).size() == 1 &&
                                                                        of_patient(items, morning.temporary).empty());
}

void cancel(Story& story, Cast& cast, const Morning& morning) {
  story.chapter("The MR is canceled");
  const std::string ack = cast.ris.send(morning.message(
      "ACMERIS", "ORM^O01", "B", morning.pid(morning.mrn) + morning.order("CA", "2", "MR1^MR head^L", "MRI", "")));
  story.tell(answer_line(ack));
  story.expect("it has left the worklist",
               says(ack, "AA") && of_patient(DemoModality(cast.dicom, "MR1").worklist("MR"), morning.mrn).empty());
}

void refuse(Story& story, Cast& cast, const Morning& morning) {
  story.chapter("A message without a patient number");
  const std::string ack = cast.ris.send(
      morning.message("ACMERIS", "ORM^O01", "C",
                      "PID|1||||DOE^JOHN\r" + morning.order("NW", "3", "XR1^Chest^L", "XR", "^^^20261125110000")));
  story.tell(answer_line(ack));
  story.expect("AE, naming PID-3 and the line of the route that refused it",
               says(ack, "AE") && ack.find("PID^1^3") != std::string::npos && ack.find("routes/") != std::string::npos);
}

void play(Story& story, Cast& cast, const Morning& morning) {
  register_patient(story, cast, morning);
  order_two(story, cast, morning);
  if (const auto item = ask_worklist(story, cast, morning)) {
    perform(story, cast, *item, morning);
    report(story, cast, morning);
  }
  merge(story, cast, morning);
  cancel(story, cast, morning);
  refuse(story, cast, morning);
  story.chapter("What the EHR received");
  for (const std::string& letter : cast.ehr.letters()) story.tell("HL7   " + std::string(split(letter, '\r').front()));
  for (const std::string& letter : cast.fhir.letters())
    story.tell(fmt::format("FHIR  a Bundle of {} bytes", letter.size()));
}

/// Free ports for everything, and the demo's own receivers as the EHR.
void use_free_ports(const DemoEhr& ehr, const DemoFhir& fhir) {
  for (const char* port : {"RIS_PORT", "HIS_PORT", "REPORTS_PORT", "DICOM_PORT", "HTTP_PORT"}) setenv(port, "0", 1);
  setenv("EHR_HOST", "127.0.0.1", 1);
  setenv("EHR_PORT", std::to_string(ehr.port()).c_str(), 1);
  setenv("EHR_FHIR_URL", fmt::format("http://127.0.0.1:{}/fhir", fhir.port()).c_str(), 1);
}

/// The port to which the engine sends the EHR's messages, which the demo will receive there. Throws std::runtime_error
/// unless it is one of this machine.
std::uint16_t ehr_port(const Running& running, const std::string& endpoint) {
  const auto found = running.destinations.find(endpoint);
  const Poco::URI destination(found == running.destinations.end() ? "" : found->second);
  if (destination.getHost() != "127.0.0.1" && destination.getHost() != "localhost")
    throw std::runtime_error(
        "the engine on this state sends " + endpoint + " to " +
        (found == running.destinations.end() ? "nobody" : found->second) +
        ", where the demo can't receive it; stop the engine, or play on another folder: --state DIR");
  return destination.getPort();
}

void tell_what_next(Story& story, const Options& options) {
  const std::string state = " --state " + options.state.string();
  story.chapter(story.went_well() ? "All went as it should." : "Something went WRONG; see above.");
  story.tell("Look further:  build/release/pons messages" + state);
  story.tell("               build/release/pons trace 2" + state);
}

}  // namespace

int demo(const Options& options, bool once) {
  const Signals signals;
  log_to_stderr();
  Story story;
  const Morning morning;
  auto running = Running::on(options.state);
  DemoEhr ehr(running ? ehr_port(*running, "ehr-mllp") : 0);
  DemoFhir fhir(running ? ehr_port(*running, "ehr-fhir") : 0);
  std::optional<StateLock> lock;
  std::unique_ptr<Engine> engine;
  if (!running) {
    lock.emplace(options.state);
    use_free_ports(ehr, fhir);
    engine = std::make_unique<Engine>(options, load_site(options.site));
    running = engine->running();
    running->tell(options.state);
    for (const std::string& note : engine->notes()) story.tell(note);
    for (const std::string& connection : engine->connections()) story.tell(connection);
  }
  Cast cast(*running, ehr.received(), fhir.received());
  play(story, cast, morning);
  tell_what_next(story, options);
  if (!once && engine) {
    story.tell("Up until Ctrl-C.");
    while (signals.came_within_a_second() == Signals::Came::nothing) engine->supervise();
  }
  return story.went_well() ? 0 : 1;
}

}  // namespace pons
