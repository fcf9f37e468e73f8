#include "engine/base/network.h"

#include <catch2/catch.hpp>

using pons::Network;

TEST_CASE("a network holds the addresses that share its first bits") {
  struct Row {
    std::string network, address;
    bool holds;
  };
  const Row row = GENERATE(values<Row>({{"10.1.2.0/24", "10.1.2.255", true},
                                        {"10.1.2.0/24", "10.1.3.0", false},
                                        {"10.1.2.128/25", "10.1.2.127", false},
                                        {"10.1.2.128/25", "10.1.2.129", true},
                                        {"10.1.2.5", "10.1.2.5", true},
                                        {"10.1.2.5", "10.1.2.50", false},
                                        {"0.0.0.0/0", "192.168.0.1", true},
                                        {"0.0.0.0/0", "::1", false},
                                        {"10.1.2.5", "::ffff:10.1.2.5", true},
                                        {"fd00::/8", "fdff::1", true},
                                        {"fd00::/8", "fe80::1", false},
                                        {"::1", "::1", true},
                                        {"10.1.2.0/24", "nobody", false},
                                        {"10.1.2.0/24", "", false}}));
  CAPTURE(row.network, row.address);
  CHECK(Network::parse(row.network).value().contains(row.address) == row.holds);
}

TEST_CASE("what is no network is said to be none") {
  for (const char* text : {"", "10.1.2", "10.1.2.0/33", "10.1.2.0/", "10.1.2.0/-1", "10.1.2.0/8x", "fd00::/129", "ris"})
    CHECK_FALSE(Network::parse(text));
}
