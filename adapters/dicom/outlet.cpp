#include "adapters/dicom/outlet.h"

#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmnet/dcmlayer.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "adapters/dicom/command.h"
#include "adapters/dicom/verdict.h"
#include "engine/dicom/dataset.h"
#include "engine/ports/store.h"

namespace pons {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr Duration kSilentWithin = 3s;  // of the association on which it was asked; an association looks each second

Delivery ended(Delivery::Outcome outcome, std::string text) {
  Delivery delivery;
  delivery.outcome = outcome;
  delivery.text = std::move(text);
  return delivery;
}

/// How a parcel is asked for.
struct Request {
  const char* sop_class;
  T_DIMSE_Command command;
  bool has_dataset = true;

  /// Of an event the provider tells.
  bool is_report() const { return command == DIMSE_N_EVENT_REPORT_RQ; }
};

std::optional<Request> request_of(const Parcel& parcel) {
  if (parcel.content_type == Parcel::kMppsCreate)
    return Request{UID_ModalityPerformedProcedureStepSOPClass, DIMSE_N_CREATE_RQ};
  if (parcel.content_type == Parcel::kMppsSet)
    return Request{UID_ModalityPerformedProcedureStepSOPClass, DIMSE_N_SET_RQ};
  if (parcel.content_type == Parcel::kAvailability)
    return Request{UID_InstanceAvailabilityNotificationSOPClass, DIMSE_N_CREATE_RQ};
  if (parcel.content_type == Parcel::kCommitment)
    return Request{UID_StorageCommitmentPushModelSOPClass, DIMSE_N_ACTION_RQ};
  if (parcel.content_type == Parcel::kCommitmentResult)
    return Request{UID_StorageCommitmentPushModelSOPClass, DIMSE_N_EVENT_REPORT_RQ};
  if (parcel.content_type == Parcel::kMppsNotification)
    return Request{UID_ModalityPerformedProcedureStepNotificationSOPClass, DIMSE_N_EVENT_REPORT_RQ, false};
  return {};
}

template <std::size_t N>
void put(char (&place)[N], const std::string& text) {
  OFStandard::strlcpy(place, text.c_str(), N);
}

/// A notification's is its document.
DIC_US event_type(const Parcel& parcel) {
  if (parcel.content_type == Parcel::kMppsNotification) return static_cast<DIC_US>(std::stoi(parcel.document));
  return commitment_event(parcel.document);
}

T_DIMSE_Message message_of(const Request& request, const Parcel& parcel) {
  T_DIMSE_Message message{};
  message.CommandField = request.command;
  const auto type = request.has_dataset ? DIMSE_DATASET_PRESENT : DIMSE_DATASET_NULL;
  if (request.command == DIMSE_N_CREATE_RQ) {
    auto& create = message.msg.NCreateRQ;
    create.MessageID = 1;
    create.DataSetType = type;
    create.opts = O_NCREATE_AFFECTEDSOPINSTANCEUID;
    put(create.AffectedSOPClassUID, request.sop_class);
    put(create.AffectedSOPInstanceUID, parcel.control_id);
  } else if (request.command == DIMSE_N_SET_RQ) {
    auto& set = message.msg.NSetRQ;
    set.MessageID = 1;
    set.DataSetType = type;
    put(set.RequestedSOPClassUID, request.sop_class);
    put(set.RequestedSOPInstanceUID, parcel.control_id);
  } else if (request.command == DIMSE_N_ACTION_RQ) {
    auto& action = message.msg.NActionRQ;
    action.MessageID = 1;
    action.DataSetType = type;
    action.ActionTypeID = 1;
    put(action.RequestedSOPClassUID, request.sop_class);
    put(action.RequestedSOPInstanceUID, UID_StorageCommitmentPushModelSOPInstance);
  } else {
    auto& report = message.msg.NEventReportRQ;
    report.MessageID = 1;
    report.DataSetType = type;
    report.EventTypeID = event_type(parcel);
    put(report.AffectedSOPClassUID, request.sop_class);
    put(report.AffectedSOPInstanceUID,
        request.has_dataset ? UID_StorageCommitmentPushModelSOPInstance : parcel.control_id);
  }
  return message;
}

/// The status of a response; nothing for what is none.
std::optional<std::uint16_t> status_of(const T_DIMSE_Message& message) {
  switch (message.CommandField) {
    case DIMSE_N_CREATE_RSP:
      return message.msg.NCreateRSP.DimseStatus;
    case DIMSE_N_SET_RSP:
      return message.msg.NSetRSP.DimseStatus;
    case DIMSE_N_ACTION_RSP:
      return message.msg.NActionRSP.DimseStatus;
    case DIMSE_N_EVENT_REPORT_RSP:
      return message.msg.NEventReportRSP.DimseStatus;
    default:
      return {};
  }
}

}  // namespace

DicomOutlet::DicomOutlet(Settings settings, Counter& counter, const Clock& clock)
    : settings_(std::move(settings)),
      counter_(counter),
      clock_(clock),
      commitment_(counter, clock),
      tls_(settings_.to.tls ? tls_layer(*settings_.to.tls) : nullptr) {}

DicomOutlet::~DicomOutlet() = default;

Delivery DicomOutlet::send(const Parcel& parcel) {
  Delivery delivery = attempt(parcel);
  const bool is_refused = delivery.outcome == Delivery::Outcome::refused;
  if (parcel.content_type == Parcel::kCommitment && is_refused && !tell_refusal(parcel))
    delivery.outcome = Delivery::Outcome::unavailable;
  return delivery;
}

Delivery DicomOutlet::attempt(const Parcel& parcel) const {
  const auto request = request_of(parcel);
  if (!request) return ended(Delivery::Outcome::refused, "DICOM does not carry " + parcel.content_type);
  auto dataset = request->has_dataset ? dicom::Dataset::native_from_bytes(parcel.document)
                                      : Result<std::unique_ptr<DcmDataset>>(nullptr);
  if (!dataset) return ended(Delivery::Outcome::refused, dataset.fault().text);
  const Deadline deadline = steady_clock::now() + settings_.reply_within;
  if (parcel.content_type == Parcel::kCommitmentResult && settings_.asking)
    if (auto told = settings_.asking->send(parcel, std::min(deadline, steady_clock::now() + kSilentWithin), deadline,
                                           stopping_))
      return *std::move(told);
  DicomCall call(settings_.to, tls_.get(), seconds_until(deadline), request->sop_class, request->is_report());
  if (call.failed()) return not_connected(call.reason());
  if (!call.takes_class())
    return ended(Delivery::Outcome::refused, settings_.to.called + " does not take this SOP Class");
  T_DIMSE_Message message = message_of(*request, parcel);
  if (!call.send(message, dataset->get()))
    return ended(Delivery::Outcome::unknown, "the association was lost while it was sent");
  Delivery delivery = await_answer(call, deadline);
  if (parcel.content_type == Parcel::kCommitment && delivery.outcome == Delivery::Outcome::delivered)
    await_result(call, std::min(deadline, steady_clock::now() + settings_.result_within));
  return delivery;
}

Delivery DicomOutlet::await_answer(DicomCall& call, Deadline deadline) const {
  while (!stopping_ && steady_clock::now() < deadline) {
    T_DIMSE_Message response{};
    T_ASC_PresentationContextID context = 0;
    const OFCondition received = receive_command(call.association(), 1, context, response);
    if (received == DIMSE_NODATAAVAILABLE) continue;
    const auto status = received.good() ? status_of(response) : std::nullopt;
    if (!status) {
      call.give_up();
      return ended(Delivery::Outcome::unknown, "the association was lost before the answer");
    }
    return dicom_verdict(*status);
  }
  call.give_up();
  return ended(Delivery::Outcome::unknown,
               stopping_ ? "the engine stopped before the answer came" : "no answer in time");
}

void DicomOutlet::await_result(DicomCall& call, Deadline deadline) const {
  while (!stopping_ && steady_clock::now() < deadline) {
    T_DIMSE_Message request{};
    T_ASC_PresentationContextID context = 0;
    const OFCondition received = receive_command(call.association(), 1, context, request);
    if (received == DIMSE_NODATAAVAILABLE) continue;
    const bool is_report = received.good() && request.CommandField == DIMSE_N_EVENT_REPORT_RQ;
    if (!is_report ||
        commitment_.report(call.association(), context, request.msg.NEventReportRQ, settings_.to.called).bad())
      call.give_up();
    return;
  }
}

bool DicomOutlet::tell_refusal(const Parcel& parcel) const {
  Envelope result;
  result.kind = Envelope::Kind::commitment_result;
  result.inlet = "dicom";
  result.peer = settings_.to.called;
  result.bytes = std::make_shared<const std::string>(failed_commitment(parcel.document));
  result.arrived = clock_.now();
  result.attributes = {{"calling", settings_.to.called}};
  try {
    const Receipt told = counter_.accept(std::move(result));
    if (!told.took_effect())
      spdlog::error("{}: it refuses to commit, and whoever asked cannot be told (message {})", settings_.to.called,
                    told.message);
    return true;
  } catch (const StoreLost&) {
    return false;
  }
}

}  // namespace pons
