#pragma once

#include <signal.h>

#include <ctime>

namespace pons {

/// Ctrl-C and SIGTERM, taken by one thread alone. Make it before any other thread begins.
class StopSignals final {
 public:
  StopSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    signal(SIGPIPE, SIG_IGN);
  }

  bool came_within_a_second() const {
    const timespec second{1, 0};
    return sigtimedwait(&signals_, nullptr, &second) > 0;
  }

 private:
  sigset_t signals_{};
};

}  // namespace pons
