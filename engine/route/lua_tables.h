#pragma once

#include <lua.hpp>

namespace pons::lua {

/// Puts our sort in the place of Lua's own in the `table` table on top of the stack, and counts the steps of the
/// others. Lua's own sort chooses its pivots by the clock; ours keeps equals in their order.
void replace_table_functions(lua_State* state);

/// next() and pairs() in an order that is the same in every run: numbers, then texts by their bytes, then the rest.
/// Lua's own order changes with every state.
int next_key(lua_State* state);
int pairs(lua_State* state);

}  // namespace pons::lua
