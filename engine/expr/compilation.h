#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/config/node.h"
#include "engine/expr/vocabulary.h"

namespace pons {

/// One scalar being compiled: what it may name, and where its findings go.
struct Compilation {
  const Node& node;
  const Vocabulary& vocabulary;
  Findings& findings;
  bool failed = false;
  std::size_t errors = 0;

  /// A finding at the scalar's characters [begin, end). One root cause, one finding: the caller stops there.
  /// Nothing after kEnoughFindings.
  void error(const char* code, std::size_t begin, std::size_t end, std::string message, std::string label = {},
             std::string help = {});
};

/// The candidate that was meant: near in whole, or begun and then abbreviated ("Acession"); empty when none is near.
std::string nearest_name(const std::string& word, const std::vector<std::string>& candidates);
/// "did you mean order?"; empty when nothing is near.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace pons
