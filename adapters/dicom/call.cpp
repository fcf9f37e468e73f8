#include "adapters/dicom/call.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/dicom/dcmtk_settings.h"

namespace pons {

namespace {

/// "Result: Rejected Permanent, Source: …" on one line.
std::string rejection(const T_ASC_Parameters& parameters) {
  T_ASC_RejectParameters rejected{};
  ASC_getRejectParameters(const_cast<T_ASC_Parameters*>(&parameters), &rejected);
  OFString text;
  ASC_printRejectParameters(text, &rejected);
  std::string line(text.c_str());
  for (char& each : line)
    if (each == '\n') each = ' ';
  return "rejected: " + line;
}

}  // namespace

int seconds_until(std::chrono::steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::seconds>(deadline - std::chrono::steady_clock::now());
  return std::max(1, static_cast<int>(left.count()));
}

DicomCall::DicomCall(const DicomDestination& whom, DcmTransportLayer* transport, int seconds, const char* sop_class,
                     bool as_provider) {
  prepare_dcmtk();
  constexpr T_ASC_PresentationContextID kContext = 1;
  const char* syntaxes[] = {UID_LittleEndianExplicitTransferSyntax, UID_LittleEndianImplicitTransferSyntax};
  const std::string address = fmt::format("{}:{}", whom.host, whom.port);
  T_ASC_Parameters* parameters = nullptr;
  if (ASC_initializeNetwork(NET_REQUESTOR, 0, seconds, &network_).bad() ||
      ASC_createAssociationParameters(&parameters, ASC_DEFAULTMAXPDU).bad()) {
    reason_ = "no network";
    return;
  }
  if (transport) {
    ASC_setTransportLayer(network_, transport, 0);
    ASC_setTransportLayerType(parameters, OFTrue);
  }
  ASC_setAPTitles(parameters, whom.calling.c_str(), whom.called.c_str(), nullptr);
  if (whom.user) ASC_setIdentRQUserPassword(parameters, whom.user->name.c_str(), whom.user->password.c_str(), OFFalse);
  ASC_setPresentationAddresses(parameters, "localhost", address.c_str());
  ASC_addPresentationContext(parameters, kContext, sop_class, syntaxes, 2,
                             as_provider ? ASC_SC_ROLE_SCP : ASC_SC_ROLE_DEFAULT);
  const OFCondition requested =
      ASC_requestAssociation(network_, parameters, &association_, nullptr, nullptr, DUL_NOBLOCK, seconds);
  is_open_ = requested.good();
  if (is_open_)
    context_ = ASC_findAcceptedPresentationContextID(association_, sop_class);
  else
    reason_ = requested == DUL_ASSOCIATIONREJECTED ? rejection(*parameters) : requested.text();
  if (!association_) ASC_destroyAssociationParameters(&parameters);
}

DicomCall::~DicomCall() {
  if (is_open_ && is_broken_) ASC_abortAssociation(association_);
  if (is_open_ && !is_broken_) ASC_releaseAssociation(association_);
  if (association_) ASC_destroyAssociation(&association_);
  if (network_) ASC_dropNetwork(&network_);
}

bool DicomCall::send(T_DIMSE_Message& message, DcmDataset* dataset) {
  const OFCondition sent =
      DIMSE_sendMessageUsingMemoryData(association_, context_, &message, nullptr, dataset, nullptr, nullptr);
  if (sent.bad()) give_up();
  return sent.good();
}

}  // namespace pons
