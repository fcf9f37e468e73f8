#include "engine/expr/function.h"

#include <algorithm>
#include <array>

namespace pons {

namespace {

const auto& subjects() {
  static const std::array kSubjects{&text_functions(), &list_functions(),     &time_functions(),
                                    &code_functions(), &identity_functions(), &person_functions()};
  return kSubjects;
}

}  // namespace

const Value& FunctionCall::argument(std::size_t number) const {
  static const Value kAbsent;
  return number < arguments.size() ? arguments[number] : kAbsent;
}

Value FunctionCall::made(std::string text) const {
  return text.empty() ? Value() : Value::text(std::move(text)).with_origin(argument(0));
}

Fault FunctionCall::fault(std::string text, int code) const {
  return evaluation.fault(term, std::move(text), argument(0).path(), code);
}

const Function* find_function(std::string_view name) {
  for (const auto* subject : subjects()) {
    const auto found =
        std::find_if(subject->begin(), subject->end(), [&](const Function& f) { return f.name == name; });
    if (found != subject->end()) return &*found;
  }
  return nullptr;
}

const std::vector<std::string>& function_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const auto* subject : subjects())
      for (const Function& function : *subject) names.emplace_back(function.name);
    return names;
  }();
  return kNames;
}

}  // namespace pons
