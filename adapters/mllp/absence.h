#pragma once

#include <Poco/Net/StreamSocket.h>

#include <chrono>

namespace pons {

/// A peer that is gone without a word (its power failed, a firewall forgot the connection) is noticed within a minute:
/// asked whether it is there when nothing has been heard for `kSilence`, and given up when it has not confirmed for
/// `kGivenUpAfter` what it was sent or asked.
inline constexpr std::chrono::seconds kSilence{20}, kAskedEach{10}, kGivenUpAfter{50};

/// A peer that is there and reads nothing for so long, while something is written to it, is given up.
inline constexpr std::chrono::seconds kReadsWithin{5};

/// Throws Poco::Exception when the socket cannot do that.
void notice_absence(const Poco::Net::StreamSocket& socket);

}  // namespace pons
