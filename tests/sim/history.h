#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "tests/sim/world.h"

namespace pons::sim {

/// What happened, in order, and which promises were broken. `about` is the label of a message: "RIS-1 7".
class History final {
 public:
  /// `live`: each line as it happens; null: none.
  History(const World& world, std::ostream* live) : world_(world), live_(live) {}

  void tell(const std::string& who, const std::string& what, const std::string& about = "");
  void violated(const std::string& promise, const std::string& what, const std::string& about = "");

  struct Violation {
    std::string promise, what, about;
  };
  const std::vector<Violation>& violations() const { return violations_; }
  /// All lines about one message.
  std::string about(const std::string& label) const;
  /// A number that any difference between two runs changes.
  std::uint64_t digest() const { return digest_; }

 private:
  struct Line {
    Duration at;
    std::string who, what, about;
    std::string to_text() const;
  };

  const World& world_;
  std::ostream* const live_;
  std::vector<Line> lines_;
  std::vector<Violation> violations_;
  std::uint64_t digest_ = 0xcbf29ce484222325u;
};

/// "1d 02:03:04.005".
std::string clock_text(Duration time);

}  // namespace pons::sim
