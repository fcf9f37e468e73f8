#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "adapters/dicom/commitment_scp.h"
#include "adapters/dicom/idle_associations.h"
#include "adapters/dicom/imaging_event_scp.h"
#include "adapters/dicom/mpps_retrieve_scp.h"
#include "adapters/dicom/store_scp.h"
#include "adapters/dicom/tls.h"
#include "adapters/dicom/user_identity.h"
#include "adapters/dicom/worklist_scp.h"
#include "engine/base/time.h"
#include "engine/ports/inlet.h"
#include "engine/ports/worklist.h"

struct T_ASC_Network;
struct T_ASC_Association;

namespace pons {

/// DICOM services under one AE title: Verification, Modality Worklist, Modality Performed Procedure Step and its
/// Retrieve, Instance Availability Notification, Storage of headers, Storage
/// Commitment. A thread an association, and always one more
/// that waits for the next, so that a client that connects and says nothing does not keep the others waiting. Where all
/// threads are taken, an idle association gives way.
class DicomInlet final : public Inlet {
 public:
  struct Settings {
    std::string ae_title = "PONS";
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;    // 0: any that is free
    KnownStations stations{};  // who may call
    bool lets_anybody_call = false;
    std::size_t limit = 500;  // answers to one query
    WorklistPolicy policy{};
    std::map<std::string, WorklistPolicy> callers{};  // as WorklistScp::Settings
    std::optional<Zone> zone = Zone();                // of the worklist's dates and times; nothing: they are of several
    std::set<std::string> strict_mpps{};              // as ImagingEventScp
    std::set<std::string> storing{};                  // the AE titles that may store
    std::set<std::string> committing{};               // that may ask for storage commitment
    std::set<std::string> archives{};                 // that answer our own requests for it, and may call
    std::map<std::string, DicomUser> users{};         // who an AE must say that it is; none: that is not looked at
    std::optional<DicomTls> tls{};                    // none: anybody on the way can read
    std::shared_ptr<AskingAssociations> asking = std::make_shared<AskingAssociations>();  // shared with outlets
    std::size_t threads = 256;  // at most: associations at the same time
    int acse_timeout = 5;       // seconds, from connecting to the association request
    int idle_timeout = 600;     // seconds between two requests of an association
  };

  /// `performed`: null: MPPS Retrieve is not offered.
  DicomInlet(Settings settings, Worklist& worklist, Counter& counter, const Clock& clock,
             PerformedSteps* performed = nullptr);
  ~DicomInlet() override;

  /// Who may call and what each may do, from the next association on; those that are open go on as they began. Where it
  /// listens, and as whom, stays.
  void use(Settings settings);

  void stop() override;
  std::string address() const override;
  std::uint16_t port() const { return port_; }

 private:
  void listen();
  /// One generation of the settings, and the services that depend on them.
  struct Services {
    Services(Settings given, Worklist& worklist, Counter& counter, const Clock& clock);
    const Settings settings;
    const WorklistScp worklist;
    const ImagingEventScp mpps;
  };

  std::shared_ptr<const Services> services() const;
  class Threshold;
  void wait_for_associations();
  /// requires door_. Leaves somebody to watch after him. False: the door closes.
  bool somebody_calls();
  bool negotiate(T_ASC_Association* association, const Settings& settings);
  bool accept_contexts(T_ASC_Association* association, const std::string& calling, const Settings& settings) const;
  void serve(T_ASC_Association* association, const Services& services);
  OFCondition answer(T_ASC_Association* association, T_ASC_PresentationContextID context,
                     const T_DIMSE_Message& request, const Services& services, AskingAssociations::Line& line);

  const Settings settings_;  // as it was opened: of these, where it listens, how long it waits and who asks
  Worklist& worklist_;
  Counter& counter_;
  const Clock& clock_;
  const StoreScp store_;
  const CommitmentScp commitment_;
  const std::optional<MppsRetrieveScp> retrieve_;
  std::unique_ptr<DcmTransportLayer> transport_;
  T_ASC_Network* network_ = nullptr;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::size_t> free_threads_ = 0;  // that watch the door, or wait to watch it

  IdleAssociations idle_;

  mutable std::mutex use_;  // guards what follows
  std::shared_ptr<const Services> services_;

  std::mutex door_;  // held by the one that watches, until the caller is in; guards what follows
  std::unique_lock<std::mutex>* at_door_ = nullptr;
  std::vector<std::thread> threads_;  // grows with the associations
};

}  // namespace pons
