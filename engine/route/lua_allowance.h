#pragma once

#include <cstddef>
#include <lua.hpp>

#include "engine/route/lua_steps.h"

namespace pons::lua {

/// What one run may use up, and what it has used: steps and memory. Found from its lua_State, which it outlives.
class Allowance {
 public:
  static constexpr std::int64_t kSteps = 10'000'000;
  static constexpr std::size_t kMemory = 16u << 20;  // bytes

  /// A state that takes its memory and its instructions from this allowance.
  lua_State* new_state();
  static Allowance& of(lua_State* state);

  Steps& steps() { return steps_; }
  std::size_t memory() const { return memory_; }
  /// Something is used up: the run is over, whatever the script would do about it.
  bool is_spent() const { return steps_.ran_out() || out_of_memory_; }
  bool is_out_of_memory() const { return out_of_memory_; }
  void call_memory_spent() { out_of_memory_ = true; }

 private:
  static void* allocate(void* allowance, void* block, std::size_t old_size, std::size_t new_size);
  static void count(lua_State* state, lua_Debug* where);
  bool may_grow(std::size_t by);
  std::int64_t instruction_cost() const;

  Steps steps_{kSteps};
  std::size_t memory_ = 0;
  std::size_t longest_text_ = 0;
  bool out_of_memory_ = false;
};

/// Takes steps from a C function that Lua called; raises Lua's error when there are not that many left.
void take_steps(lua_State* state, std::int64_t count);
/// Raises that error where the steps have run out already.
int raise_out_of_steps(lua_State* state);

}  // namespace pons::lua
