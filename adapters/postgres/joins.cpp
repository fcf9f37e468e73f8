#include "adapters/postgres/joins.h"

#include <algorithm>
#include <utility>

#include "adapters/postgres/outlet_lock.h"
#include "engine/records/joined_lanes.h"

namespace pons {

Joins::Joins(const Book& book) {
  for (auto& [from, into] : joined_lanes(book)) {
    from_.push_back(std::move(from));
    into_.push_back(std::move(into));
  }
}

Statement Joins::look() const {
  return {"SELECT EXISTS (SELECT FROM parcel_lane WHERE lane = ANY($1::text[]))", {array_of(from_)}};
}

bool Joins::concern(const Parcel& parcel) const {
  return std::any_of(parcel.lanes.begin(), parcel.lanes.end(), [this](const std::string& lane) {
    return std::find(from_.begin(), from_.end(), lane) != from_.end();
  });
}

std::vector<Statement> Joins::statements() const {
  return {lock_outlets("SELECT outlet FROM parcel_lane WHERE lane = ANY($1::text[])", {array_of(from_)}),
          {"WITH joined AS (INSERT INTO parcel_lane SELECT m.into_lane, l.outlet, l.parcel"
           " FROM unnest($1::text[], $2::text[]) m(from_lane, into_lane) JOIN parcel_lane l ON l.lane = m.from_lane"
           " ON CONFLICT DO NOTHING RETURNING parcel, lane)"
           " UPDATE parcel_state p SET lanes = p.lanes || j.lanes"
           " FROM (SELECT parcel, array_agg(lane) AS lanes FROM joined GROUP BY parcel) j WHERE p.parcel = j.parcel",
           {array_of(from_), array_of(into_)}}};
}

}  // namespace pons
