#include "adapters/dicom/inlet.h"

#include <arpa/inet.h>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dcmlayer.h>
#include <dcmtk/dcmnet/dimse.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <stdexcept>

#include "adapters/dicom/command.h"
#include "adapters/dicom/dcmtk_settings.h"
#include "adapters/dicom/peer.h"
#include "adapters/dicom/prompt_transport.h"
#include "adapters/dicom/unrecognized.h"
#include "adapters/dicom/worklist_negotiation.h"
#include "engine/base/threads.h"

namespace pons {

namespace {

constexpr auto kAtTheDoor = std::chrono::milliseconds(100);  // before one who could not be let in is looked at again

int bound_socket(const std::string& host, std::uint16_t port) {
  const int listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    close(listening);
    throw std::runtime_error(
        fmt::format("dicom cannot listen on \"{}\"; write an IPv4 address, 0.0.0.0 for all", host));
  }
  if (bind(listening, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(listening, 128) != 0) {
    close(listening);
    throw std::runtime_error(fmt::format("dicom cannot listen on {}:{}: {}", host, port, std::strerror(errno)));
  }
  return listening;
}

std::uint16_t port_of(int listening) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

void reject(T_ASC_Association* association, T_ASC_RejectParametersReason reason) {
  const T_ASC_RejectParameters parameters{ASC_RESULT_REJECTEDPERMANENT, ASC_SOURCE_SERVICEUSER, reason};
  ASC_rejectAssociation(association, &parameters);
}

bool accept(T_ASC_Association* association, std::vector<const char*> classes, std::vector<const char*> syntaxes,
            T_ASC_SC_ROLE role = ASC_SC_ROLE_DEFAULT) {
  return ASC_acceptContextsWithPreferredTransferSyntaxes(association->params, classes.data(),
                                                         static_cast<int>(classes.size()), syntaxes.data(),
                                                         static_cast<int>(syntaxes.size()), role)
      .good();
}

/// Who asks for commitment is its user, who reports is its provider; what an AE is may be decided by what it sends.
T_ASC_SC_ROLE commitment_role(const T_ASC_Association& association) {
  T_ASC_PresentationContext proposed{};
  for (int i = 0; i < ASC_countPresentationContexts(association.params); ++i)
    if (ASC_getPresentationContext(association.params, i, &proposed).good() &&
        proposed.abstractSyntax == std::string_view(UID_StorageCommitmentPushModelSOPClass))
      return proposed.proposedRole;
  return ASC_SC_ROLE_DEFAULT;
}

/// An echo is answered wherever it comes.
bool is_agreed(T_ASC_Association* association, T_ASC_PresentationContextID context, T_DIMSE_Command command) {
  T_ASC_PresentationContext agreed{};
  if (ASC_findAcceptedPresentationContext(association->params, context, &agreed).bad()) return false;
  const std::string_view sop_class = agreed.abstractSyntax;
  if (command == DIMSE_C_FIND_RQ) return sop_class == UID_FINDModalityWorklistInformationModel;
  if (command == DIMSE_N_CREATE_RQ && sop_class == UID_InstanceAvailabilityNotificationSOPClass) return true;
  if (command == DIMSE_N_CREATE_RQ || command == DIMSE_N_SET_RQ)
    return sop_class == UID_ModalityPerformedProcedureStepSOPClass;
  if (command == DIMSE_N_ACTION_RQ || command == DIMSE_N_EVENT_REPORT_RQ)
    return sop_class == UID_StorageCommitmentPushModelSOPClass;
  if (command == DIMSE_C_STORE_RQ) return is_storage(sop_class);
  if (command == DIMSE_N_GET_RQ) return sop_class == UID_ModalityPerformedProcedureStepRetrieveSOPClass;
  return true;
}

bool knows(const DicomInlet::Settings& settings, const std::string& calling) {
  return settings.lets_anybody_call || settings.stations.contains(calling) || settings.archives.contains(calling);
}

}  // namespace

DicomInlet::DicomInlet(Settings settings, Worklist& worklist, Counter& counter, const Clock& clock,
                       PerformedSteps* performed)
    : settings_(std::move(settings)),
      worklist_(worklist),
      counter_(counter),
      clock_(clock),
      store_(counter, clock),
      commitment_(counter, clock),
      retrieve_(performed ? std::optional<MppsRetrieveScp>(*performed) : std::nullopt) {
  use(settings_);
  prepare_dcmtk();
  listen();
  std::lock_guard lock(door_);
  threads_.emplace_back([this] { wait_for_associations(); });
}

DicomInlet::~DicomInlet() {
  stop();
}

DicomInlet::Services::Services(Settings given, Worklist& items, Counter& counter, const Clock& clock)
    : settings(std::move(given)),
      worklist({settings.stations, settings.limit, settings.policy, settings.callers, settings.zone.value_or(Zone())},
               items),
      mpps(settings.strict_mpps, counter, clock) {}

void DicomInlet::use(Settings settings) {
  auto services = std::make_shared<const Services>(std::move(settings), worklist_, counter_, clock_);
  std::lock_guard lock(use_);
  services_ = std::move(services);
}

std::shared_ptr<const DicomInlet::Services> DicomInlet::services() const {
  std::lock_guard lock(use_);
  return services_;
}

std::string DicomInlet::address() const {
  return fmt::format("dicom://{}:{} {}{}", settings_.host, port_, settings_.ae_title, settings_.tls ? " TLS" : "");
}

/// Opens the door as soon as the caller has been taken in, before anything is read from him.
class DicomInlet::Threshold final : public DcmTransportLayer {
 public:
  Threshold(DicomInlet& inlet, std::unique_ptr<DcmTransportLayer> layer) : inlet_(inlet), layer_(std::move(layer)) {}

  DcmTransportConnection* createConnection(DcmNativeSocketType socket, OFBool is_secure) override {
    std::exchange(inlet_.at_door_, nullptr)->unlock();
    return layer_->createConnection(socket, is_secure);
  }

 private:
  DicomInlet& inlet_;
  const std::unique_ptr<DcmTransportLayer> layer_;
};

void DicomInlet::listen() {
  std::unique_ptr<DcmTransportLayer> layer;
  if (settings_.tls)
    layer = tls_layer(*settings_.tls);
  else
    layer = std::make_unique<PromptTransport>();
  transport_ = std::make_unique<Threshold>(*this, std::move(layer));
  // DCMTK listens on every address; it takes a socket of ours in place of its own.
  const int listening = bound_socket(settings_.host, settings_.port);
  port_ = port_of(listening);
  if (const OFCondition made = ASC_initializeNetwork(NET_ACCEPTOR, 0, settings_.acse_timeout, &network_); made.bad())
    throw std::runtime_error(fmt::format("dicom cannot listen: {}", made.text()));
  dup2(listening, DUL_networkSocket(network_->network));
  close(listening);
  ASC_setTransportLayer(network_, transport_.get(), 0);
}

void DicomInlet::wait_for_associations() {
  while (true) {
    ++free_threads_;
    std::unique_lock door(door_);
    if (!somebody_calls()) return;
    // Until he is in, nobody else watches: others would take the same caller for theirs.
    at_door_ = &door;
    T_ASC_Association* association = nullptr;
    const OFCondition received = ASC_receiveAssociation(network_, &association, ASC_DEFAULTMAXPDU, nullptr, nullptr,
                                                        settings_.tls.has_value(), DUL_NOBLOCK, settings_.acse_timeout);
    if (door) {  // he went away at the door, or there is no file for him
      std::this_thread::sleep_for(kAtTheDoor);
      door.unlock();
    }
    try {
      const auto services = this->services();
      if (received.good() && negotiate(association, services->settings)) serve(association, *services);
    } catch (const std::exception&) {
      // More than fits into memory, or a bug of ours: whoever is not answered asks again, and nobody else shall suffer.
      spdlog::error("dicom: no memory, or a bug in the engine: an association was aborted");
      ASC_abortAssociation(association);
    }
    if (association) {
      idle_.remove(*association);
      ASC_dropAssociation(association);
      ASC_destroyAssociation(&association);
    }
  }
}

bool DicomInlet::somebody_calls() {
  while (!stopping_ && !ASC_associationWaiting(network_, 1)) {
  }
  --free_threads_;
  if (stopping_) return false;
  if (free_threads_ > 0) return true;
  if (threads_.size() >= settings_.threads || !add_thread(threads_, [this] { wait_for_associations(); }))
    idle_.one_gives_way();
  return true;
}

bool DicomInlet::negotiate(T_ASC_Association* association, const Settings& settings) {
  char calling[DUL_LEN_TITLE + 1]{}, called[DUL_LEN_TITLE + 1]{};
  ASC_getAPTitles(association->params, calling, sizeof calling, called, sizeof called, nullptr, 0);
  if (!*called && !*calling) return false;  // connected, and went without asking for anything
  if (called != settings.ae_title) {
    spdlog::warn("dicom: {} called {}, not {}: refused", calling, called, settings.ae_title);
    reject(association, ASC_REASON_SU_CALLEDAETITLENOTRECOGNIZED);
    return false;
  }
  if (!knows(settings, calling)) {
    spdlog::warn("dicom: the AE title {} is not known: refused", calling);
    reject(association, ASC_REASON_SU_CALLINGAETITLENOTRECOGNIZED);
    return false;
  }
  if (const auto user = settings.users.find(calling);
      user != settings.users.end() && !is_user(*association, user->second)) {
    spdlog::warn("dicom: {} does not say that it is the user {}: refused", calling, user->second.name);
    reject(association, ASC_REASON_SU_NOREASON);
    return false;
  }
  answer_worklist_negotiation(association, settings.zone.has_value());
  return accept_contexts(association, calling, settings);
}

bool DicomInlet::accept_contexts(T_ASC_Association* association, const std::string& calling,
                                 const Settings& settings) const {
  std::vector<const char*> classes{UID_VerificationSOPClass, UID_FINDModalityWorklistInformationModel,
                                   UID_ModalityPerformedProcedureStepSOPClass,
                                   UID_InstanceAvailabilityNotificationSOPClass};
  if (retrieve_) classes.push_back(UID_ModalityPerformedProcedureStepRetrieveSOPClass);
  const std::vector<const char*> syntaxes{UID_LittleEndianExplicitTransferSyntax,
                                          UID_LittleEndianImplicitTransferSyntax};
  if (!accept(association, classes, syntaxes)) return false;
  if (settings.committing.contains(calling) || settings.archives.contains(calling))
    if (!accept(association, {UID_StorageCommitmentPushModelSOPClass}, syntaxes, commitment_role(*association)))
      return false;
  if (settings.storing.contains(calling) && !accept(association, storage_classes(), storage_syntaxes())) return false;
  return ASC_acknowledgeAssociation(association).good();
}

void DicomInlet::serve(T_ASC_Association* association, const Services& services) {
  AskingAssociations::Line line(*settings_.asking);
  for (int idle = 0; !stopping_ && idle < settings_.idle_timeout;) {
    T_DIMSE_Message request{};
    std::vector<DIC_US> attributes;
    T_ASC_PresentationContextID context = 0;
    idle_.add(*association);
    const OFCondition received = receive_command(association, 1, context, request, &attributes);
    if (received == DIMSE_NODATAAVAILABLE) {
      ++idle;
      if (CommitmentScp::tell(association, line).bad()) break;
      continue;
    }
    idle_.remove(*association);
    if (received == DUL_PEERREQUESTEDRELEASE) {
      ASC_acknowledgeRelease(association);
      return;
    }
    if (received == DUL_PEERABORTEDASSOCIATION) return;
    if (received.bad() || answer(association, context, request, services, line).bad()) break;
    idle = 0;
  }
  ASC_abortAssociation(association);
}

OFCondition DicomInlet::answer(T_ASC_Association* association, T_ASC_PresentationContextID context,
                               const T_DIMSE_Message& request, const Services& services,
                               AskingAssociations::Line& line) {
  if (!is_agreed(association, context, request.CommandField)) return answer_unrecognized(association, context, request);
  switch (request.CommandField) {
    case DIMSE_C_ECHO_RQ:
      return DIMSE_sendEchoResponse(association, context, &request.msg.CEchoRQ, STATUS_Success, nullptr);
    case DIMSE_C_STORE_RQ:
      return store_.store(association, context, request.msg.CStoreRQ);
    case DIMSE_C_FIND_RQ:
      return services.worklist.find(association, context, request.msg.CFindRQ);
    case DIMSE_C_CANCEL_RQ:
      return EC_Normal;  // of a query that was answered already
    case DIMSE_N_CREATE_RQ:
      return services.mpps.create(association, context, request.msg.NCreateRQ);
    case DIMSE_N_SET_RQ:
      return services.mpps.set(association, context, request.msg.NSetRQ);
    case DIMSE_N_ACTION_RQ:
      return commitment_.act(association, context, request.msg.NActionRQ, line);
    case DIMSE_N_EVENT_REPORT_RSP:
      return CommitmentScp::told(association, context, request.msg.NEventReportRSP, line);
    case DIMSE_N_EVENT_REPORT_RQ:
      return commitment_.report(association, context, request.msg.NEventReportRQ, peer_of(*association).ae_title);
    case DIMSE_N_GET_RQ:
      return retrieve_->get(association, context, request.msg.NGetRQ);
    default:
      return answer_unrecognized(association, context, request);
  }
}

void DicomInlet::stop() {
  if (stopping_.exchange(true)) return;
  shutdown(DUL_networkSocket(network_->network), SHUT_RDWR);  // wakes the one that watches it
  std::vector<std::thread> threads;
  {
    std::lock_guard lock(door_);  // from here on there is no new one
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
  ASC_dropNetwork(&network_);
}

}  // namespace pons
