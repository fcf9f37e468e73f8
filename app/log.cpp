#include "app/log.h"

#include <limits.h>
#include <poll.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/text.h"
#include "engine/base/time.h"
#include "engine/json/value.h"

namespace pons {

namespace {

std::string_view view(spdlog::string_view_t text) {
  return {text.data(), text.size()};
}

/// What is no UTF-8 would make a line that no reader of JSON takes.
std::string text_of(const spdlog::details::log_msg& message) {
  std::string text(view(message.payload));
  if (!is_utf8(text))
    std::replace_if(
        text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; }, '?');
  return text;
}

std::string time_of(const spdlog::details::log_msg& message) {
  return to_rfc3339(std::chrono::floor<Duration>(message.time));
}

class AsJson final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& line) override {
    json::Value object;
    object["time"] = time_of(message);
    object["level"] = std::string(view(spdlog::level::to_string_view(message.level)));
    object["text"] = text_of(message);
    const std::string text = object.write() + '\n';
    line.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<formatter> clone() const override { return std::make_unique<AsJson>(); }
};

class AsWords final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& line) override {
    std::string text = time_of(message) + "  " + std::string(view(spdlog::level::to_string_view(message.level))) + "  ";
    for (const char c : text_of(message)) text += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? '?' : c;
    text += '\n';
    line.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<formatter> clone() const override { return std::make_unique<AsWords>(); }
};

/// Writes to stderr, and never waits for whoever reads it: what cannot be written at once is lost and counted, and the
/// first line that can be says so.
class NeverWaits final : public spdlog::sinks::base_sink<std::mutex> {
 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (lost_ > 0 && is_writable()) {
      const std::string text = std::to_string(lost_) + " lines of the log were lost: nobody read it";
      const std::size_t lost = std::exchange(lost_, 0);
      if (!write({message.time, {}, "pons", spdlog::level::warn, text})) lost_ = lost;
    }
    if (!write(message)) ++lost_;
  }
  void flush_() override {}

  static bool is_writable() {
    pollfd file{STDERR_FILENO, POLLOUT, 0};
    return poll(&file, 1, 0) == 1 && (file.revents & POLLOUT) != 0;
  }

  /// A pipe that is writable takes PIPE_BUF bytes at once.
  bool write(const spdlog::details::log_msg& message) {
    spdlog::memory_buf_t formatted;
    formatter_->format(message, formatted);
    std::string line = (is_torn_ ? "\n" : "") + std::string(formatted.data(), formatted.size());
    std::string_view left(line);
    while (!left.empty() && is_writable()) {
      const auto written = ::write(STDERR_FILENO, left.data(), std::min<std::size_t>(left.size(), PIPE_BUF));
      if (written <= 0) break;
      left.remove_prefix(static_cast<std::size_t>(written));
    }
    if (left.size() < line.size()) is_torn_ = !left.empty();
    return left.empty();
  }

  std::size_t lost_ = 0;
  bool is_torn_ = false;  // the last line was not written to its end
};

}  // namespace

void log_to_stderr() {
  auto logger = std::make_shared<spdlog::logger>("pons", std::make_shared<NeverWaits>());
  if (isatty(STDERR_FILENO))
    logger->set_formatter(std::make_unique<AsWords>());
  else
    logger->set_formatter(std::make_unique<AsJson>());
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace pons
