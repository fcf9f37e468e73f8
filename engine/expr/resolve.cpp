#include "engine/expr/resolve.h"

namespace pons {

namespace {

bool resolve_parts(Term& term, Compilation& compilation) {
  bool good = true;
  for (Term& part : term.parts) good = resolve(part, Expected::value, compilation) && good;
  return good;
}

bool resolve_fit(Term& term, Compilation& compilation) {
  const bool left = resolve(term.parts[0], Expected::value, compilation);
  return resolve_pattern(term, term.parts[1], compilation) && left;
}

}  // namespace

bool resolve(Term& term, Expected expected, Compilation& compilation) {
  if (term.kind == Term::Kind::word) return resolve_word(term, expected, compilation);
  if (term.kind == Term::Kind::call) return resolve_call(term, compilation);
  if (term.kind == Term::Kind::fit) return resolve_fit(term, compilation);
  return resolve_parts(term, compilation);
}

bool resolve_pattern(Term& owner, const Term& written, Compilation& compilation) {
  if (written.kind != Term::Kind::word) {
    compilation.error("E0224", written.begin, written.end, "a pattern is written out, not computed",
                      "write it in quotes, such as \"^[0-9]+$\"");
    return false;
  }
  auto pattern = RegularExpression::compile(written.text);
  if (!pattern) {
    compilation.error("E0224", written.begin, written.end, "\"" + written.text + "\" is no regular expression",
                      pattern.fault().text);
    return false;
  }
  owner.pattern = std::move(*pattern);
  return true;
}

}  // namespace pons
