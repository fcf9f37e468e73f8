#include "engine/base/zone.h"

#include <unicode/basictz.h>
#include <unicode/timezone.h>

#include <stdexcept>

namespace pons {

namespace {

using namespace std::chrono_literals;

icu::UnicodeString unicode(std::string_view text) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

UDate milliseconds(Instant instant) {
  return static_cast<UDate>(std::chrono::floor<std::chrono::milliseconds>(instant).time_since_epoch().count());
}

void require(UErrorCode status) {
  if (U_FAILURE(status)) throw std::runtime_error(std::string("ICU time zone: ") + u_errorName(status));
}

/// ICU also takes "GMT+5" and gives "Etc/Unknown" for nonsense; only names of the IANA database pass.
bool is_known(const icu::UnicodeString& id) {
  UErrorCode status = U_ZERO_ERROR;
  UBool is_system = false;
  icu::UnicodeString canonical;
  icu::TimeZone::getCanonicalID(id, canonical, is_system, status);
  return U_SUCCESS(status) && is_system && canonical != icu::UnicodeString("Etc/Unknown");
}

}  // namespace

struct Zone::Rules {
  std::unique_ptr<const icu::TimeZone> zone;

  std::int32_t offset(UDate at) const {
    std::int32_t standard = 0, daylight = 0;
    UErrorCode status = U_ZERO_ERROR;
    zone->getOffset(at, false, standard, daylight, status);
    require(status);
    return standard + daylight;
  }

  std::int32_t offset_of_wall(UDate wall) const {
    const auto* basic = dynamic_cast<const icu::BasicTimeZone*>(zone.get());
    if (basic == nullptr) return offset(wall);
    std::int32_t standard = 0, daylight = 0;
    UErrorCode status = U_ZERO_ERROR;
    basic->getOffsetFromLocal(wall, UCAL_TZ_LOCAL_FORMER, UCAL_TZ_LOCAL_FORMER, standard, daylight, status);
    require(status);
    return standard + daylight;
  }
};

std::optional<Zone> Zone::named(std::string_view name) {
  const icu::UnicodeString id = unicode(name);
  if (!is_known(id)) return {};
  Zone zone;
  zone.name_ = name;
  zone.rules_ =
      std::make_shared<const Rules>(Rules{std::unique_ptr<const icu::TimeZone>(icu::TimeZone::createTimeZone(id))});
  return zone;
}

const Zone::Rules& Zone::rules() const {
  static const Rules kOwn{std::unique_ptr<const icu::TimeZone>(icu::TimeZone::createDefault())};
  return rules_ ? *rules_ : kOwn;
}

int Zone::offset_at(Instant instant) const {
  return rules().offset(milliseconds(instant)) / 1000;
}

Instant Zone::from_wall(Instant wall_clock) const {
  return wall_clock - 1ms * rules().offset_of_wall(milliseconds(wall_clock));
}

Instant Zone::to_wall(Instant instant) const {
  return instant + 1s * offset_at(instant);
}

}  // namespace pons
