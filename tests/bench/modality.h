#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/scu.h>

#include <chrono>
#include <map>
#include <stdexcept>
#include <string>

#include "adapters/postgres/connection.h"
#include "engine/dicom/dataset.h"

/// A worklist and a modality that asks for it.
namespace pons::bench {

constexpr double kBytesOfAStep = 3072;  // on disk, with its order and patient, indexes and WAL

constexpr const char* kItem =
    R"({"AccessionNumber":"A1","RequestedProcedureDescription":"CT head","ScheduledProcedureStepSequence":[{"Modality":"CT","ScheduledProcedureStepStartDate":"20261125","ScheduledProcedureStepID":"S1"}]})";

/// Fills up to `count` steps, of which 20 are a CT of 2026-11-25 on CT1.
inline void fill_worklist(Connection& connection, int count) {
  connection.script("TRUNCATE scheduled_step, imaging_order, patient_identifier, patient");
  const std::string n = std::to_string(count);
  connection.run_once(
      "INSERT INTO patient SELECT n, 'DOE^JANE' || n, '19800102', 'F', '', NULL FROM generate_series(1, $1::int) n",
      {n});
  connection.run_once(
      "INSERT INTO patient_identifier SELECT 'HOSP', 'M' || n, 'MR', n, 0 FROM generate_series(1, $1::int) n", {n});
  connection.run_once(
      "INSERT INTO imaging_order SELECT n, n, 'P' || n, 'HOSP', 'F' || n, 'HOSP', 'A' || n, 'HOSP', '2.25.' || n, 'R'"
      " FROM generate_series(1, $1::int) n",
      {n});
  connection.run_once(
      "INSERT INTO scheduled_step SELECT n, n, 'S', 'SCHEDULED', CASE WHEN n <= 20 THEN 'CT' ELSE "
      "(ARRAY['CT','MR','DX'])[1 + n % 3] END,"
      " ARRAY[CASE WHEN n <= 20 THEN 'CT1' ELSE 'X' END],"
      " CASE WHEN n <= 20 THEN '20261125' ELSE to_char(date '2026-01-01' + n % 300, 'YYYYMMDD') END, '093000', '', $2"
      " FROM generate_series(1, $1::int) n",
      {n, kItem});
  connection.script("ANALYZE");
}

inline double milliseconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
}

/// CT1 on an association of its own.
class Modality {
 public:
  explicit Modality(std::uint16_t port) {
    OFList<OFString> syntaxes;
    syntaxes.push_back(UID_LittleEndianExplicitTransferSyntax);
    scu_.setAETitle("CT1");
    scu_.setPeerAETitle("PONS");
    scu_.setPeerHostName("127.0.0.1");
    scu_.setPeerPort(port);
    scu_.addPresentationContext(UID_FINDModalityWorklistInformationModel, syntaxes);
    if (scu_.initNetwork().bad() || scu_.negotiateAssociation().bad()) throw std::runtime_error("no association");
    context_ = scu_.findPresentationContextID(UID_FINDModalityWorklistInformationModel, "");
  }
  ~Modality() { scu_.releaseAssociation(); }

  /// How many answers; they are not kept.
  std::size_t find(const dicom::Dataset& keys) {
    scu_.answers = 0;
    scu_.began = std::chrono::steady_clock::now();
    scu_.sendFINDRequest(context_, &keys.native(), nullptr);
    return scu_.answers;
  }

  /// Of the last find(), in milliseconds.
  double first_answer() const { return scu_.first_answer; }

 private:
  struct Scu final : DcmSCU {
    std::size_t answers = 0;
    std::chrono::steady_clock::time_point began;
    double first_answer = 0;  // milliseconds
    OFCondition handleFINDResponse(const T_ASC_PresentationContextID context, QRResponse* response,
                                   OFBool& goes_on) override {
      if (answers == 0) first_answer = milliseconds_since(began);
      answers += response->m_dataset != nullptr;
      return DcmSCU::handleFINDResponse(context, response, goes_on);
    }
  };

  Scu scu_;
  T_ASC_PresentationContextID context_ = 0;
};

/// What a modality asks for, with these keys' values.
inline dicom::Dataset asking(const std::map<std::string, std::string>& values) {
  const std::string step = "ScheduledProcedureStepSequence.";
  dicom::Dataset keys;
  for (const std::string& key : {std::string("PatientName"), std::string("PatientID"), std::string("AccessionNumber"),
                                 std::string("RequestedProcedureDescription"), step + "ScheduledProcedureStepID"})
    static_cast<void>(keys.put_empty(key));
  for (const auto& [key, value] : values) static_cast<void>(keys.put(key, value));
  return keys;
}

inline const std::map<std::string, std::string> kTypical{
    {"ScheduledProcedureStepSequence.Modality", "CT"},
    {"ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate", "20261125"},
    {"ScheduledProcedureStepSequence.ScheduledStationAETitle", "CT1"}};

}  // namespace pons::bench
