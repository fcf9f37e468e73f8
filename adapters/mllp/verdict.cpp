#include "adapters/mllp/verdict.h"

#include <algorithm>

#include "engine/hl7/ack.h"
#include "engine/hl7/read.h"

namespace pons {

namespace {

bool holds(const std::vector<std::string>& codes, std::string_view code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// Peers write all sorts of things where a code belongs, names among them.
bool is_code(std::string_view text) {
  return !text.empty() && text.size() <= 8 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Every code of table 0357 that the answer names: ERR-3 from v2.5, ERR-1 before.
std::string error_codes(const std::string& answer) {
  const auto message = hl7::Message::parse(answer);
  if (!message) return {};
  std::vector<std::string> codes;
  for (const auto* place : {"ERR[*]-3.1", "ERR[*]-1[*].4.1"}) {
    const auto path = hl7::Path::parse(place);
    for (const auto& found : hl7::find(*message, *path))
      if (const auto code = hl7::text(found); is_code(code) && !holds(codes, code)) codes.push_back(code);
  }
  std::string text;
  for (const auto& code : codes) text += ' ' + code;
  return text;
}

}  // namespace

std::optional<Delivery> verdict(const std::string& answer, std::string_view control_id,
                                const std::vector<std::string>& accept) {
  static const std::vector<std::string> kRefusals{"AE", "AR", "CE", "CR"};
  const auto ack = hl7::read_ack(answer);
  if (!ack || ack->control_id != control_id) return {};
  Delivery delivery;
  delivery.answer = answer;
  delivery.text = ack->code;
  delivery.expected_number = ack->expected_number;
  if (holds(accept, ack->code)) {
    delivery.outcome = Delivery::Outcome::delivered;
    return delivery;
  }
  if (!holds(kRefusals, ack->code)) return {};
  delivery.outcome = Delivery::Outcome::refused;
  delivery.text += error_codes(answer);
  return delivery;
}

}  // namespace pons
