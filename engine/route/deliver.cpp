#include <algorithm>

#include "engine/hl7/read.h"
#include "engine/route/binding.h"
#include "engine/route/carry.h"
#include "engine/route/dicom_request.h"
#include "engine/route/naming.h"
#include "engine/route/notice.h"
#include "engine/route/run.h"
#include "engine/route/worklist.h"
#include "engine/route/wrap.h"

namespace pons {

namespace {

const Run::Built* built(const Run& run, const std::string& name) {
  const auto found =
      std::find_if(run.built.rbegin(), run.built.rend(), [&](const Run::Built& each) { return each.name == name; });
  return found == run.built.rend() ? nullptr : &*found;
}

/// The parcel's lanes: its patient, both of a merge, and the route's own keys.
std::vector<std::string> lanes(const Run& run) {
  std::vector<std::string> all;
  if (run.patient != 0) all.push_back(patient_lane(run.book.survivor(run.patient).id));
  if (run.retired != 0) all.push_back(patient_lane(run.retired));
  all.insert(all.end(), run.lanes.begin(), run.lanes.end());
  return all;
}

void queue(Run& run, const Endpoint& endpoint, Wrapped wrapped) {
  Parcel parcel;
  parcel.message = run.envelope.message;
  parcel.outlet = endpoint.name;
  parcel.route = run.route.name;
  parcel.lanes = lanes(run);
  parcel.control_id = std::move(wrapped.control_id);
  parcel.content_type = std::move(wrapped.content_type);
  parcel.document = std::move(wrapped.document);
  parcel.due = run.scope.now;
  if (!endpoint.answers_at.empty() && parcel.content_type == Parcel::kHl7)
    run.book.awaited_answers.put(
        {awaited_answer_of(endpoint.name, parcel.control_id), run.envelope.message, endpoint.name, run.scope.now, ""});
  run.parcels.push_back(std::move(parcel));
}

void add_lanes(Parcel& parcel, const std::vector<std::string>& lanes) {
  for (const std::string& lane : lanes)
    if (std::find(parcel.lanes.begin(), parcel.lanes.end(), lane) == parcel.lanes.end()) parcel.lanes.push_back(lane);
}

Next to_worklist(Run& run, const Destination& destination) {
  const Run::Built* item = built(run, destination.documents.front());
  const auto* object = item ? std::get_if<json::Value>(item->document.get()) : nullptr;
  if (!object || run.order == 0)
    return stop_for(run, refused("a worklist item needs its order; put `reconcile: order` before"));
  const std::size_t notes = run.book.changes().size();
  auto step = write_worklist(run.book, run.order, *object);
  if (!step) {
    Fault fault = step.fault();
    if (fault.line.empty()) fault.line = destination.span.where();
    return stop_for(run, std::move(fault), Endpoint::Policy::reject);
  }
  run.trace.sent.push_back("worklist: " + (run.book.changes().size() == notes ? to_text((*step)->status)
                                                                              : run.book.changes().back().evidence));
  return {};
}

/// The bytes of the message, also where it was read into UTF-8.
hl7::Message as_received(const Run& run) {
  const std::string& bytes = *run.envelope.bytes;
  return run.scope.received->bytes() == bytes ? *run.scope.received : *hl7::Message::parse(run.envelope.bytes);
}

/// The documents of `send:`, in order; a name that was not built in this run is nothing to send.
std::vector<Outgoing> outgoing(const Run& run, const Destination& destination) {
  std::vector<Outgoing> all;
  for (const std::string& name : destination.documents) {
    if (name == "received") {
      hl7::Message message = as_received(run);
      carry_survivors(message, run.book);
      all.push_back({std::make_shared<const Document>(std::move(message)), nullptr});
    } else if (const Run::Built* found = built(run, name)) {
      all.push_back({found->document, found->map});
    }
  }
  return all;
}

/// The requests about one instance keep their order, also where nobody knows its patient.
Next send_request(Run& run, const Destination& destination, const Endpoint& endpoint) {
  auto asked = dicom_request(run, endpoint, destination.documents.front());
  if (!asked) return stop_for(run, asked.fault());
  std::optional<Wrapped> request = *std::move(asked);
  if (!request) return {};
  json::Value shown;
  shown["SOPInstanceUID"] = request->control_id;
  shown["request"] = request->content_type.substr(request->content_type.find('=') + 1);
  run.sent.push_back({endpoint.name, std::make_shared<const Document>(std::move(shown))});
  const std::string lane = "instance:" + request->control_id;
  queue(run, endpoint, *std::move(request));
  run.parcels.back().lanes.push_back(lane);
  return {};
}

Next send_one(Run& run, const Destination& destination, const Endpoint& endpoint) {
  if (endpoint.kind == Endpoint::Kind::dicom_outlet) {
    if (Next stop = send_request(run, destination, endpoint)) return stop;
  } else if (destination.documents.front() == "merge.notice") {
    if (run.retired == 0) return {};
    auto notice = merge_notice(run, endpoint);
    run.sent.push_back({endpoint.name, notice.document});
    queue(run, endpoint, std::move(notice.wrapped));
  } else {
    const auto documents = outgoing(run, destination);
    if (documents.empty()) return {};
    auto wrapped = wrap(run, endpoint, documents);
    if (!wrapped) return stop_for(run, wrapped.fault());
    run.sent.push_back({endpoint.name, documents.front().document});
    if (destination.documents.front() == "received") run.received_parcels.push_back(run.parcels.size());
    queue(run, endpoint, *std::move(wrapped));
  }
  run.trace.sent.push_back(endpoint.name + ": " + destination.documents.front());
  return {};
}

Next send_each(Run& run, const Destination& destination, const Endpoint& endpoint) {
  const auto items = destination.each->items(run.scope);
  if (!items) return stop_for(run, items.fault());
  for (const Value& item : *items) {
    run.scope.bind(destination.each->variable(), item);
    Next stop = send_one(run, destination, endpoint);
    run.scope.names.pop_back();
    if (stop) return stop;
  }
  return {};
}

Next send(Run& run, const Destination& destination) {
  if (destination.when) {
    const auto wanted = destination.when->holds(run.scope);
    if (!wanted) return stop_for(run, wanted.fault());
    if (!*wanted) return {};
  }
  if (destination.endpoint == "worklist") return to_worklist(run, destination);
  const Endpoint& endpoint = run.parts.endpoints.at(destination.endpoint);
  if (destination.documents.front() == "received") {
    auto& gone = run.received_by;
    if (std::find(gone.begin(), gone.end(), endpoint.name) != gone.end()) return {};
    gone.push_back(endpoint.name);
  }
  if (endpoint.is_off) {
    run.trace.sent.push_back(endpoint.name + ": off");
    if (!run.sends_when_off) return {};
  }
  return destination.each ? send_each(run, destination, endpoint) : send_one(run, destination, endpoint);
}

}  // namespace

void add_lanes_of_all(Run& run) {
  if (run.parcels.empty() || !run.scope.message) return;
  const hl7::Message& message = *run.scope.message;
  std::vector<std::string> named, unknown;
  const auto add = [&](const Identifier& identifier, const Patient* patient) {
    if (patient)
      named.push_back(patient_lane(patient->id));
    else
      unknown.push_back(patient_lane(identifier));
  };
  for (const Identifier& each : named_patients(message, run.scope.charset)) add(each, run.book.patient(each));
  for (const Identifier& each : named_in_merges(message, run.scope.charset)) add(each, run.book.bearer(each));
  for (const std::size_t index : run.received_parcels) add_lanes(run.parcels[index], named);
  for (Parcel& each : run.parcels) add_lanes(each, unknown);
}

Next deliver(Run& run) {
  for (const Destination& destination : run.route.to)
    if (Next stop = send(run, destination)) return stop;
  return {};
}

}  // namespace pons
