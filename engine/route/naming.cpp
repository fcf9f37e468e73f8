#include "engine/route/naming.h"

#include <algorithm>
#include <stdexcept>

#include "engine/base/digest.h"
#include "engine/base/text.h"
#include "engine/hl7/edit.h"
#include "engine/hl7/escape.h"
#include "engine/hl7/parts.h"
#include "engine/hl7/read.h"

namespace pons {

namespace {

hl7::Path path_of(std::string_view text) {
  auto path = hl7::Path::parse(text);
  if (!path) throw std::logic_error("a path of the engine's own is wrong: " + path.fault().text);
  return *path;
}

/// The places of an order's numbers, parsed once.
struct OrderPaths {
  hl7::Path orc_2 = path_of("ORC-2"), obr_2 = path_of("OBR-2"), orc_3 = path_of("ORC-3"), obr_3 = path_of("OBR-3"),
            ipc_1 = path_of("IPC-1"), obr_18 = path_of("OBR-18"), ipc_2 = path_of("IPC-2.1"),
            obr_19 = path_of("OBR-19"), obr_4 = path_of("OBR-4.1"), ipc_3 = path_of("IPC-3.1"),
            zds_1 = path_of("ZDS-1.1"), ipc_4 = path_of("IPC-4.1"), obr_20 = path_of("OBR-20");
};
const OrderPaths& order_paths() {
  static const OrderPaths paths;
  return paths;
}

/// UTF-8 of the nth component, or of its nth subcomponent.
std::string component(const hl7::Found& found, std::size_t number, std::size_t subcomponent,
                      const hl7::Charset& charset) {
  const auto whole = hl7::part(found.raw, found.delimiters.component, number);
  if (!whole) return {};
  const auto piece = hl7::part(*whole, found.delimiters.subcomponent, subcomponent);
  if (!piece || *piece == "\"\"") return {};
  return hl7::to_utf8(hl7::unescape(*piece, found.delimiters), charset);
}

Identifier identifier(const hl7::Found& found, const hl7::Charset& charset) {
  return {component(found, 1, 1, charset), component(found, 4, 1, charset), component(found, 5, 1, charset)};
}

/// EI: entity identifier and namespace ID.
Identifier entity(const hl7::Message& message, const hl7::Path& path, const hl7::Group* group,
                  const hl7::Charset& charset, const std::string& authority) {
  const auto found = hl7::first_match(message, path, group);
  if (!found || found->state != hl7::State::value) return {};
  Identifier entity{component(*found, 1, 1, charset), component(*found, 2, 1, charset), {}};
  if (entity.empty()) return {};
  if (entity.authority.empty()) entity.authority = authority;
  return entity;
}

std::string text(const hl7::Message& message, const hl7::Path& path, const hl7::Group* group,
                 const hl7::Charset& charset) {
  const auto found = hl7::first_match(message, path, group);
  return found ? hl7::text(*found, charset) : std::string();
}

template <class T>
void add_if_named(std::vector<T>& all, T one) {
  if (!one.empty() && std::find(all.begin(), all.end(), one) == all.end()) all.push_back(std::move(one));
}

/// Gives every repetition of the field that lacks an authority or a type the assumed one.
void complete(hl7::Message& message, std::size_t segment, std::string_view name, int field,
              const std::string& authority, const std::string& type) {
  const std::size_t count = hl7::repetitions(message, segment, static_cast<std::size_t>(field));
  const std::string occurrence =
      std::string(name) + '[' + std::to_string(message.occurrence(segment)) + "]-" + std::to_string(field) + '[';
  for (std::size_t repetition = 1; repetition <= count; ++repetition) {
    const std::string at = occurrence + std::to_string(repetition) + "].";
    const auto is_empty = [&](const char* component) {
      return hl7::find_first(message, path_of(at + component)).state != hl7::State::value;
    };
    if (is_empty("1")) continue;
    if (!authority.empty() && is_empty("4"))
      static_cast<void>(hl7::set(message, path_of(at + "4.1"), hl7::State::value, authority));
    if (!type.empty() && is_empty("5"))
      static_cast<void>(hl7::set(message, path_of(at + "5"), hl7::State::value, type));
  }
}

/// True when a repetition has neither its authority nor its type: only then is anything copied.
bool is_incomplete(const hl7::Message& message, std::size_t segment, std::size_t field, bool wants_authority,
                   bool wants_type) {
  const auto raw = message.raw_field(segment, field);
  if (!raw) return false;
  const hl7::Delimiters& delimiters = message.delimiters();
  const std::size_t count = hl7::count_parts(*raw, delimiters.repetition);
  for (std::size_t number = 1; number <= count; ++number) {
    const auto repetition = hl7::part(*raw, delimiters.repetition, number).value_or("");
    const auto lacks = [&](std::size_t component) {
      return hl7::part(repetition, delimiters.component, component).value_or("").empty();
    };
    if (!lacks(1) && ((wants_authority && lacks(4)) || (wants_type && lacks(5)))) return true;
  }
  return false;
}

}  // namespace

hl7::Message completed(hl7::Message message, const Endpoint& endpoint, const Format* format) {
  const std::string type = format ? format->untyped_identifier_type : std::string();
  if (endpoint.authority.empty() && type.empty()) return message;
  for (std::size_t segment = 0; segment < message.size(); ++segment) {
    const bool is_pid = message.is(segment, "PID");
    if (!is_pid && !message.is(segment, "MRG")) continue;
    const int field = is_pid ? 3 : 1;
    if (is_incomplete(message, segment, static_cast<std::size_t>(field), !endpoint.authority.empty(), !type.empty()))
      complete(message, segment, is_pid ? "PID" : "MRG", field, endpoint.authority, type);
  }
  return message;
}

std::vector<Identifier> identifiers_at(const hl7::Message& message, const hl7::Path& path, const hl7::Charset& charset,
                                       const hl7::Group* group) {
  std::vector<Identifier> all;
  for (const hl7::Found& each : hl7::find_each(message, path, group))
    if (each.state == hl7::State::value) add_if_named(all, identifier(each, charset));
  return all;
}

std::vector<Identifier> named_patient(const hl7::Message& message, const hl7::Charset& charset) {
  static const hl7::Path path = path_of("PID-3[*]");
  return identifiers_at(message, path, charset);
}

std::vector<Identifier> named_patients(const hl7::Message& message, const hl7::Charset& charset) {
  static const hl7::Path path = path_of("PID[*]-3[*]");
  return identifiers_at(message, path, charset);
}

std::vector<Identifier> named_in_merges(const hl7::Message& message, const hl7::Charset& charset) {
  static const hl7::Path path = path_of("MRG[*]-1[*]");
  return identifiers_at(message, path, charset);
}

OrderNumbers order_numbers(const hl7::Message& message, const hl7::Group* group, const hl7::Charset& charset,
                           const std::string& authority) {
  const OrderPaths& at = order_paths();
  const auto first_entity = [&](const hl7::Path& one, const hl7::Path& other) {
    const Identifier found = entity(message, one, group, charset, authority);
    return found.empty() ? entity(message, other, group, charset, authority) : found;
  };
  const auto first_text = [&](std::initializer_list<const hl7::Path*> paths) {
    for (const hl7::Path* path : paths)
      if (std::string found = text(message, *path, group, charset); !found.empty()) return found;
    return std::string();
  };
  return {first_entity(at.orc_2, at.obr_2),
          first_entity(at.orc_3, at.obr_3),
          first_entity(at.ipc_1, at.obr_18),
          first_text({&at.ipc_3, &at.zds_1}),
          first_text({&at.ipc_2, &at.obr_19, &at.obr_4}),
          first_text({&at.ipc_4, &at.obr_20})};
}

std::optional<Fault> unreadable_name(const hl7::Message& message, const hl7::Charset& charset) {
  static const std::vector<hl7::Path> kNames = [] {
    std::vector<hl7::Path> paths;
    for (const char* each :
         {"PID[*]-3[*]", "MRG[*]-1[*]", "ORC[*]-2", "ORC[*]-3", "OBR[*]-2", "OBR[*]-3", "OBR[*]-4.1", "OBR[*]-18",
          "OBR[*]-19", "OBR[*]-20", "IPC[*]-1", "IPC[*]-2", "IPC[*]-3", "IPC[*]-4", "ZDS[*]-1"})
      paths.push_back(path_of(each));
    return paths;
  }();
  // Hardly a message holds anything that could fail.
  const bool has_hex = message.bytes().find(std::string{message.delimiters().escape, 'X'}) != std::string::npos;
  if (charset.ascii_is_ascii && !has_hex && is_ascii(message.bytes())) return std::nullopt;
  for (const hl7::Path& path : kNames)
    for (const hl7::Found& each : hl7::find(message, path))
      if (auto fault = hl7::unreadable(each.raw, each.delimiters, each.place, charset)) return fault;
  return std::nullopt;
}

std::string_view order_leader(const hl7::Message& message) {
  return message.locate("IPC") ? "IPC" : "OBR";
}

Subject named_in(const hl7::Message& message, const hl7::Charset& charset, const std::string& authority) {
  Subject subject;
  subject.patients = named_patients(message, charset);
  for (Identifier& each : named_in_merges(message, charset)) add_if_named(subject.patients, std::move(each));
  subject.whole_patients = message.locate("MRG").has_value();
  const auto orders = hl7::split(message, order_leader(message));
  if (!orders) return subject;  // it will be refused
  for (const hl7::Group& group : *orders) {
    OrderNumbers numbers = order_numbers(message, &group, charset, authority);
    add_if_named(subject.placers, std::move(numbers.placer));
    add_if_named(subject.fillers, std::move(numbers.filler));
    add_if_named(subject.accessions, std::move(numbers.accession));
    add_if_named(subject.studies, std::move(numbers.study_uid));
  }
  return subject;
}

std::int64_t sequence_link_of(const std::string& inlet, const hl7::Message& message) {
  return key64("sequence|" + inlet + '|' + hl7::text_at(message, "MSH-3") + '|' + hl7::text_at(message, "MSH-4"));
}

std::int64_t awaited_answer_of(const std::string& outlet, const std::string& control_id) {
  return key64("answer|" + outlet + '|' + control_id);
}

std::string sequence_number_of(const hl7::Message& message) {
  return std::string(trim(hl7::text_at(message, "MSH-13")));
}

}  // namespace pons
