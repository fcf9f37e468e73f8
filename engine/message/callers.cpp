#include "engine/message/callers.h"

#include <algorithm>

namespace pons {

namespace {

bool is(const Callers::Rule& rule, const Callers::Caller& caller) {
  if (rule.network) return rule.network->contains(caller.address);
  return rule.certificate == caller.certificate;
}

}  // namespace

bool Callers::may_connect(const std::string& address) const {
  return rules_.empty() || std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
           return !rule.network || rule.network->contains(address);
         });
}

bool Callers::may_send(const Caller& caller) const {
  return rules_.empty() ||
         std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) { return is(rule, caller); });
}

bool Callers::may_speak_for(const Caller& caller, const std::string& application, const std::string& facility) const {
  return rules_.empty() || std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
           return is(rule, caller) &&
                  (rule.names.empty() || std::any_of(rule.names.begin(), rule.names.end(), [&](const auto& name) {
                     return name == application || name == application + '|' + facility;
                   }));
         });
}

}  // namespace pons
