#pragma once

#include <Poco/Net/PollSet.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "adapters/mllp/connection.h"
#include "adapters/mllp/deframer.h"
#include "adapters/mllp/large_frames.h"
#include "adapters/mllp/server_tls.h"
#include "engine/base/time.h"
#include "engine/message/answer.h"
#include "engine/message/callers.h"
#include "engine/ports/inlet.h"

namespace pons {

/// Receives HL7 v2 over MLLP, in clear or over TLS, from partners that call or from one that we call. Idle connections
/// wait together in one poll set; a thread is spent on a connection while bytes of a frame come and until its answer;
/// whoever pauses inside a frame waits among the idle. On each connection messages are answered in order, one at a
/// time, or so many as may be in flight.
class MllpInlet final : public Inlet {
 public:
  struct Settings {
    std::string name;  // the endpoint's
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;                               // 0: any that is free
    Duration frame_deadline = std::chrono::seconds(30);   // from a frame's first byte to its last
    Duration answer_deadline = std::chrono::seconds(10);  // for a peer to read its answer
    std::size_t frame_limit = 128u << 20;                 // bytes
    std::size_t large_frames = 256u << 20;                // bytes that they may hold, and one more of them
    std::size_t threads = 256;                            // frames in work at the same time
    Dialect dialect = {};
    std::optional<ServerTls> tls = {};
    bool calls = false;                    // `mode: client`: we connect to host and port, and receive over that
    std::optional<Tls> called_tls = {};    // of the partner that we call; none: in clear
    Callers callers = {};                  // the others are hung up on
    std::size_t at_once_by_address = 256;  // connections
    std::size_t in_flight = 1;             // messages of a connection that wait for their answers together
    bool commits = false;                  // MLLP release 2: what was stored is committed before it is answered
  };

  MllpInlet(Settings settings, Counter& counter, const Clock& clock);
  ~MllpInlet() override;

  void stop() override;
  std::string address() const override;
  std::uint16_t port() const override { return settings_.calls ? 0 : listening_.address().port(); }

 private:
  static constexpr auto kNever = std::chrono::steady_clock::time_point::max();
  struct Connection {
    Connection(Poco::Net::StreamSocket its_socket, std::size_t limit, LargeFrames& large)
        : socket(std::move(its_socket)), deframer(limit), share(large) {}
    Poco::Net::StreamSocket socket;
    Deframer deframer;
    const std::shared_ptr<Stream> stream = std::make_shared<Stream>();
    LargeFrames::Share share;
    bool is_held_back = false;  // inside a large frame, until there is room
    std::string peer;           // address and port
    Callers::Caller caller;
    bool is_greeted = false;       // under TLS: the handshake is done
    bool has_said_stored = false;  // of the message in work
    /// Of the frame that has begun; the watcher looks too.
    std::atomic<std::chrono::steady_clock::time_point> frame_ends = kNever;
  };
  using ConnectionPtr = std::shared_ptr<Connection>;

  void watch();
  void admit();
  void let_in(Poco::Net::StreamSocket socket, const Poco::Net::SocketAddress& from);
  /// Again, where somebody could not be let in a moment ago.
  void open_door();
  /// `mode: client`: connects when nothing is connected and it is time to try.
  void call();
  /// Receives over the connection from now on. False: that address has enough of them.
  bool take(Poco::Net::StreamSocket socket, const Poco::Net::SocketAddress& from);
  void forget(const Connection& connection);
  /// Hangs up on those who did not finish a frame in time.
  void end_slow_frames();
  /// Those who were held back and have room now.
  void let_grow();
  void hand_to_worker(const Poco::Net::Socket& socket);
  /// One more, where connections are ready and none is free. False: none is to be had. Requires mutex_.
  bool want_workers();
  /// What was not to be had may be now.
  void want_workers_again();
  void work();
  /// False: the connection is over.
  bool serve(Connection& connection);
  bool greet(Connection& connection);
  /// Until nothing more comes for a moment: a partner who has his answer often has his next message at hand.
  bool read(Connection& connection);
  /// When stopping: the frame that has begun.
  bool may_finish(const Connection& connection) const;
  /// For a thread.
  bool others_wait();
  bool reply(Connection& connection, std::string received);
  /// A message that was handed in, and what it was.
  struct InFlight {
    std::shared_ptr<const std::string> received;
    Coming receipt;
  };
  using Flight = std::deque<InFlight>;
  /// Hands it in behind those in flight, as soon as there is room.
  bool take_off(Connection& connection, Flight& flight, std::string received);
  /// Waits for the oldest receipt and writes its answer.
  bool land(Connection& connection, Flight& flight);
  bool land_all(Connection& connection, Flight& flight);
  enum class Came { nothing, something, the_end };
  Came read_frames(Connection& connection, Flight& flight);
  void commit(Connection& connection, std::string_view whether);
  /// In its frame. A peer that reads nothing, or byte by byte, keeps a thread no longer than the answer's deadline.
  void write(Connection& connection, std::string_view answer) const;
  using Acks = std::optional<std::vector<std::string>>;
  bool answer(Connection& connection, const Acks& acks);
  /// Does the work; without the database there is no answer.
  template <class Work>
  bool answering(Connection& connection, const Work& work);
  /// The acknowledgements of one message; nothing when it is none.
  Acks take_message(Connection& connection, std::string bytes);
  /// Each message of a batch in turn; one answer, in the form of a batch.
  std::vector<std::string> take_batch(Connection& connection, const std::string& bytes);
  Acks acks_of(const Connection& connection, const std::string& received, const Receipt& receipt);
  Envelope envelope(const Connection& connection, std::string bytes) const;
  /// Under `ack: delivered`: what can be said before.
  void say_stored(Connection& connection, const std::string& received, const Receipt& receipt);
  std::string new_control_id(std::int64_t message);

  const Settings settings_;
  Counter& counter_;
  const Clock& clock_;
  Poco::Net::ServerSocket listening_;
  std::optional<ServerContext> tls_;  // this, and what follows, is for the watcher only
  std::chrono::steady_clock::time_point calls_next_;
  Duration calls_after_ = {};  // the last pause between two calls
  bool is_door_shut_ = false;
  Poco::Net::PollSet idle_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::chrono::steady_clock::time_point> reads_until_ = kNever;  // when stopping
  std::atomic<std::uint64_t> last_control_id_ = 0;

  LargeFrames large_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable ready_wakes_;
  std::map<Poco::Net::Socket, ConnectionPtr> connections_;
  std::map<std::string, std::size_t> by_address_;  // how many of them
  std::deque<ConnectionPtr> ready_;
  std::vector<ConnectionPtr> held_back_;
  std::size_t free_workers_ = 0;
  std::vector<std::thread> workers_;

  std::thread watcher_;
};

}  // namespace pons
