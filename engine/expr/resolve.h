#pragma once

#include "engine/expr/compilation.h"
#include "engine/expr/tree.h"
#include "engine/expr/words.h"

namespace pons {

/// Understands every word of a parsed expression and checks every call, so that evaluating parses nothing. False with
/// at least one finding.
bool resolve(Term& term, Expected expected, Compilation& compilation);
/// Of a call: its function and arguments (E0211 to E0213, E0222 to E0224, E0227).
bool resolve_call(Term& call, Compilation& compilation);
/// Of `text("…{…}…")`: its parts; one without braces becomes a constant.
bool resolve_template(Term& call, Compilation& compilation);
/// The regular expression of `matches` and match(): E0224 when it is none.
bool resolve_pattern(Term& owner, const Term& written, Compilation& compilation);

}  // namespace pons
