#pragma once

#include <lua.hpp>

namespace pons::lua {

/// Gives a new state what a script may use, all of it pure: the same input, the same output. No file, clock, chance,
/// address or order of its own; no way to catch the end of its allowance. There are no metatables but the texts' own:
/// Lua runs __gc with its hooks off, and a chain of __call or __index counts as one instruction however long it is.
/// Raises Lua's errors.
void open_sandbox(lua_State* state);

}  // namespace pons::lua
