#pragma once

#include <map>

#include "tests/sim/sender.h"
#include "tests/sim/texts.h"

namespace pons::sim {

/// The systems of the hospital that send, and what happens in it: patients come, are examined, get results, and turn
/// out to be somebody who was here before.
class Hospital final {
 public:
  Hospital(Sender::Rooms rooms, const MemoryStore& store, Chance chance);

  /// Everything that will happen from now until then.
  void plan(Duration until, std::size_t stories);
  bool has_sent_all() const;
  std::size_t mails() const;
  std::vector<const Sender*> senders() const;

 private:
  struct Patient {
    std::string number;
    int changes = 0;   // of the name
    std::string home;  // whose connection his messages use
    Person person() const { return {number, "DOE^JANE" + std::to_string(changes)}; }
  };

  void plan_examination(const std::shared_ptr<Patient>& patient, Duration from);
  void plan_merge(Duration from);
  void plan_reports(const std::shared_ptr<Patient>& patient, const Exam& exam, Duration examined);
  void plan_change(const std::shared_ptr<Patient>& patient, Duration at);
  void examine(const std::shared_ptr<Patient>& patient, const Exam& exam, int tries_left);
  std::shared_ptr<Patient> patient_known();
  Exam new_exam();

  void post(const std::string& system, const Patient& patient, const std::string& home, const std::string& inlet,
            const std::function<std::string(const std::string&)>& text, bool may_be_guilty = false);
  void post_order(const Patient& patient, const std::string& control, const Exam& exam);
  Sender& sender(const std::string& system, const std::string& home);
  std::string study_of(const Exam& exam) const;

  Sender::Rooms rooms_;
  const MemoryStore& store_;
  Chance chance_;
  std::map<std::string, std::unique_ptr<Sender>> senders_;
  std::vector<std::shared_ptr<Patient>> patients_;
  std::size_t exams_ = 0, strangers_ = 0, planned_ = 0, done_ = 0;
};

}  // namespace pons::sim
