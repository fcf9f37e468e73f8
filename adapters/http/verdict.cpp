#include "adapters/http/verdict.h"

#include <Poco/NumberParser.h>
#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "engine/json/value.h"

namespace pons {

namespace {

Delivery failed(const PostFailure& failure) {
  if (!failure.may_have_arrived) return not_connected(failure.text);
  Delivery delivery;
  delivery.outcome = Delivery::Outcome::unknown;
  delivery.text = failure.text;
  return delivery;
}

Delivery answered(const PostAnswer& answer) {
  Delivery delivery;
  delivery.outcome = outcome_of(answer.status);
  delivery.text = fmt::format("HTTP {}", answer.status);
  if (answer.status / 100 == 3) delivery.text += ": a redirect; write the final address at the endpoint";
  delivery.answer = answer.body;
  delivery.come_back_in = answer.retry_after;
  return delivery;
}

/// "201 Created" is 201; 0 when there is no status.
int entry_status(const json::Value& entry) {
  const auto* response = entry.find("response");
  int status = 0;
  if (response == nullptr || !Poco::NumberParser::tryParse(response->text_of("status").substr(0, 3), status)) return 0;
  return status;
}

/// A code of the IssueType value set (FHIR R4): letters and hyphens; nothing else goes into a text.
bool is_issue_code(std::string_view text) {
  return !text.empty() && text.size() <= 20 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}

std::string issue_codes(const std::string& body) {
  const auto document = json::Value::parse(body);
  const auto* issues = document ? document->find("issue") : nullptr;
  if (issues == nullptr) return {};
  std::string codes;
  for (const auto& issue : issues->items())
    if (const auto code = issue.text_of("code"); is_issue_code(code)) codes += (codes.empty() ? "" : ", ") + code;
  return codes;
}

void read_bundle(const std::string& body, Delivery& delivery) {
  if (trim(body).empty()) return;
  const auto bundle = json::Value::parse(body);
  if (!bundle || bundle->text_of("resourceType") != "Bundle") {
    delivery.outcome = Delivery::Outcome::unknown;
    delivery.text += ", but the answer is no Bundle";
    return;
  }
  const auto* entries = bundle->find("entry");
  if (entries == nullptr) return;
  for (std::size_t i = 0; i < entries->items().size(); ++i) {
    const int status = entry_status(entries->items()[i]);
    if (status / 100 == 2) continue;
    delivery.outcome = status == 0 ? Delivery::Outcome::unknown : outcome_of(status);
    delivery.text += fmt::format(", but entry[{}] has {}", i, status == 0 ? "no status" : std::to_string(status));
    return;
  }
}

}  // namespace

Delivery::Outcome outcome_of(int status) {
  switch (status) {
    case 401:
    case 407:
    case 408:
    case 409:
    case 425:
    case 429:
      return Delivery::Outcome::unavailable;
    case 504:
      return Delivery::Outcome::unknown;
    default:
      break;
  }
  switch (status / 100) {
    case 2:
      return Delivery::Outcome::delivered;
    case 4:
      return Delivery::Outcome::refused;
    default:
      return Delivery::Outcome::unavailable;
  }
}

Delivery verdict(const PostResult& result) {
  if (const auto* failure = std::get_if<PostFailure>(&result)) return failed(*failure);
  return answered(std::get<PostAnswer>(result));
}

Delivery fhir_verdict(const PostResult& result) {
  Delivery delivery = verdict(result);
  const auto* answer = std::get_if<PostAnswer>(&result);
  if (answer == nullptr) return delivery;
  if (delivery.outcome == Delivery::Outcome::delivered)
    read_bundle(answer->body, delivery);
  else if (const auto codes = issue_codes(answer->body); !codes.empty())
    delivery.text += fmt::format(" ({})", codes);
  return delivery;
}

}  // namespace pons
