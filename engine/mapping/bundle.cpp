#include "engine/mapping/bundle.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "engine/base/digest.h"
#include "engine/expr/numbered.h"

namespace pons {
namespace {

/// "Patient?identifier=…": a conditional reference (FHIR R4 3.1.0.7.3).
struct Conditional {
  std::string type, query;
  std::string text() const { return type + '?' + query; }
};

std::optional<Conditional> conditional(const std::string& reference) {
  const auto question = reference.find('?');
  if (question == std::string::npos || question == 0) return {};
  return Conditional{reference.substr(0, question), reference.substr(question + 1)};
}

/// `%7C` and `\|` of a token parameter taken off.
std::string decoded(std::string_view text) {
  std::string out;
  const auto hex = [&](std::size_t i) { return i < text.size() && std::isxdigit(static_cast<unsigned char>(text[i])); };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && hex(i + 1) && hex(i + 2)) {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  std::string plain;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] == '\\' && i + 1 < out.size()) ++i;
    plain += out[i];
  }
  return plain;
}

std::optional<json::Value> identifier_of(const std::string& query) {
  constexpr std::string_view kKey = "identifier=";
  const auto bar = query.find('|');
  if (!query.starts_with(kKey) || bar == std::string::npos) return {};
  json::Value identifier = json::Value::object();
  const std::string system = decoded(std::string_view(query).substr(kKey.size(), bar - kKey.size()));
  if (!system.empty()) identifier["system"] = system;
  identifier["value"] = decoded(std::string_view(query).substr(bar + 1));
  return identifier;
}

std::string query_of(const json::Value& resource) {
  const json::Value* identifiers = resource.find("identifier");
  if (identifiers == nullptr) return {};
  const json::Value* first = identifiers;
  if (identifiers->is_array()) first = identifiers->items().empty() ? nullptr : &identifiers->items().front();
  if (first == nullptr || first->text_of("value").empty()) return {};
  const std::string text = conditional_reference("", first->text_of("system"), first->text_of("value"));
  return text.substr(1);
}

std::string full_url(const Conditional& at) {
  return "urn:uuid:" + uuid_from(at.text());
}

int rank(std::string_view type) {
  constexpr std::string_view kOrder[] = {"Patient", "Encounter", "ServiceRequest", "ImagingStudy"};
  const auto found = std::find(std::begin(kOrder), std::end(kOrder), type);
  return static_cast<int>(found - std::begin(kOrder));
}

/// Calls `use` with every `reference` member, at any depth.
template <class Json, class Use>
void for_each_reference(Json& value, const Use& use) {
  for (auto& item : value.items()) for_each_reference(item, use);
  for (auto& [name, member] : value.members())
    if (name == "reference" && member.kind() == json::Value::Kind::string)
      use(member);
    else
      for_each_reference(member, use);
}

struct Entry {
  Conditional at;
  json::Value resource;
  bool is_created = false;  // POST with ifNoneExist; else PUT
};

class Assembly {
 public:
  explicit Assembly(const KnownResources& known) : known_(known) {}

  Result<void> add(Write write) {
    const std::string type = write.resource.text_of("resourceType");
    if (write.query.empty()) write.query = query_of(write.resource);
    if (write.query.empty())
      return refused(type + " has no identifier, so writing it again would make a second one; map  identifier:", {},
                     101);
    entries_.push_back({{type, write.query}, std::move(write.resource), false});
    return {};
  }

  /// An entry for everybody named; those that come with it may name others.
  void complete() {
    subject_ = first_patient();
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      std::vector<std::string> named;
      for_each_reference(std::as_const(entries_[i].resource),
                         [&](const json::Value& reference) { named.push_back(reference.text()); });
      for (const std::string& reference : named) create(reference);
    }
  }

  json::Value bundle() {
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return rank(a.at.type) < rank(b.at.type); });
    json::Value bundle = json::Value::object();
    bundle["resourceType"] = "Bundle";
    bundle["type"] = "transaction";
    for (Entry& entry : entries_) bundle["entry"].push(written(entry));
    return bundle;
  }

 private:
  const Entry* find(const Conditional& at) const {
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& entry) { return entry.at.text() == at.text(); });
    return found == entries_.end() ? nullptr : &*found;
  }

  std::string first_patient() const {
    std::string subject;
    for (const Entry& entry : entries_)
      for_each_reference(entry.resource, [&](const json::Value& reference) {
        if (subject.empty() && reference.text().starts_with("Patient?")) subject = reference.text();
      });
    return subject;
  }

  void create(const std::string& reference) {
    const auto at = conditional(reference);
    if (!at || find(*at)) return;
    const auto known = known_.find(reference);
    auto resource = known == known_.end() ? least(*at) : std::optional<json::Value>(known->second);
    if (resource) entries_.push_back({*at, *std::move(resource), true});
  }

  /// The least that is valid; nothing for types that need more than we know.
  std::optional<json::Value> least(const Conditional& at) const {
    auto identifier = identifier_of(at.query);
    if (!identifier || (at.type != "Patient" && at.type != "ServiceRequest")) return {};
    json::Value resource = json::Value::object();
    resource["resourceType"] = at.type;
    resource["identifier"].push(*std::move(identifier));
    if (at.type == "Patient") return resource;
    if (subject_.empty()) return {};
    resource["status"] = "active";
    resource["intent"] = "order";
    resource["subject"]["reference"] = subject_;
    return resource;
  }

  json::Value written(Entry& entry) const {
    for_each_reference(entry.resource, [this](json::Value& reference) {
      const auto at = conditional(reference.text());
      if (at && find(*at)) reference = json::Value(full_url(*at));
    });
    json::Value out = json::Value::object();
    out["fullUrl"] = full_url(entry.at);
    out["resource"] = entry.resource;
    json::Value& request = out["request"];
    request["method"] = entry.is_created ? "POST" : "PUT";
    request["url"] = entry.is_created ? entry.at.type : entry.at.text();
    if (entry.is_created) request["ifNoneExist"] = entry.at.query;
    return out;
  }

  const KnownResources& known_;
  std::string subject_;
  std::vector<Entry> entries_;
};

}  // namespace

Result<json::Value> bundle_of(std::vector<Write> writes, const KnownResources& known) {
  Assembly assembly(known);
  for (Write& write : writes)
    if (auto added = assembly.add(std::move(write)); !added) return added.fault();
  assembly.complete();
  return assembly.bundle();
}

}  // namespace pons
