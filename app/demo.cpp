#include <Poco/Net/StreamSocket.h>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmnet/scu.h>
#include <fmt/core.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "adapters/mllp/deframer.h"
#include "app/commands.h"
#include "app/engine.h"
#include "app/signals.h"
#include "engine/base/text.h"
#include "engine/dicom/dataset.h"

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

/// The RIS: sends and waits for the answer.
class Ris {
 public:
  explicit Ris(std::uint16_t port) : socket_(Poco::Net::SocketAddress("127.0.0.1", port)) {}

  std::string send(const std::string& message) {
    const std::string framed = frame(message);
    socket_.sendBytes(framed.data(), static_cast<int>(framed.size()));
    Deframer deframer(1 << 20);
    char buffer[4096];
    while (true) {
      const int received = socket_.receiveBytes(buffer, sizeof buffer);
      if (received <= 0) return "";
      deframer.feed({buffer, static_cast<std::size_t>(received)});
      if (auto answer = deframer.next()) return *answer;
    }
  }

 private:
  Poco::Net::StreamSocket socket_;
};

/// A modality: its worklist query.
class Modality {
 public:
  Modality(std::uint16_t port, const std::string& ae_title) {
    OFList<OFString> syntaxes;
    syntaxes.push_back(UID_LittleEndianImplicitTransferSyntax);
    scu_.setAETitle(ae_title.c_str());
    scu_.setPeerAETitle("PONS");
    scu_.setPeerHostName("127.0.0.1");
    scu_.setPeerPort(port);
    scu_.addPresentationContext(UID_FINDModalityWorklistInformationModel, syntaxes);
    connected_ = scu_.initNetwork().good() && scu_.negotiateAssociation().good();
  }
  ~Modality() {
    if (connected_) scu_.releaseAssociation();
  }

  std::vector<dicom::Dataset> worklist(const std::string& modality) {
    dicom::Dataset keys;
    for (const char* key : {"PatientName", "PatientID", "AccessionNumber", "StudyInstanceUID"})
      static_cast<void>(keys.put_empty(key));
    for (const char* key :
         {"ScheduledProcedureStepStartDate", "ScheduledProcedureStepStartTime", "ScheduledStationAETitle"})
      static_cast<void>(keys.put_empty(std::string("ScheduledProcedureStepSequence.") + key));
    static_cast<void>(keys.put("ScheduledProcedureStepSequence.Modality", modality));
    OFList<QRResponse*> answers;
    scu_.sendFINDRequest(scu_.findPresentationContextID(UID_FINDModalityWorklistInformationModel, ""), &keys.native(),
                         &answers);
    std::vector<dicom::Dataset> items;
    for (QRResponse* answer : answers) {
      if (answer->m_dataset)
        if (auto item = dicom::Dataset::from_native(std::make_unique<DcmDataset>(*answer->m_dataset)))
          items.push_back(*std::move(item));
      delete answer;
    }
    return items;
  }

 private:
  DcmSCU scu_;
  bool connected_ = false;
};

/// This morning's numbers: a second play on the same state has others.
struct Morning {
  std::string number = std::to_string(std::chrono::system_clock::now().time_since_epoch() / std::chrono::seconds(1));

  std::string message(const std::string& type, const std::string& control_id, const std::string& rest) const {
    return "MSH|^~\\&|ACMERIS|NORTH|IMAGING|HOSP|20261124080000||" + type + "|" + control_id + number + "|P|2.5.1\r" +
           rest;
  }
  std::string patient() const { return "PID|1||D" + number + "^^^HOSP^MR||DOE^JANE||19800102|F\r"; }
  std::string order(const std::string& control, const std::string& n, const std::string& code,
                    const std::string& section, const std::string& start) const {
    const std::string placer = "P" + number + n, filler = "F" + number + n;
    return "ORC|" + control + "|" + placer + "|" + filler + "||" + (control == "CA" ? "CA" : "SC") + "||" + start +
           "\rOBR|" + n + "|" + placer + "|" + filler + "|" + code + "||||||||||||||A" + number + n + "|R" + n + "|S" +
           n + "||||" + section + "\r";
  }
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

/// The items of this morning's patient.
std::vector<dicom::Dataset> mine(std::vector<dicom::Dataset> items, const Morning& morning) {
  std::erase_if(items, [&](const auto& item) { return item.text_or_empty("PatientID") != "D" + morning.number; });
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

void play(Story& story, Ris& ris, std::uint16_t dicom_port) {
  const Morning morning;
  story.chapter("The RIS orders a CT and an MR for one patient, in one ORM^O01");
  const std::string orders =
      morning.message("ORM^O01", "A",
                      morning.patient() + morning.order("NW", "1", "CT1^CT head^L", "CT", "^^^20261125093000") +
                          morning.order("NW", "2", "MR1^MR head^L", "MRI", "^^^20261125100000"));
  const std::string accepted = ris.send(orders);
  story.tell(answer_line(accepted));
  story.expect("AA: stored, reconciled, and on the worklist", says(accepted, "AA"));

  story.chapter("CT1 asks for its worklist");
  Modality ct(dicom_port, "CT1");
  const auto items = mine(ct.worklist("CT"), morning);
  tell_worklist(story, items);
  story.expect("one step, with a Study Instance UID that was made once",
               items.size() == 1 && items.front().text_or_empty("StudyInstanceUID").starts_with("2.25."));

  story.chapter("The RIS did not see the answer and sends the same bytes again");
  story.expect("the same answer, and still one step",
               says(ris.send(orders), "AA") && mine(ct.worklist("CT"), morning).size() == 1);

  story.chapter("The CT is canceled");
  const std::string canceled = ris.send(
      morning.message("ORM^O01", "B", morning.patient() + morning.order("CA", "1", "CT1^CT head^L", "CT", "")));
  story.tell(answer_line(canceled));
  story.expect("the CT has left the worklist", says(canceled, "AA") && mine(ct.worklist("CT"), morning).empty());
  story.expect("the MR is still there", mine(Modality(dicom_port, "MR1").worklist("MR"), morning).size() == 1);

  story.chapter("A message without an MRN");
  const std::string refused = ris.send(morning.message(
      "ORM^O01", "C", "PID|1||||DOE^JOHN\r" + morning.order("NW", "3", "XR1^Chest^L", "XR", "^^^20261125110000")));
  story.tell(answer_line(refused));
  story.expect("AE, naming PID-3", says(refused, "AE") && refused.find("PID^1^3") != std::string::npos);
}

}  // namespace

int demo(const Options& options, bool once) {
  const StopSignals signals;
  spdlog::set_default_logger(spdlog::stderr_logger_mt("pons"));
  if (once)
    for (const char* port : {"RIS_PORT", "DICOM_PORT", "HTTP_PORT"}) setenv(port, "0", 1);
  Engine engine(options);
  Story story;
  for (const std::string& note : engine.notes()) story.tell(note);
  for (const std::string& listener : engine.listeners()) story.tell(listener);
  Ris ris(engine.ris_port());
  play(story, ris, engine.dicom_port());
  story.chapter(story.went_well() ? "All went as it should." : "Something went WRONG; see above.");
  const std::string state = " --state " + options.state.string();
  story.tell("Look further:  build/release/pons messages" + state + "     build/release/pons trace 1" + state);
  if (!once) {
    story.tell("Up until Ctrl-C.");
    while (!signals.came_within_a_second()) engine.supervise();
  }
  return story.went_well() ? 0 : 1;
}

}  // namespace pons
