#pragma once

#include <lua.hpp>

namespace pons::lua {

/// Puts our find, match, gmatch, gsub, rep and format in the place of Lua's own in the `string` table on top of the
/// stack. They do what the Lua 5.4 manual says (6.4), and count steps: no call runs longer than its run may.
void replace_string_functions(lua_State* state);

/// tostring() without addresses: a table is "table". The same input shall give the same text every time.
int to_string(lua_State* state);

}  // namespace pons::lua
