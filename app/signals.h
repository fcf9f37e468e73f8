#pragma once

#include <signal.h>

#include <ctime>

namespace pons {

/// Ctrl-C and SIGTERM, and SIGHUP, taken by one thread alone. Make it before any other thread begins.
class Signals final {
 public:
  enum class Came { nothing, stop, apply };

  Signals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    signal(SIGPIPE, SIG_IGN);
  }

  Came came_within_a_second() const {
    const timespec second{1, 0};
    const int signal = sigtimedwait(&signals_, nullptr, &second);
    if (signal <= 0) return Came::nothing;
    return signal == SIGHUP ? Came::apply : Came::stop;
  }

 private:
  sigset_t signals_{};
};

}  // namespace pons
