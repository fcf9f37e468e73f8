#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/network.h"

namespace pons {

/// Who may call a listener, and whom each may speak for. Without rules: everybody, for everybody.
class Callers {
 public:
  struct Rule {
    std::optional<Network> network;  // either this
    std::string certificate;         // or the common name of the certificate that is shown
    std::vector<std::string> names;  // "RIS|NORTH", MSH-3.1 and MSH-4.1; "RIS": MSH-3.1 alone; none: any
    bool operator==(const Rule&) const = default;
  };
  struct Caller {
    std::string address;      // without port
    std::string certificate;  // common name; empty: none was shown
  };

  bool operator==(const Callers&) const = default;
  bool empty() const { return rules_.empty(); }
  void add(Rule rule) { rules_.push_back(std::move(rule)); }

  /// Before a certificate is shown: false only where none could help.
  bool may_connect(const std::string& address) const;
  bool may_send(const Caller& caller) const;
  bool may_speak_for(const Caller& caller, const std::string& application, const std::string& facility) const;

 private:
  std::vector<Rule> rules_;
};

}  // namespace pons
