#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dimse.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "adapters/dicom/command.h"
#include "adapters/dicom/data_set.h"
#include "engine/dicom/dataset.h"

namespace pons {

/// What an archive was asked.
struct Asked {
  T_DIMSE_Command command{};
  std::string calling, sop_class, sop_instance, data_set;
  int type = 0;                   // of an event or an action
  bool as_scu_of_events = false;  // the caller was taken as the provider of the class
};

/// An application entity that takes normalized requests of some classes, one association after the other, and answers
/// as the test wants.
class Archive {
 public:
  /// The status of the answer; -1: none, and the association is aborted.
  std::function<int(const Asked&)> answers = [](const Asked&) { return 0; };
  /// What it does after an answer, on the same association.
  std::function<void(T_ASC_Association*, const Asked&)> afterwards = [](T_ASC_Association*, const Asked&) {};

  explicit Archive(std::vector<const char*> classes, DcmTransportLayer* tls = nullptr)
      : classes_(std::move(classes)), is_encrypted_(tls != nullptr) {
    if (ASC_initializeNetwork(NET_ACCEPTOR, 0, 5, &network_).bad()) throw std::runtime_error("no port");
    if (tls) ASC_setTransportLayer(network_, tls, 0);
    sockaddr_in address{};
    socklen_t size = sizeof address;
    getsockname(DUL_networkSocket(network_->network), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { work(); });
  }
  ~Archive() {
    stopping_ = true;
    thread_.join();
    ASC_dropNetwork(&network_);
  }

  std::uint16_t port() const { return port_; }
  /// Waits until it was asked so often.
  std::vector<Asked> asked(std::size_t count) {
    std::unique_lock lock(mutex_);
    told_.wait_for(lock, std::chrono::seconds(20), [&] { return asked_.size() >= count; });
    return asked_;
  }
  static Asked read(T_ASC_Association* association, T_ASC_PresentationContextID context,
                    const T_DIMSE_Message& request) {
    Asked asked;
    asked.command = request.CommandField;
    T_DIMSE_DataSetType type = DIMSE_DATASET_NULL;
    switch (request.CommandField) {
      case DIMSE_N_CREATE_RQ:
        fill(asked, request.msg.NCreateRQ.AffectedSOPClassUID, request.msg.NCreateRQ.AffectedSOPInstanceUID, 0);
        type = request.msg.NCreateRQ.DataSetType;
        break;
      case DIMSE_N_SET_RQ:
        fill(asked, request.msg.NSetRQ.RequestedSOPClassUID, request.msg.NSetRQ.RequestedSOPInstanceUID, 0);
        type = request.msg.NSetRQ.DataSetType;
        break;
      case DIMSE_N_ACTION_RQ:
        fill(asked, request.msg.NActionRQ.RequestedSOPClassUID, request.msg.NActionRQ.RequestedSOPInstanceUID,
             request.msg.NActionRQ.ActionTypeID);
        type = request.msg.NActionRQ.DataSetType;
        break;
      default:
        fill(asked, request.msg.NEventReportRQ.AffectedSOPClassUID, request.msg.NEventReportRQ.AffectedSOPInstanceUID,
             request.msg.NEventReportRQ.EventTypeID);
        type = request.msg.NEventReportRQ.DataSetType;
    }
    receive_data_set(association, context, type, asked.data_set);
    return asked;
  }

 private:
  static void fill(Asked& asked, const char* sop_class, const char* sop_instance, int type) {
    asked.sop_class = sop_class;
    asked.sop_instance = sop_instance;
    asked.type = type;
  }

  void work() {
    while (!stopping_) {
      if (!ASC_associationWaiting(network_, 1)) continue;
      T_ASC_Association* association = nullptr;
      if (ASC_receiveAssociation(network_, &association, ASC_DEFAULTMAXPDU, nullptr, nullptr, is_encrypted_,
                                 DUL_NOBLOCK, 5)
              .good()) {
        accept(association);
        serve(association);
      }
      if (association) ASC_dropAssociation(association), ASC_destroyAssociation(&association);
    }
  }
  void accept(T_ASC_Association* association) {
    const char* syntaxes[] = {UID_LittleEndianImplicitTransferSyntax};
    T_ASC_PresentationContext proposed{};
    for (int i = 0; i < ASC_countPresentationContexts(association->params); ++i) {
      ASC_getPresentationContext(association->params, i, &proposed);
      ASC_acceptContextsWithPreferredTransferSyntaxes(
          association->params, classes_.data(), static_cast<int>(classes_.size()), syntaxes, 1, proposed.proposedRole);
    }
    ASC_acknowledgeAssociation(association);
  }
  void serve(T_ASC_Association* association) {
    while (!stopping_) {
      T_DIMSE_Message request{};
      T_ASC_PresentationContextID context = 0;
      const OFCondition received = receive_command(association, 1, context, request);
      if (received == DIMSE_NODATAAVAILABLE) continue;
      if (received == DUL_PEERREQUESTEDRELEASE) ASC_acknowledgeRelease(association);
      if (received.bad()) return;
      if (request.CommandField & 0x8000) continue;  // the answer to what it did afterwards
      Asked asked = read(association, context, request);
      DIC_AE calling{};
      ASC_getAPTitles(association->params, calling, sizeof calling, nullptr, 0, nullptr, 0);
      asked.calling = calling;
      T_ASC_PresentationContext agreed{};
      ASC_findAcceptedPresentationContext(association->params, context, &agreed);
      asked.as_scu_of_events = agreed.acceptedRole == ASC_SC_ROLE_SCP;
      const int status = answers(asked);
      {
        std::lock_guard lock(mutex_);
        asked_.push_back(asked);
      }
      told_.notify_all();
      if (status < 0) {
        ASC_abortAssociation(association);
        return;
      }
      answer(association, context, request, static_cast<DIC_US>(status));
      afterwards(association, asked);
    }
    ASC_abortAssociation(association);
  }
  template <class Response>
  static void fill(Response& response, DIC_US id, DIC_US status) {
    response.MessageIDBeingRespondedTo = id;
    response.DimseStatus = status;
    response.DataSetType = DIMSE_DATASET_NULL;
  }
  static void answer(T_ASC_Association* association, T_ASC_PresentationContextID context,
                     const T_DIMSE_Message& request, DIC_US status) {
    T_DIMSE_Message response{};
    response.CommandField = static_cast<T_DIMSE_Command>(request.CommandField | 0x8000);
    if (request.CommandField == DIMSE_N_CREATE_RQ)
      fill(response.msg.NCreateRSP, request.msg.NCreateRQ.MessageID, status);
    else if (request.CommandField == DIMSE_N_SET_RQ)
      fill(response.msg.NSetRSP, request.msg.NSetRQ.MessageID, status);
    else if (request.CommandField == DIMSE_N_ACTION_RQ)
      fill(response.msg.NActionRSP, request.msg.NActionRQ.MessageID, status);
    else
      fill(response.msg.NEventReportRSP, request.msg.NEventReportRQ.MessageID, status);
    DIMSE_sendMessageUsingMemoryData(association, context, &response, nullptr, nullptr, nullptr, nullptr);
  }

  std::vector<const char*> classes_;
  const bool is_encrypted_;
  T_ASC_Network* network_ = nullptr;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::condition_variable told_;
  std::vector<Asked> asked_;
  std::thread thread_;
};

}  // namespace pons
