#include "adapters/dicom/outlet.h"

#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmnet/dcmlayer.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "adapters/dicom/command.h"
#include "engine/dicom/dataset.h"

namespace pons {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::uint16_t kDuplicate = 0x0111, kResourceLimitation = 0x0213;

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
  bool is_report = false;  // an event of which we tell: we are the SCP
};

std::optional<Request> request_of(const Parcel& parcel) {
  if (parcel.content_type == Parcel::kMppsCreate)
    return Request{UID_ModalityPerformedProcedureStepSOPClass, DIMSE_N_CREATE_RQ};
  if (parcel.content_type == Parcel::kMppsSet)
    return Request{UID_ModalityPerformedProcedureStepSOPClass, DIMSE_N_SET_RQ};
  if (parcel.content_type == Parcel::kAvailability)
    return Request{UID_InstanceAvailabilityNotificationSOPClass, DIMSE_N_CREATE_RQ};
  if (parcel.content_type == Parcel::kMppsNotification)
    return Request{UID_ModalityPerformedProcedureStepNotificationSOPClass, DIMSE_N_EVENT_REPORT_RQ, true};
  return {};
}

template <std::size_t N>
void put(char (&place)[N], const std::string& text) {
  OFStandard::strlcpy(place, text.c_str(), N);
}

T_DIMSE_Message message_of(const Request& request, const Parcel& parcel) {
  T_DIMSE_Message message{};
  message.CommandField = request.command;
  const auto type = request.is_report ? DIMSE_DATASET_NULL : DIMSE_DATASET_PRESENT;
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
  } else {
    auto& report = message.msg.NEventReportRQ;
    report.MessageID = 1;
    report.DataSetType = type;
    report.EventTypeID = static_cast<DIC_US>(std::stoi(parcel.document));
    put(report.AffectedSOPClassUID, request.sop_class);
    put(report.AffectedSOPInstanceUID, parcel.control_id);
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
    case DIMSE_N_EVENT_REPORT_RSP:
      return message.msg.NEventReportRSP.DimseStatus;
    default:
      return {};
  }
}

/// PS3.7 annex C: 0001H, 0107H, 0116H and BxxxH are warnings; A7xxH and 0213H are for later.
Delivery conclude(std::uint16_t status) {
  Delivery delivery = ended(Delivery::Outcome::refused, fmt::format("status {:04X}H", status));
  if (status == kDuplicate) delivery.text += ", it has it already";
  const bool is_warning = status == 0x0001 || status == 0x0107 || status == 0x0116 || status >> 12 == 0xB;
  if (status == 0 || is_warning || status == kDuplicate)
    delivery.outcome = Delivery::Outcome::delivered;
  else if (status >> 8 == 0xA7 || status == kResourceLimitation)
    delivery.outcome = Delivery::Outcome::unavailable;
  return delivery;
}

int seconds_until(steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::seconds>(deadline - steady_clock::now());
  return std::max(1, static_cast<int>(left.count()));
}

}  // namespace

DicomOutlet::DicomOutlet(Settings settings)
    : settings_(std::move(settings)), tls_(settings_.tls ? tls_layer(*settings_.tls) : nullptr) {}

DicomOutlet::~DicomOutlet() = default;

Delivery DicomOutlet::send(const Parcel& parcel) {
  const auto request = request_of(parcel);
  if (!request) return ended(Delivery::Outcome::refused, "DICOM does not carry " + parcel.content_type);
  auto dataset = request->is_report ? Result<std::unique_ptr<DcmDataset>>(nullptr)
                                    : dicom::Dataset::native_from_bytes(parcel.document);
  if (!dataset) return ended(Delivery::Outcome::refused, dataset.fault().text);
  const Deadline deadline = steady_clock::now() + settings_.reply_within;
  DicomCall call(
      {settings_.host, settings_.port, settings_.called, settings_.calling, seconds_until(deadline), tls_.get()},
      request->sop_class, request->is_report);
  if (call.failed()) return ended(Delivery::Outcome::unavailable, "not connected: " + call.reason());
  if (!call.takes_class()) return ended(Delivery::Outcome::refused, settings_.called + " does not take this SOP Class");
  T_DIMSE_Message message = message_of(*request, parcel);
  if (!call.send(message, dataset->get()))
    return ended(Delivery::Outcome::unknown, "the association was lost while it was sent");
  return await_answer(call, deadline);
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
    return conclude(*status);
  }
  call.give_up();
  return ended(Delivery::Outcome::unknown,
               stopping_ ? "the engine stopped before the answer came" : "no answer in time");
}

}  // namespace pons
