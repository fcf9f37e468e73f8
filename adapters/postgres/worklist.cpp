#include "adapters/postgres/worklist.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <limits>

#include "adapters/postgres/worklist_where.h"
#include "engine/ports/store.h"

namespace pons {

namespace {

constexpr std::size_t kPage = 256;
constexpr int kId = 0, kItem = 1, kStatus = 2, kPatient = 3;
const std::string kFrom =
    " FROM scheduled_step s JOIN imaging_order o ON o.id = s.imaging_order JOIN patient p ON p.id = o.patient"
    " JOIN patient_identifier i ON i.patient = p.id AND i.position = 0 WHERE true";
const std::string kIds = "SELECT s.id" + kFrom;
const std::string kItems =
    "SELECT s.id, s.item, s.status, p.name, p.birth_date, p.sex, i.value, i.authority, o.placer, o.filler" + kFrom;
constexpr const char* kFirstStartFirst = " ORDER BY s.start_date, s.start_time, s.id";

/// The patient as he is now, and the numbers of the order where it has any.
std::string patient_json(const Rows& rows, int row) {
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
    const std::string value = rows.text(row, kPatient + static_cast<int>(i));
    if (i >= kFirstNumber && value.empty()) continue;
    json.Key(kKeywords[i]);
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::string limited_to(std::size_t limit) {
  return limit == 0 ? "" : " LIMIT " + std::to_string(limit);
}

WorklistItem item_of(const Rows& rows, int row) {
  return {rows.text(row, kItem), patient_json(rows, row), rows.text(row, kStatus)};
}

std::vector<std::int64_t> ids_of(const Rows& rows) {
  std::vector<std::int64_t> ids;
  for (int row = 0; row < rows.size(); ++row) ids.push_back(rows.number(row, kId));
  return ids;
}

bool asks_for_all(const WorklistQuery& query) {
  return query.keys.empty() && query.stations.empty() && query.start.first_date.empty() &&
         query.start.last_date.empty();
}

/// What of `all` is not among `some`, in its order.
std::vector<std::int64_t> beyond(std::vector<std::int64_t> some, std::vector<std::int64_t> all) {
  std::sort(some.begin(), some.end());
  std::erase_if(all, [&](std::int64_t id) { return std::binary_search(some.begin(), some.end(), id); });
  return all;
}

}  // namespace

Rows PostgresWorklist::ask(WorklistLine& line, const std::string& sql, const std::vector<std::string>& values) {
  const WorklistLine::Turn turn(line, patience_);
  auto connection = pool_.take();
  Rows rows = connection->run_once(sql, values);
  pool_.give_back(std::move(connection));
  return rows;
}

// A connection is kept for one page, never for a modality: a slow one holds none. Whoever asks with a key waits for
// others who do, not for those who want everything. What stands on a long list is settled before its first answer, so
// that a step that is rescheduled meanwhile is neither missed nor answered twice. It is answered as it is when its page
// is read; one that does not match any longer is left out.
void PostgresWorklist::find(const WorklistQuery& query, const std::function<bool(const WorklistItem&)>& take) try {
  const WorklistWhere where(query);
  const auto all_taken = [&](const Rows& page) {
    for (int row = 0; row < page.size(); ++row)
      if (!take(item_of(page, row))) return false;
    return true;
  };
  const std::size_t limit = query.limit ? query.limit : std::numeric_limits<std::size_t>::max();
  Rows page = ask(asks_for_all(query) ? long_ : short_,
                  kItems + where.sql() + kFirstStartFirst + limited_to(std::min(limit, kPage)), where.values());
  std::vector<std::int64_t> rest;
  if (static_cast<std::size_t>(page.size()) == kPage && limit > kPage)
    rest = beyond(ids_of(page),
                  ids_of(ask(long_, kIds + where.sql() + kFirstStartFirst + limited_to(query.limit), where.values())));
  rest.resize(std::min(rest.size(), limit - std::min(limit, kPage)));
  if (!all_taken(page)) return;
  std::vector<std::string> values = where.values();
  values.emplace_back();
  const std::string of_page =
      kItems + where.sql() + " AND s.id = ANY($" + std::to_string(values.size()) + "::bigint[])" + kFirstStartFirst;
  for (auto at = rest.begin(); at != rest.end();) {
    const auto end = at + std::min<std::ptrdiff_t>(rest.end() - at, kPage);
    values.back() = array_of(std::vector<std::int64_t>(at, end));
    page = ask(long_, of_page, values);
    if (!all_taken(page)) return;
    at = end;
  }
} catch (const BatchRefused& refused) {
  throw StoreLost(refused.what());
}

}  // namespace pons
