#include "tests/sim/hospital.h"

#include <algorithm>

#include "engine/base/digest.h"

namespace pons::sim {

using namespace std::chrono_literals;

Hospital::Hospital(Sender::Rooms rooms, const MemoryStore& store, Chance chance)
    : rooms_(rooms), store_(store), chance_(chance) {
  const auto count = chance_.between(2, 8);
  for (std::int64_t i = 1; i <= count; ++i) {
    const std::string number = "M" + std::to_string(i);
    patients_.push_back(std::make_shared<Patient>(Patient{number, 0, number}));
  }
}

void Hospital::plan(Duration until, std::size_t stories) {
  for (std::size_t i = 0; i < stories; ++i) {
    const Duration from = chance_.between(rooms_.world.now() + 1min, until);
    if (chance_.happens(0.15))
      plan_merge(from);
    else
      plan_examination(patient_known(), from);
  }
}

std::shared_ptr<Hospital::Patient> Hospital::patient_known() {
  return chance_.one_of(patients_);
}

Exam Hospital::new_exam() {
  const std::string number = std::to_string(++exams_);
  const std::array<const char*, 3> sections{"CT", "MRI", "US"};
  return {"P" + number,     "F" + number,        "A" + number, "S" + number, chance_.one_of(sections),
          "20261125093000", chance_.happens(0.2)};
}

void Hospital::plan_change(const std::shared_ptr<Patient>& patient, Duration at) {
  ++planned_;
  rooms_.world.at(at, [this, patient] {
    ++done_;
    ++patient->changes;
    post(
        "HIS", *patient, patient->home, "his-mllp", [&](const auto& id) { return adt(id, "A08", patient->person()); },
        true);
  });
}

void Hospital::plan_examination(const std::shared_ptr<Patient>& patient, Duration from) {
  const Exam exam = new_exam();
  const auto at = [this](Duration time, std::function<void()> act) {
    ++planned_;
    rooms_.world.at(time, [this, act = std::move(act)] { ++done_, act(); });
  };
  if (chance_.happens(0.6))
    at(from + chance_.between(Duration(-5min), Duration(5min)), [this, patient] {
      post("HIS", *patient, patient->home, "his-mllp",
           [&](const auto& id) { return adt(id, "A04", patient->person()); });
    });
  at(from, [this, patient, exam] { post_order(*patient, "NW", exam); });
  for (Duration time = from + chance_.about(1h); chance_.happens(0.4); time += chance_.about(1h))
    at(time, [this, patient, exam, minute = chance_.between(10, 59)] {
      Exam moved = exam;
      moved.start = "2026112510" + std::to_string(minute) + "00";
      post_order(*patient, "XO", moved);
    });
  if (chance_.happens(0.3)) plan_change(patient, from + chance_.about(3h));
  if (chance_.happens(0.1)) {
    at(from + chance_.about(2h), [this, patient, exam] { post_order(*patient, "CA", exam); });
    return;
  }
  const Duration examined = from + chance_.about(2h);
  at(examined, [this, patient, exam] { examine(patient, exam, 20); });
  plan_reports(patient, exam, chance_.happens(0.2) ? from - 10min : examined);
}

void Hospital::plan_reports(const std::shared_ptr<Patient>& patient, const Exam& exam, Duration examined) {
  Duration time = examined;
  for (const char* status : {"P", "F", "C"}) {
    time += chance_.about(10min);
    if (chance_.happens(0.3)) continue;
    ++planned_;
    rooms_.world.at(time, [this, patient, exam, status, critical = chance_.happens(0.2)] {
      ++done_;
      post(
          "REPORTS", *patient, exam.filler, "reporting-mllp",
          [&](const auto& id) { return report(id, status, patient->person(), exam, critical); }, true);
    });
  }
}

/// Somebody comes without a name, is examined, and then it is known who he is.
void Hospital::plan_merge(Duration from) {
  const auto kept = patient_known();
  const auto stranger = std::make_shared<Patient>(Patient{"T" + std::to_string(++strangers_), 0, kept->home});
  plan_examination(stranger, from);
  if (chance_.happens(0.5)) plan_examination(kept, from + chance_.about(30min));
  ++planned_;
  rooms_.world.at(from + chance_.about(2h), [this, kept, stranger] {
    ++done_;
    post("HIS", *kept, kept->home, "his-mllp",
         [&](const auto& id) { return adt(id, "A40", kept->person(), stranger->number); });
  });
}

void Hospital::post(const std::string& system, const Patient& patient, const std::string& home,
                    const std::string& inlet, const std::function<std::string(const std::string&)>& text,
                    bool may_be_guilty) {
  Sender& from = sender(system, home);
  Mail mail;
  mail.control_id = from.new_control_id();
  mail.patient = patient.number;
  mail.inlet = inlet;
  mail.bytes = text(mail.control_id);
  if (may_be_guilty && rooms_.weather.strikes(chance_, 0.05)) rooms_.weather.guilty.insert(mail.bytes);
  from.post(std::move(mail));
}

void Hospital::post_order(const Patient& patient, const std::string& control, const Exam& exam) {
  post(
      "RIS", patient, patient.home, "ris-mllp",
      [&](const auto& id) { return order(id, control, patient.person(), exam); }, control == "XO");
  if (control != "XO" || !chance_.happens(0.2)) return;
  // A correction, sent under the control id of what it corrects.
  Sender& from = sender("RIS", patient.home);
  Mail mail;
  mail.control_id = from.new_control_id();
  mail.patient = patient.number;
  mail.inlet = "ris-mllp";
  Exam corrected = exam;
  for (const char* start : {"20261126080000", "20261126083000"}) {
    corrected.start = start;
    mail.bytes = order(mail.control_id, control, patient.person(), corrected);
    from.post(mail);
  }
}

std::string Hospital::study_of(const Exam& exam) const {
  for (const Order& each : store_.orders())
    if (each.accession.value == exam.accession) return each.study_uid;
  return {};
}

void Hospital::examine(const std::shared_ptr<Patient>& patient, const Exam& exam, int tries_left) {
  const std::string study = study_of(exam);
  if (study.empty()) {  // it is not in the worklist yet
    if (tries_left == 0) return;
    ++planned_;
    rooms_.world.after(10min, [this, patient, exam, tries_left] { ++done_, examine(patient, exam, tries_left - 1); });
    return;
  }
  Sender& modality = sender("CT", exam.filler);
  Mail mail;
  mail.kind = Envelope::Kind::mpps_create;
  mail.patient = patient->number;
  mail.inlet = "dicom";
  const std::string uid = "1.2.3." + exam.filler.substr(1);
  mail.attributes = {{"sop_instance_uid", uid}, {"calling", "CT1"}};
  mail.bytes = mpps_create(patient->person(), exam, study);
  modality.post(mail, [this, mail, uid, &modality, completed = chance_.happens(0.9)](const Receipt& receipt) {
    // A repeated N-CREATE is answered with 0111H: the first one did it.
    if (!receipt.took_effect() && receipt.dicom_status != 0x0111) return;
    ++planned_;
    rooms_.world.after(chance_.about(15min), [this, set = mail, uid, &modality, completed]() mutable {
      ++done_;
      set.kind = Envelope::Kind::mpps_set;
      set.bytes = mpps_set(uid, completed);
      modality.post(std::move(set));
    });
  });
}

Sender& Hospital::sender(const std::string& system, const std::string& home) {
  const std::string name = system + '-' + (key64(home) % 2 == 0 ? "1" : "2");
  auto& found = senders_[name];
  if (!found) found = std::make_unique<Sender>(rooms_, name, chance_.fork(name));
  return *found;
}

bool Hospital::has_sent_all() const {
  return planned_ == done_ &&
         std::all_of(senders_.begin(), senders_.end(), [](const auto& each) { return each.second->has_sent_all(); });
}

std::size_t Hospital::mails() const {
  std::size_t sum = 0;
  for (const auto& [name, each] : senders_) sum += each->sent().size();
  return sum;
}

std::vector<const Sender*> Hospital::senders() const {
  std::vector<const Sender*> all;
  for (const auto& [name, each] : senders_) all.push_back(each.get());
  return all;
}

}  // namespace pons::sim
