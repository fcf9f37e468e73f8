#include "engine/base/network.h"

#include <arpa/inet.h>

#include <charconv>

namespace pons {

std::optional<Network::Bytes> Network::bytes_of(const std::string& address) {
  Bytes bytes{};
  const std::string mapped = address.find(':') == std::string::npos ? "::ffff:" + address : address;
  if (inet_pton(AF_INET6, mapped.c_str(), bytes.data()) != 1) return {};
  return bytes;
}

std::optional<Network> Network::parse(const std::string& text) {
  const auto slash = text.find('/');
  const std::string address = text.substr(0, slash);
  const auto bytes = bytes_of(address);
  if (!bytes) return {};
  Network network;
  network.first_ = *bytes;
  if (slash == std::string::npos) return network;
  const int most = address.find(':') == std::string::npos ? 32 : 128;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data() + slash + 1, end, network.bits_);
  if (error != std::errc{} || at != end || network.bits_ < 0 || network.bits_ > most) return {};
  network.bits_ += 128 - most;
  return network;
}

bool Network::contains(const std::string& address) const {
  const auto bytes = bytes_of(address);
  if (!bytes) return false;
  for (int bit = 0; bit < bits_; bit += 8) {
    const auto byte = static_cast<std::size_t>(bit / 8);
    const int rest = bits_ - bit;
    const int mask = rest >= 8 ? 0xff : 0xff << (8 - rest) & 0xff;
    if (((*bytes)[byte] & mask) != (first_[byte] & mask)) return false;
  }
  return true;
}

}  // namespace pons
