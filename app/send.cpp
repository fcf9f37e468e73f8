#include <Poco/Net/NetException.h>
#include <Poco/Net/StreamSocket.h>
#include <fmt/core.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "app/commands.h"
#include "app/running.h"
#include "engine/base/text.h"
#include "engine/hl7/ack.h"

namespace pons {

namespace {

/// "ris-mllp" of the engine that runs on the state folder, or "127.0.0.1:2575".
Poco::Net::SocketAddress address_of(const Options& options, const std::string& target) {
  if (target.find(':') != std::string::npos) return Poco::Net::SocketAddress(target);
  const auto running = Running::on(options.state);
  if (!running) throw std::runtime_error("no engine runs on " + options.state.string() + "; start one with pons run");
  if (const auto port = running->ports.find(target); port != running->ports.end())
    return Poco::Net::SocketAddress("127.0.0.1", port->second);
  std::string known;
  for (const auto& [name, port] : running->ports) known += ' ' + name;
  throw std::runtime_error("nothing called \"" + target + "\" listens; there is:" + known);
}

std::string read_message(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + " cannot be read");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return replace_all(replace_all(text, "\r\n", "\r"), "\n", "\r");
}

}  // namespace

void send_framed(Poco::Net::StreamSocket& socket, const std::string& message) {
  const std::string framed = frame(message);
  for (std::size_t sent = 0; sent < framed.size();)
    sent += static_cast<std::size_t>(
        socket.sendBytes(framed.data() + sent, static_cast<int>(std::min<std::size_t>(framed.size() - sent, 1 << 20))));
}

std::string read_answer(Poco::Net::StreamSocket& socket, Deframer& deframer) {
  char buffer[8192];
  while (true) {
    if (auto answer = deframer.next()) return *answer;
    const int received = socket.receiveBytes(buffer, sizeof buffer);
    if (received <= 0) throw std::runtime_error("the connection was closed without an answer");
    deframer.feed({buffer, static_cast<std::size_t>(received)});
  }
}

int send(const Options& options, const std::string& file, const std::string& target) {
  const std::string bytes = read_message(file);
  const auto message = hl7::Message::parse(bytes);
  const auto wishes = message ? hl7::wishes_of(*message) : std::nullopt;
  Poco::Net::StreamSocket socket(address_of(options, target));
  socket.setReceiveTimeout(Poco::Timespan(60, 0));
  send_framed(socket, bytes);
  Deframer deframer(16u << 20);
  if (wishes && !wishes->asks_for_any()) {
    fmt::print("sent; MSH-15 and MSH-16 ask for no acknowledgement\n");
    return 0;
  }
  std::string code;
  do {
    const std::string answer = read_answer(socket, deframer);
    for (const auto segment : split(trim(answer), '\r')) fmt::print("{}\n", segment);
    const auto ack = hl7::read_ack(answer);
    code = ack ? ack->code : "";
  } while (code == "CA" && wishes && wishes->application == hl7::Wish::always);
  return code == "AA" || code == "CA" ? 0 : 1;
}

}  // namespace pons
