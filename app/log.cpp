#include "app/log.h"

#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>

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

}  // namespace

void log_to_stderr() {
  auto logger = spdlog::stderr_logger_mt("pons");
  if (isatty(STDERR_FILENO))
    logger->set_formatter(std::make_unique<AsWords>());
  else
    logger->set_formatter(std::make_unique<AsJson>());
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace pons
