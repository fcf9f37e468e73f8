#include <fmt/core.h>
#include <signal.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <cstdio>

#include "app/commands.h"
#include "app/engine.h"

namespace pons {

namespace {

/// Ctrl-C and SIGTERM, taken by the main thread alone: blocked before any other thread begins.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

void say(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

}  // namespace

int run(const Options& options) {
  const sigset_t signals = block_signals();
  spdlog::set_default_logger(spdlog::stderr_logger_mt("pons"));
  Engine engine(options);
  for (const std::string& note : engine.notes()) say(note);
  for (const std::string& listener : engine.listeners()) say("listening  " + listener);
  say("ready");
  const timespec second{1, 0};
  while (sigtimedwait(&signals, nullptr, &second) < 0)
    if (errno == EAGAIN) engine.supervise();
  say("stopping");
  return 0;
}

}  // namespace pons
