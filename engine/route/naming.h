#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/hl7/charset.h"
#include "engine/hl7/message.h"
#include "engine/hl7/path.h"
#include "engine/hl7/structure.h"
#include "engine/mapping/map.h"
#include "engine/message/identifier.h"
#include "engine/message/subject.h"
#include "engine/route/endpoint.h"

namespace pons {

/// Whom and what an HL7 message names: read by the engine itself, whatever the maps say, since it is what must be
/// locked, and what an order and a report are found by.

/// The message as the routes work on it: identifiers of PID-3 and MRG-1 that came without authority or type have the
/// endpoint's and the format's.
hl7::Message completed(hl7::Message message, const Endpoint& endpoint, const Format* format);

/// CX at this path, every repetition that fits: number, assigning authority (namespace ID) and type.
std::vector<Identifier> identifiers_at(const hl7::Message& message, const hl7::Path& path, const hl7::Charset& charset,
                                       const hl7::Group* group = nullptr);

/// PID-3 of the first PID, of every PID, and every MRG-1.
std::vector<Identifier> named_patient(const hl7::Message& message, const hl7::Charset& charset);
std::vector<Identifier> named_patients(const hl7::Message& message, const hl7::Charset& charset);
std::vector<Identifier> named_in_merges(const hl7::Message& message, const hl7::Charset& charset);

/// The numbers of one order group (IHE RAD TF-2 4.2, 4.4): ORC-2 or OBR-2, ORC-3 or OBR-3, IPC-1 or OBR-18, IPC-3 or
/// ZDS-1, IPC-2, OBR-19 or OBR-4.1, IPC-4 or OBR-20. `authority` stands for one that is not said.
struct OrderNumbers {
  Identifier placer, filler, accession;
  std::string study_uid, requested_procedure_id, step_id;
};
OrderNumbers order_numbers(const hl7::Message& message, const hl7::Group* group, const hl7::Charset& charset,
                           const std::string& authority);

/// The fault of the first number of a patient or order that holds a byte which its character set lacks: U+FFFD in its
/// place could make two patients one. Nothing: all can be read.
std::optional<Fault> unreadable_name(const hl7::Message& message, const hl7::Charset& charset);

/// The segment whose groups are the message's orders: IPC where there is one, else OBR.
std::string_view order_leader(const hl7::Message& message);

/// Everything that the message names; a merge names all that its patients have.
Subject named_in(const hl7::Message& message, const hl7::Charset& charset, const std::string& authority);

/// Whose sequence numbers these are: digest of the listener, MSH-3 and MSH-4.
std::int64_t sequence_link_of(const std::string& inlet, const hl7::Message& message);
/// What was sent over that endpoint under that MSH-10 (AwaitedAnswer).
std::int64_t awaited_answer_of(const std::string& outlet, const std::string& control_id);
/// MSH-13, trimmed; empty: the sequence number protocol is not used.
std::string sequence_number_of(const hl7::Message& message);

}  // namespace pons
