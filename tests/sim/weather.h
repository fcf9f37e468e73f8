#pragma once

#include <set>
#include <string>

#include "tests/sim/chance.h"

namespace pons::sim {

/// What can go wrong at the moment, and how often. One for the whole simulation.
struct Weather {
  bool is_bad = true;      // false: nothing goes wrong any more
  double store_lost = 0;   // of calls, before anything was done
  double answer_lost = 0;  // of calls that were done
  double gave_up = 0;      // of commits: the database broke a deadlock
  double power = 0;        // of calls: the machine loses its power in the middle of it
  double refusals = 0;     // of parcels: the other side will never take it
  double answers = 0;      // of sends and of mails: the answer is lost on its way
  double twins = 0;        // of mails: a copy arrives later
  double mails = 0;        // of mails: lost before they arrive
  Duration store_away_until{};
  std::set<std::string> guilty{};  // bytes whose records the database refuses

  bool strikes(Chance& chance, double probability) const { return is_bad && chance.happens(probability); }
};

}  // namespace pons::sim
