#include "adapters/mllp/inlet.h"

#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/mllp/absence.h"
#include "adapters/mllp/connection.h"
#include "engine/base/plant.h"
#include "engine/base/text.h"
#include "engine/base/threads.h"
#include "engine/hl7/batch.h"
#include "engine/ports/store.h"

namespace pons {

namespace {

// How long a thread waits for more of a frame, or of a TLS record, before the connection goes back among the idle.
constexpr Duration kForMore = std::chrono::milliseconds(10);
constexpr int kBacklog = 128;
constexpr Duration kLooksForSlowFrames = std::chrono::milliseconds(500);
constexpr Duration kLastFrameWithin = std::chrono::seconds(2);  // when stopping, of whoever is inside one
constexpr Duration kCallsWithin = std::chrono::seconds(5);
constexpr Duration kShortestPause = std::chrono::seconds(1), kLongestPause = std::chrono::seconds(30);  // between calls
constexpr Duration kGlance =
    std::chrono::microseconds(500);  // at an answer that is due, before more frames are looked for

using Poco::Net::PollSet;
using Poco::Net::SocketAddress;

/// What the journal keeps beside a message of a batch: which one it is, and why the batch was not taken.
std::map<std::string, std::string> batch_attributes(const hl7::BatchFile& file, const hl7::Batch& batch,
                                                    std::size_t message) {
  const std::string name(hl7::name_of_batch(batch.header.empty() ? file.header : batch.header));
  std::map<std::string, std::string> attributes{
      {"batch", fmt::format("{} {} of {}", is_ascii(name) ? name : "", message + 1, batch.messages.size())}};
  if (file.fault) attributes["batch_fault"] = file.fault->text;
  return attributes;
}

/// Whoever waits for bytes reads the end. Below TLS, which would only close its own half.
void hang_up(const Poco::Net::StreamSocket& socket) {
  ::shutdown(socket.impl()->sockfd(), SHUT_RD);
}

}  // namespace

MllpInlet::MllpInlet(Settings settings, Counter& counter, const Clock& clock)
    : settings_(std::move(settings)), counter_(counter), clock_(clock), large_(settings_.large_frames) {
  try {
    if (settings_.calls) listening_.close();
    if (settings_.tls) tls_.emplace(settings_.name, *settings_.tls);
    if (!settings_.calls) listening_ = listen(settings_.host, settings_.port, kBacklog);
  } catch (const Poco::Exception& error) {
    throw std::runtime_error(fmt::format("{} cannot listen on {}:{}: {}", settings_.name, settings_.host,
                                         settings_.port, error.displayText()));
  }
  if (!settings_.calls) idle_.add(listening_, PollSet::POLL_READ);
  watcher_ = std::thread([this] { watch(); });
}

MllpInlet::~MllpInlet() {
  stop();
}

std::string MllpInlet::address() const {
  const bool is_encrypted = settings_.tls || settings_.called_tls;
  return fmt::format("mllp://{}:{}{}", settings_.host, settings_.calls ? settings_.port : port(),
                     is_encrypted ? " TLS" : "");
}

void MllpInlet::watch() {
  auto looks = std::chrono::steady_clock::now();
  while (!stopping_) {
    if (const auto now = std::chrono::steady_clock::now(); now >= looks) {
      end_slow_frames();
      want_workers_again();
      open_door();
      looks = now + kLooksForSlowFrames;
      if (settings_.calls) call();
    }
    let_grow();
    for (const auto& [socket, mode] : idle_.poll(Poco::Timespan(0, 200'000))) {
      if (socket == listening_)
        admit();
      else
        hand_to_worker(socket);
    }
  }
}

void MllpInlet::end_slow_frames() {
  const auto now = std::chrono::steady_clock::now();
  std::lock_guard lock(mutex_);
  for (const auto& [socket, connection] : connections_) {
    if (connection->frame_ends.load() > now) continue;
    connection->frame_ends = kNever;
    spdlog::warn("{}: {} did not finish a frame in time: closed", settings_.name, connection->peer);
    hang_up(connection->socket);
  }
}

void MllpInlet::admit() {
  SocketAddress from;
  Poco::Net::StreamSocket socket;
  try {
    socket = listening_.acceptConnection(from);
  } catch (const Poco::Exception& error) {
    spdlog::warn("{}: a connection was not accepted: {}", settings_.name, error.displayText());
    // Where files are short it stays where it is, and would be offered again and again.
    idle_.remove(listening_);
    is_door_shut_ = true;
    return;
  }
  try {
    let_in(std::move(socket), from);
  } catch (const Poco::Exception& error) {
    spdlog::warn("{}: {} was not let in: {}", settings_.name, from.toString(), error.displayText());
  }
}

void MllpInlet::let_in(Poco::Net::StreamSocket socket, const SocketAddress& from) {
  const std::string address = from.host().toString();
  if (!settings_.callers.may_connect(address)) {
    spdlog::warn("{}: {} may not call here: closed", settings_.name, address);
    return;
  }
  if (tls_) socket = Poco::Net::SecureStreamSocket::attach(socket, tls_->current());
  if (!take(std::move(socket), from))
    spdlog::warn("{}: {} has {} connections already: closed", settings_.name, address, settings_.at_once_by_address);
}

void MllpInlet::open_door() {
  if (std::exchange(is_door_shut_, false)) idle_.add(listening_, PollSet::POLL_READ);
}

void MllpInlet::call() {
  const auto now = std::chrono::steady_clock::now();
  if (now < calls_next_) return;
  {
    std::lock_guard lock(mutex_);
    if (!connections_.empty()) return;
  }
  try {
    Poco::Net::StreamSocket socket = connect(settings_.host, settings_.port, settings_.called_tls, now + kCallsWithin);
    const SocketAddress partner = socket.peerAddress();
    take(std::move(socket), partner);
    calls_after_ = {};
  } catch (const Poco::Exception& error) {
    if (calls_after_ == Duration::zero())
      spdlog::warn("{}: {}:{} cannot be called, tried again until it can: {}", settings_.name, settings_.host,
                   settings_.port, error.displayText());
    calls_after_ = std::clamp(calls_after_ * 2, kShortestPause, kLongestPause);
  }
  calls_next_ = std::chrono::steady_clock::now() + std::max(calls_after_, kShortestPause);
}

bool MllpInlet::take(Poco::Net::StreamSocket socket, const SocketAddress& from) {
  socket.setNoDelay(true);
  notice_absence(socket);
  socket.setReceiveTimeout(Poco::Timespan(kForMore.count()));
  auto connection = std::make_shared<Connection>(socket, settings_.frame_limit, large_);
  connection->peer = from.toString();
  connection->caller.address = from.host().toString();
  {
    std::lock_guard lock(mutex_);
    std::size_t& of_address = by_address_[connection->caller.address];
    if (of_address >= settings_.at_once_by_address) return false;
    ++of_address;
    connections_.emplace(socket, std::move(connection));
  }
  idle_.add(socket, PollSet::POLL_READ);
  return true;
}

void MllpInlet::hand_to_worker(const Poco::Net::Socket& socket) {
  idle_.remove(socket);
  std::lock_guard lock(mutex_);
  const auto found = connections_.find(socket);
  if (found == connections_.end()) return;
  ready_.push_back(found->second);
  want_workers();
  ready_wakes_.notify_one();
}

void MllpInlet::let_grow() {
  std::lock_guard lock(mutex_);
  const auto waits = std::stable_partition(held_back_.begin(), held_back_.end(),
                                           [](const ConnectionPtr& each) { return !each->share.may_grow(); });
  for (auto each = waits; each != held_back_.end(); ++each) {
    (*each)->is_held_back = false;
    (*each)->frame_ends = std::chrono::steady_clock::now() + settings_.frame_deadline;
    ready_.push_back(std::move(*each));
    want_workers();
    ready_wakes_.notify_one();
  }
  held_back_.erase(waits, held_back_.end());
}

bool MllpInlet::want_workers() {
  return free_workers_ >= ready_.size() || workers_.size() >= settings_.threads ||
         add_thread(workers_, [this] { work(); });
}

void MllpInlet::want_workers_again() {
  std::lock_guard lock(mutex_);
  if (want_workers()) return;
  spdlog::warn("{}: no thread to be had: {} connections wait for one of {}", settings_.name, ready_.size(),
               workers_.size());
}

void MllpInlet::work() {
  while (true) {
    ConnectionPtr connection;
    {
      std::unique_lock lock(mutex_);
      ++free_workers_;
      ready_wakes_.wait(lock, [&] { return stopping_ || !ready_.empty(); });
      --free_workers_;
      if (ready_.empty()) return;
      connection = std::move(ready_.front());
      ready_.pop_front();
    }
    if (!serve(*connection)) {
      forget(*connection);
    } else if (connection->is_held_back) {
      std::lock_guard lock(mutex_);
      held_back_.push_back(std::move(connection));
    } else {
      idle_.add(connection->socket, PollSet::POLL_READ);
    }
  }
}

void MllpInlet::forget(const Connection& connection) {
  std::lock_guard lock(mutex_);
  if (--by_address_[connection.caller.address] == 0) by_address_.erase(connection.caller.address);
  connections_.erase(connection.socket);
}

bool MllpInlet::serve(Connection& connection) {
  try {
    return settings_.tls && !connection.is_greeted ? greet(connection) : read(connection);
  } catch (const Poco::Exception& error) {
    spdlog::info("{}: {} was lost: {}", settings_.name, connection.peer, error.displayText());
  } catch (const std::exception&) {
    // More than fits into memory, or a bug of ours: its sender will ask again, and nobody else shall suffer.
    spdlog::error("{}: no memory, or a bug in the engine: {} was closed", settings_.name, connection.peer);
  }
  return false;
}

bool MllpInlet::greet(Connection& connection) {
  try {
    Poco::Net::SecureStreamSocket socket(connection.socket);
    socket.completeHandshake();
    connection.is_greeted = true;
    if (!settings_.tls->clients.empty()) connection.caller.certificate = socket.peerCertificate().commonName();
    if (!settings_.callers.may_send(connection.caller)) {
      spdlog::warn("{}: {} shows a certificate that may not call here: closed", settings_.name, connection.peer);
      return false;
    }
  } catch (const Poco::TimeoutException&) {
    // The rest of the handshake is awaited among the idle.
  }
  return true;
}

bool MllpInlet::read(Connection& connection) {
  Flight flight;
  do {
    if (stopping_ && !may_finish(connection)) {
      land_all(connection, flight);
      return false;
    }
    if (!connection.share.may_grow()) {
      connection.is_held_back = true;
      connection.frame_ends = kNever;  // that it is slow is our doing
      return land_all(connection, flight);
    }
    if (flight.empty() || connection.socket.poll(Poco::Timespan(), Poco::Net::Socket::SELECT_READ)) {
      const Came came = read_frames(connection, flight);
      if (came == Came::the_end) return false;
      if (came == Came::nothing && flight.empty()) return true;
    } else if (flight.front().receipt.is_here(kGlance) && !land(connection, flight)) {
      return false;
    }
  } while (!flight.empty() || connection.deframer.is_inside() || !others_wait());
  return true;
}

bool MllpInlet::may_finish(const Connection& connection) const {
  return connection.deframer.is_inside() && std::chrono::steady_clock::now() < reads_until_.load();
}

bool MllpInlet::others_wait() {
  std::lock_guard lock(mutex_);
  return ready_.size() > free_workers_;
}

MllpInlet::Came MllpInlet::read_frames(Connection& connection, Flight& flight) {
  const bool is_last = stopping_;
  std::array<char, 64 * 1024> buffer;
  const auto received = receive_some(connection.socket, buffer.data(), buffer.size());
  if (!received) return Came::nothing;
  if (*received == 0) {
    land_all(connection, flight);
    return Came::the_end;
  }
  connection.deframer.feed({buffer.data(), *received});
  while (auto message = connection.deframer.next()) {
    connection.frame_ends = kNever;
    connection.share.hold(0, message->size());
    if (!take_off(connection, flight, *std::move(message))) return Came::the_end;
    if (is_last) break;
  }
  connection.share.hold(connection.deframer.size(), 0);
  if (connection.deframer.is_over_limit()) {
    spdlog::warn("{}: {} sent a frame of more than {} bytes: closed", settings_.name, connection.peer,
                 settings_.frame_limit);
    return Came::the_end;
  }
  if (connection.deframer.is_inside() && connection.frame_ends.load() == kNever)
    connection.frame_ends = std::chrono::steady_clock::now() + settings_.frame_deadline;
  return Came::something;
}

bool MllpInlet::take_off(Connection& connection, Flight& flight, std::string received) {
  // Our answer was stored, or it was not: it is not sent twice, the sender will ask again.
  if (settings_.commits && (received == kCommitted || received == kNotCommitted)) return true;
  if (settings_.in_flight == 1 || hl7::is_batch(received))
    return land_all(connection, flight) && reply(connection, std::move(received));
  while (flight.size() >= settings_.in_flight)
    if (!land(connection, flight)) return false;
  return answering(connection, [&] {
    Envelope message = envelope(connection, std::move(received));
    const auto kept = message.bytes;
    flight.push_back({kept, counter_.hand_in(std::move(message))});
    return true;
  });
}

bool MllpInlet::land(Connection& connection, Flight& flight) {
  InFlight oldest = std::move(flight.front());
  flight.pop_front();
  connection.has_said_stored = false;
  return answering(connection, [&] {
    const Receipt receipt = oldest.receipt.get();
    return answer(connection, acks_of(connection, *oldest.received, receipt));
  });
}

bool MllpInlet::land_all(Connection& connection, Flight& flight) {
  while (!flight.empty())
    if (!land(connection, flight)) return false;
  return true;
}

bool MllpInlet::reply(Connection& connection, std::string received) {
  connection.has_said_stored = false;
  return answering(connection, [&] {
    return answer(connection, hl7::is_batch(received) ? take_batch(connection, received)
                                                      : take_message(connection, std::move(received)));
  });
}

template <class Work>
bool MllpInlet::answering(Connection& connection, const Work& work) {
  try {
    return work();
  } catch (const StoreLost&) {
    commit(connection, kNotCommitted);
    return false;
  }
}

bool MllpInlet::answer(Connection& connection, const Acks& acks) {
  commit(connection, acks ? kCommitted : kNotCommitted);
  if (!acks) return false;
  if (settings_.dialect.is_silent) return true;
  plant::crash_point("before-ack");
  for (const std::string& ack : *acks) write(connection, ack);
  plant::crash_point("after-ack");
  return true;
}

void MllpInlet::commit(Connection& connection, std::string_view whether) {
  if (settings_.commits && !connection.has_said_stored) write(connection, whether);
}

void MllpInlet::write(Connection& connection, std::string_view answer) const {
  const std::string framed = frame(answer);
  send_all(connection.socket, framed, std::chrono::steady_clock::now() + settings_.answer_deadline);
}

MllpInlet::Acks MllpInlet::take_message(Connection& connection, std::string bytes) {
  Envelope received = envelope(connection, std::move(bytes));
  const auto kept = received.bytes;
  const Receipt receipt = counter_.accept_and_tell(
      std::move(received), [&](const Receipt& stored) { say_stored(connection, *kept, stored); });
  return acks_of(connection, *kept, receipt);
}

void MllpInlet::say_stored(Connection& connection, const std::string& received, const Receipt& receipt) {
  commit(connection, kCommitted);
  connection.has_said_stored = true;
  const auto ack = accept_ack(received, receipt, settings_.dialect, new_control_id(receipt.message), clock_.now());
  if (ack) write(connection, *ack);
}

Envelope MllpInlet::envelope(const Connection& connection, std::string bytes) const {
  Envelope envelope;
  envelope.inlet = settings_.name;
  envelope.peer = connection.peer;
  envelope.arrived = clock_.now();
  envelope.bytes = std::make_shared<const std::string>(std::move(bytes));
  envelope.stream = connection.stream;
  if (!connection.caller.certificate.empty()) envelope.attributes["certificate"] = connection.caller.certificate;
  return envelope;
}

MllpInlet::Acks MllpInlet::acks_of(const Connection& connection, const std::string& received, const Receipt& receipt) {
  auto acks = answers(received, receipt, settings_.dialect, new_control_id(receipt.message), clock_.now(),
                      connection.has_said_stored);
  if (!acks)
    spdlog::warn("{}: {} sent what is no HL7 message (journal {})", settings_.name, connection.peer, receipt.message);
  return acks;
}

std::vector<std::string> MllpInlet::take_batch(Connection& connection, const std::string& bytes) {
  const hl7::BatchFile file = hl7::read_batch(bytes);
  std::vector<std::vector<std::string>> acks;
  bool are_wanted = file.fault.has_value();
  for (const hl7::Batch& batch : file.batches) {
    auto& of_batch = acks.emplace_back();
    for (std::size_t i = 0; i < batch.messages.size(); ++i) {
      Envelope received = envelope(connection, std::string(batch.messages[i]));
      received.attributes.merge(batch_attributes(file, batch, i));
      const auto kept = received.bytes;
      const auto of_message = acks_of(connection, *kept, counter_.accept(std::move(received)));
      if (of_message)
        of_batch.insert(of_batch.end(), of_message->begin(), of_message->end());
      else
        of_batch.push_back(answer_to_nobody(new_control_id(0), clock_.now()));
    }
    are_wanted |= !of_batch.empty() || batch.messages.empty();
  }
  if (!are_wanted) return {};
  return {hl7::build_batch_answer(file, acks, new_control_id(0), to_hl7(clock_.now()))};
}

std::string MllpInlet::new_control_id(std::int64_t message) {
  return fmt::format("{}.{}", message, ++last_control_id_);
}

void MllpInlet::stop() {
  reads_until_ = std::min(reads_until_.load(), std::chrono::steady_clock::now() + kLastFrameWithin);
  if (stopping_.exchange(true)) return;
  watcher_.join();
  if (!settings_.calls) listening_.close();
  std::vector<std::thread> workers;
  {
    std::lock_guard lock(mutex_);
    // Whoever is inside a frame may finish it; nobody begins another.
    for (auto& [socket, connection] : connections_) hang_up(connection->socket);
    workers.swap(workers_);
  }
  ready_wakes_.notify_all();
  for (std::thread& worker : workers) worker.join();
  held_back_.clear();
  connections_.clear();
}

}  // namespace pons
