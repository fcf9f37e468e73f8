#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace pons {

/// Addresses that share their first bits (CIDR). IPv4 and IPv6.
class Network {
 public:
  /// "10.1.2.0/24", "fd00::/8"; an address alone is itself only. Nothing for anything else.
  static std::optional<Network> parse(const std::string& text);
  /// False for what is no address.
  bool contains(const std::string& address) const;
  bool operator==(const Network&) const = default;

 private:
  using Bytes = std::array<std::uint8_t, 16>;
  static std::optional<Bytes> bytes_of(const std::string& address);

  Bytes first_{};  // an IPv4 address as ::ffff:a.b.c.d
  int bits_ = 128;
};

}  // namespace pons
