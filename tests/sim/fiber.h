#pragma once

#include <ucontext.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace pons::sim {

/// A function with a stack of its own that stops where it likes and goes on when it is told to: many of them share one
/// thread, and who runs next is nobody's choice but the caller's.
class Fiber final {
 public:
  /// Nothing may leave the function but by returning.
  explicit Fiber(std::function<void()> body);
  /// It must have ended, or never have begun.
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// From outside: runs it until it yields or ends.
  void resume();
  /// From inside: back to whoever resumed it.
  void yield();
  bool has_ended() const { return has_ended_; }

 private:
  /// The exceptions that are being handled belong to a stack, but the C++ runtime keeps them by thread.
  struct Exceptions {
    void* caught = nullptr;
    unsigned uncaught = 0;
  };

  static void enter();
  void cross(ucontext_t& from, ucontext_t& to, bool inward);

  static constexpr std::size_t kStack = 512 * 1024;

  std::function<void()> body_;
  std::unique_ptr<std::byte[]> stack_;
  ucontext_t inside_{}, outside_{};
  Exceptions exceptions_;
  bool has_ended_ = false;
  void* fake_stack_ = nullptr;  // AddressSanitizer's
  const void* outer_bottom_ = nullptr;
  std::size_t outer_size_ = 0;
};

}  // namespace pons::sim
