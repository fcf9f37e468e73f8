#include "tests/sim/fiber.h"

#include <cxxabi.h>

#include <cstring>
#include <stdexcept>
#include <utility>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

namespace pons::sim {

namespace {

Fiber* entering = nullptr;

}  // namespace

Fiber::Fiber(std::function<void()> body)
    : body_(std::move(body)), stack_(std::make_unique_for_overwrite<std::byte[]>(kStack)) {
  if (getcontext(&inside_) != 0) throw std::runtime_error("no context for a fiber");
  inside_.uc_stack.ss_sp = stack_.get();
  inside_.uc_stack.ss_size = kStack;
  inside_.uc_link = nullptr;
  makecontext(&inside_, &Fiber::enter, 0);
}

Fiber::~Fiber() = default;

void Fiber::resume() {
  entering = this;
  cross(outside_, inside_, true);
}

void Fiber::yield() {
  cross(inside_, outside_, false);
}

void Fiber::enter() {
  Fiber& self = *entering;
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(nullptr, &self.outer_bottom_, &self.outer_size_);
#endif
  self.body_();
  self.has_ended_ = true;
  self.yield();
}

void Fiber::cross(ucontext_t& from, ucontext_t& to, [[maybe_unused]] bool inward) {
  void* const current = abi::__cxa_get_globals();
  Exceptions others;
  std::memcpy(&others, current, sizeof others);
  std::memcpy(current, &exceptions_, sizeof exceptions_);
  exceptions_ = others;
#ifdef __SANITIZE_ADDRESS__
  void* outer = nullptr;
  if (inward)
    __sanitizer_start_switch_fiber(&outer, stack_.get(), kStack);
  else
    __sanitizer_start_switch_fiber(has_ended_ ? nullptr : &fake_stack_, outer_bottom_, outer_size_);
#endif
  if (swapcontext(&from, &to) != 0) throw std::runtime_error("a fiber cannot be entered");
#ifdef __SANITIZE_ADDRESS__
  if (inward)
    __sanitizer_finish_switch_fiber(outer, nullptr, nullptr);
  else
    __sanitizer_finish_switch_fiber(fake_stack_, &outer_bottom_, &outer_size_);
#endif
}

}  // namespace pons::sim
