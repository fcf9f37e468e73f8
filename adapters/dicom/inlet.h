#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "adapters/dicom/worklist_query.h"
#include "engine/ports/inlet.h"
#include "engine/ports/worklist.h"

struct T_ASC_Network;
struct T_ASC_Association;

namespace pons {

/// DICOM services under one AE title: Verification and Modality Worklist. A thread an association; several wait for the
/// next one, so a client that connects and says nothing does not keep the others waiting.
class DicomInlet final : public Inlet {
 public:
  struct Settings {
    std::string ae_title = "PONS";
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;   // 0: any that is free
    KnownStations stations;   // who may call
    std::size_t limit = 500;  // answers to one query
    std::size_t threads = 32;
    int acse_timeout = 5;    // seconds, from connecting to the association request
    int idle_timeout = 600;  // seconds between two requests of an association
  };

  DicomInlet(Settings settings, Worklist& worklist);
  ~DicomInlet() override;

  void stop() override;
  std::string address() const override;
  std::uint16_t port() const { return port_; }

 private:
  void listen();
  void wait_for_associations();
  bool negotiate(T_ASC_Association* association);
  void serve(T_ASC_Association* association);

  const Settings settings_;
  Worklist& worklist_;
  T_ASC_Network* network_ = nullptr;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace pons
