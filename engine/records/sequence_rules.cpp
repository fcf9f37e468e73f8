#include "engine/records/sequence_rules.h"

#include <algorithm>

#include "engine/base/text.h"

namespace pons {

namespace {

constexpr std::size_t kLongestNumber = 15;  // digits of MSH-13

std::optional<std::int64_t> number_from(std::string_view text) {
  const auto number = whole_number(text);
  if (text.size() > kLongestNumber || !number || *number < -1) return {};
  return number;
}

std::int64_t expected_after(const SequenceLink* link) {
  return link && link->last != SequenceLink::kNone ? link->last + 1 : -1;
}

Fault out_of_order(std::int64_t number, std::int64_t expected) {
  const std::string is = "sequence number " + std::to_string(number);
  if (number < expected)
    return refused(is + " was taken before; " + std::to_string(expected) + " is expected", "MSH-13", 205);
  return refused(is + " leaves a gap; " + std::to_string(expected) + " is expected", "MSH-13", 207);
}

}  // namespace

SequenceVerdict follow_sequence(const Book& book, std::int64_t link, std::string_view number) {
  const SequenceLink* known = book.sequence_links.find(link);
  SequenceVerdict verdict;
  verdict.expected = expected_after(known);
  const auto given = number_from(number);
  if (!given) {
    verdict.refusal =
        refused("\"" + std::string(number) + "\" is no sequence number; write a whole number, 0 or -1", "MSH-13", 102);
  } else if (*given == 0) {
    verdict.is_about_the_link = true;
  } else if (*given == -1) {
    verdict.is_about_the_link = true;
    verdict.expected = -1;
    verdict.link = SequenceLink{link, SequenceLink::kNone, false};
  } else if (verdict.expected == -1 || *given == verdict.expected ||
             (known->last_was_refused && *given == known->last)) {
    verdict.expected = *given;
    verdict.link = SequenceLink{link, *given, false};
  } else {
    verdict.refusal = out_of_order(*given, verdict.expected);
  }
  return verdict;
}

}  // namespace pons
