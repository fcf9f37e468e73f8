#include "adapters/postgres/series_json.h"

#include "engine/json/value.h"

namespace pons {

std::string to_json(const std::vector<Series>& series) {
  json::Value all = json::Value::array();
  for (const Series& each : series) {
    json::Value one;
    one["series_uid"] = each.series_uid;
    one["modality"] = each.modality;
    one["instances"] = json::Value::number(static_cast<std::int64_t>(each.instances));
    if (!each.availability.empty()) one["availability"] = each.availability;
    if (!each.retrieve_ae.empty()) one["retrieve_ae"] = each.retrieve_ae;
    if (each.stored != 0) one["stored"] = json::Value::number(static_cast<std::int64_t>(each.stored));
    all.push(std::move(one));
  }
  return all.write();
}

std::vector<Series> series_from_json(const std::string& json) {
  const auto all = json::Value::parse(json);
  std::vector<Series> series;
  for (const json::Value& each : all->items())
    series.push_back({each.text_of("series_uid"), each.text_of("modality"), std::stoi(each.text_of("instances")),
                      each.text_of("availability"), each.text_of("retrieve_ae"),
                      each.find("stored") ? std::stoi(each.text_of("stored")) : 0});
  return series;
}

}  // namespace pons
