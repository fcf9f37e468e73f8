#pragma once

#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dimse.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/dicom/dataset.h"

namespace pons {

/// The other sides of the demo's morning: they speak to the engine through its sockets alone.

/// A system that sends HL7 over MLLP and waits for each answer.
class DemoSender {
 public:
  explicit DemoSender(std::uint16_t port) : socket_(Poco::Net::SocketAddress("127.0.0.1", port)) {}
  std::string send(const std::string& message);

 private:
  Poco::Net::StreamSocket socket_;
};

/// A modality: worklist query and MPPS on one association.
class DemoModality final {
 public:
  DemoModality(std::uint16_t port, const std::string& ae_title);
  ~DemoModality();
  DemoModality(const DemoModality&) = delete;
  DemoModality& operator=(const DemoModality&) = delete;

  std::vector<dicom::Dataset> worklist(const std::string& modality);
  /// The status that the engine answers; -1 when it did not.
  int begin(const std::string& uid, const dicom::Dataset& performed);
  int end(const std::string& uid, const dicom::Dataset& performed);

 private:
  std::optional<T_DIMSE_Message> ask(T_DIMSE_Message& request, const dicom::Dataset& performed);

  T_ASC_Network* network_ = nullptr;
  T_ASC_Association* association_ = nullptr;
  bool is_connected_ = false;
  std::uint16_t last_message_ = 0;
};

/// What the EHR received, in order. Safe from many threads.
class Mailbox {
 public:
  void put(std::string letter);
  std::vector<std::string> letters() const;
  /// Waits until there are so many, ten seconds at most.
  bool has(std::size_t count) const;

 private:
  mutable std::mutex mutex_;  // guards letters_
  std::vector<std::string> letters_;
};

/// The EHR's MLLP door: takes everything and answers AA.
class DemoEhr final {
 public:
  explicit DemoEhr(std::uint16_t port);
  ~DemoEhr();
  DemoEhr(const DemoEhr&) = delete;
  DemoEhr& operator=(const DemoEhr&) = delete;

  std::uint16_t port() const { return listening_.address().port(); }
  const Mailbox& received() const { return received_; }

 private:
  void serve();
  void answer(Poco::Net::StreamSocket socket);

  Poco::Net::ServerSocket listening_;
  Mailbox received_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

/// The EHR's FHIR door: takes every transaction Bundle.
class DemoFhir final {
 public:
  explicit DemoFhir(std::uint16_t port);
  ~DemoFhir();

  std::uint16_t port() const { return server_->port(); }
  const Mailbox& received() const { return received_; }

 private:
  Mailbox received_;
  std::unique_ptr<Poco::Net::HTTPServer> server_;
};

}  // namespace pons
