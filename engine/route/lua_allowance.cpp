#include "engine/route/lua_allowance.h"

#include <cstdlib>
#include <cstring>
#include <new>

namespace pons::lua {

namespace {

constexpr int kInstructionsACount = 1000;
constexpr std::size_t kBytesAStep = 64;
// A refused allocation makes Lua collect all its garbage first.
constexpr std::int64_t kStepsARefusal = 100'000;
// Comparing two texts is one instruction, however long they are.
constexpr std::size_t kTextAnInstruction = 16u << 10;

constexpr const char* kOutOfSteps = "gave up after 10,000,000 steps: a loop or a pattern that does not end?";

}  // namespace

lua_State* Allowance::new_state() {
  lua_State* state = lua_newstate(&Allowance::allocate, this);
  if (!state) throw std::bad_alloc();
  Allowance* self = this;
  std::memcpy(lua_getextraspace(state), &self, sizeof self);
  lua_sethook(state, &Allowance::count, LUA_MASKCOUNT, kInstructionsACount);
  return state;
}

Allowance& Allowance::of(lua_State* state) {
  Allowance* self = nullptr;
  std::memcpy(&self, lua_getextraspace(state), sizeof self);
  return *self;
}

// Lua's contract: shrinking and freeing never fail. For a new block `old_size` is the type of what is made.
void* Allowance::allocate(void* allowance, void* block, std::size_t old_size, std::size_t new_size) {
  auto& self = *static_cast<Allowance*>(allowance);
  const std::size_t held = block ? old_size : 0;
  if (new_size == 0) {
    std::free(block);
    self.memory_ -= held;
    return nullptr;
  }
  if (new_size > held && !self.may_grow(new_size - held)) return nullptr;
  void* moved = std::realloc(block, new_size);
  if (!moved) return new_size <= held ? block : nullptr;
  self.memory_ = self.memory_ - held + new_size;
  if (!block && old_size == LUA_TSTRING && new_size > self.longest_text_) self.longest_text_ = new_size;
  return moved;
}

bool Allowance::may_grow(std::size_t by) {
  if (by <= kMemory && memory_ + by <= kMemory) {
    steps_.take(static_cast<std::int64_t>(by / kBytesAStep));
    return true;
  }
  steps_.take(kStepsARefusal);
  return false;
}

std::int64_t Allowance::instruction_cost() const {
  return 1 + static_cast<std::int64_t>(longest_text_ / kTextAnInstruction);
}

void Allowance::count(lua_State* state, lua_Debug*) {
  Allowance& self = of(state);
  if (self.steps_.take(kInstructionsACount * self.instruction_cost())) return;
  luaL_where(state, 0);
  lua_pushstring(state, kOutOfSteps);
  lua_concat(state, 2);
  lua_error(state);
}

void take_steps(lua_State* state, std::int64_t count) {
  if (!Allowance::of(state).steps().take(count)) raise_out_of_steps(state);
}

int raise_out_of_steps(lua_State* state) {
  return luaL_error(state, "%s", kOutOfSteps);
}

}  // namespace pons::lua
