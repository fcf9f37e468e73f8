#include "engine/expr/pattern.h"

#include <unicode/regex.h>

#include <stdexcept>

namespace pons {

namespace {

constexpr std::size_t kLongestText = 10'000;  // bytes
constexpr std::int32_t kTimeLimit = 100;      // ICU's steps, about a millisecond each

icu::UnicodeString unicode(std::string_view text) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

Fault too_much(UErrorCode status) {
  if (status != U_REGEX_TIME_OUT && status != U_REGEX_STACK_OVERFLOW)
    throw std::runtime_error(std::string("ICU regular expression: ") + u_errorName(status));
  return refused("the pattern needs too long for this text; write it without nested repetitions", {}, 207);
}

}  // namespace

struct Pattern::Compiled {
  std::unique_ptr<const icu::RegexPattern> pattern;

  /// A matcher that has found its first fit, or none.
  Result<std::unique_ptr<icu::RegexMatcher>> first(const icu::UnicodeString& text) const {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::RegexMatcher> matcher(pattern->matcher(text, status));
    if (U_FAILURE(status)) return too_much(status);
    matcher->setTimeLimit(kTimeLimit, status);
    const bool found = matcher->find(status);
    if (U_FAILURE(status)) return too_much(status);
    if (!found) matcher.reset();
    return matcher;
  }
};

namespace {

std::optional<Fault> too_long(std::string_view text) {
  if (text.size() <= kLongestText) return {};
  return refused("a pattern is not tried on texts over " + std::to_string(kLongestText) + " bytes", {}, 207);
}

}  // namespace

Result<Pattern> Pattern::compile(std::string_view pattern) {
  UErrorCode status = U_ZERO_ERROR;
  UParseError place{};
  std::unique_ptr<const icu::RegexPattern> compiled(icu::RegexPattern::compile(unicode(pattern), 0, place, status));
  if (U_FAILURE(status))
    return refused(place.offset > 0 ? "it goes wrong at character " + std::to_string(place.offset)
                                    : std::string("its parentheses or repetitions do not fit together"));
  Pattern out;
  out.compiled_ = std::make_shared<const Compiled>(Compiled{std::move(compiled)});
  return out;
}

Result<bool> Pattern::fits(std::string_view text) const {
  if (auto fault = too_long(text)) return *fault;
  const icu::UnicodeString input = unicode(text);
  const auto matcher = compiled_->first(input);
  if (!matcher) return matcher.fault();
  return *matcher != nullptr;
}

Result<std::optional<std::string>> Pattern::first_fit(std::string_view text) const {
  if (auto fault = too_long(text)) return *fault;
  const icu::UnicodeString input = unicode(text);
  const auto matcher = compiled_->first(input);
  if (!matcher) return matcher.fault();
  if (*matcher == nullptr) return std::optional<std::string>();
  UErrorCode status = U_ZERO_ERROR;
  const std::int32_t group = (*matcher)->groupCount() > 0 ? 1 : 0;
  std::string out;
  (*matcher)->group(group, status).toUTF8String(out);
  if (U_FAILURE(status)) return too_much(status);
  return std::optional(out);
}

}  // namespace pons
