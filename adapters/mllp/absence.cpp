#include "adapters/mllp/absence.h"

#include <Poco/Net/SocketImpl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

namespace pons {

namespace {

constexpr int kTimesAsked = 3;

int in_seconds(std::chrono::seconds duration) {
  return static_cast<int>(duration.count());
}

}  // namespace

void notice_absence(const Poco::Net::StreamSocket& socket) {
  Poco::Net::SocketImpl& of = *socket.impl();
  of.setKeepAlive(true);
  of.setOption(IPPROTO_TCP, TCP_KEEPIDLE, in_seconds(kSilence));
  of.setOption(IPPROTO_TCP, TCP_KEEPINTVL, in_seconds(kAskedEach));
  of.setOption(IPPROTO_TCP, TCP_KEEPCNT, kTimesAsked);
  of.setOption(IPPROTO_TCP, TCP_USER_TIMEOUT, in_seconds(kGivenUpAfter) * 1000);
  of.setSendTimeout(Poco::Timespan(in_seconds(kReadsWithin), 0));
}

}  // namespace pons
