#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/message/receipt.h"

namespace pons {

/// Why a message went where it went, as `pons trace` shows it.
class Trace {
 public:
  void took(std::string route) { routes_.push_back({std::move(route), ""}); }
  void skipped(std::string route, std::string why) { routes_.push_back({std::move(route), std::move(why)}); }
  void ended(const Receipt& receipt);

  /// {"routes":[{"route":"ris-orders","took":true}],"outcome":"done","faults":[{"text":…,"field":…,"line":…}]}
  std::string json() const;

 private:
  struct Run {
    std::string route;
    std::string why_not;  // empty: it took the message
  };
  std::vector<Run> routes_;
  std::string outcome_;
  std::vector<Fault> faults_;
};

}  // namespace pons
