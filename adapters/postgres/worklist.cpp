#include "adapters/postgres/worklist.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <array>

#include "adapters/postgres/worklist_where.h"
#include "engine/ports/store.h"

namespace pons {

namespace {

constexpr int kItem = 0, kStatus = 1, kPatient = 2;
constexpr const char* kSelect =
    "SELECT s.item, s.status, p.name, p.birth_date, p.sex, i.value, i.authority, o.placer, o.filler"
    " FROM scheduled_step s JOIN imaging_order o ON o.id = s.imaging_order JOIN patient p ON p.id = o.patient"
    " JOIN patient_identifier i ON i.patient = p.id AND i.position = 0 WHERE true";

/// The patient as he is now, and the numbers of the order where it has any.
std::string patient_json(const Rows& row) {
  constexpr std::array<const char*, 7> kKeywords{"PatientName",
                                                 "PatientBirthDate",
                                                 "PatientSex",
                                                 "PatientID",
                                                 "IssuerOfPatientID",
                                                 "PlacerOrderNumberImagingServiceRequest",
                                                 "FillerOrderNumberImagingServiceRequest"};
  constexpr std::size_t kFirstNumber = 5;
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
  json.StartObject();
  for (std::size_t i = 0; i < kKeywords.size(); ++i) {
    const std::string value = row.text(0, kPatient + static_cast<int>(i));
    if (i >= kFirstNumber && value.empty()) continue;
    json.Key(kKeywords[i]);
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace

/// The matches of one query, piece by piece. Its connection is given back with the last row, so that a modality that
/// reads slowly holds one only while more is to come; it is closed when somebody stops before.
class PostgresWorklist::Matches {
 public:
  Matches(PostgresWorklist& worklist, const WorklistWhere& where, std::size_t limit) : worklist_(worklist) {
    if (!worklist_.free_connections_.try_acquire_for(worklist_.patience_))
      throw StoreLost("too many worklists are read at the same time");
    try {
      connection_ = worklist_.pool_.take();
      connection_->send(kSelect + where.sql() + " ORDER BY s.start_date, s.start_time, s.id" +
                            (limit ? " LIMIT " + std::to_string(limit) : ""),
                        where.values());
    } catch (...) {
      worklist_.free_connections_.release();
      throw;
    }
  }
  ~Matches() {
    if (!connection_) return;
    connection_.reset();
    worklist_.free_connections_.release();
  }
  Matches(const Matches&) = delete;
  Matches& operator=(const Matches&) = delete;

  /// Empty: there are no more.
  std::vector<WorklistItem> next() {
    std::vector<WorklistItem> piece;
    while (connection_ && piece.size() < kPiece) {
      if (const auto row = connection_->receive())
        piece.push_back({row->text(0, kItem), patient_json(*row), row->text(0, kStatus)});
      else
        give_back();
    }
    return piece;
  }

 private:
  static constexpr std::size_t kPiece = 100;

  void give_back() {
    worklist_.pool_.give_back(std::move(connection_));
    worklist_.free_connections_.release();
  }

  PostgresWorklist& worklist_;
  std::unique_ptr<Connection> connection_;
};

void PostgresWorklist::find(const WorklistQuery& query, const std::function<bool(const WorklistItem&)>& take) try {
  Matches matches(*this, WorklistWhere(query), query.limit);
  for (auto piece = matches.next(); !piece.empty(); piece = matches.next())
    for (const WorklistItem& each : piece)
      if (!take(each)) return;
} catch (const BatchRefused& refused) {
  throw StoreLost(refused.what());
}

}  // namespace pons
