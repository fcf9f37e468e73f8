#include "engine/route/lua_sandbox.h"

#include <cstdint>
#include <initializer_list>

#include "engine/route/lua_allowance.h"
#include "engine/route/lua_strings.h"
#include "engine/route/lua_tables.h"

namespace pons::lua {

namespace {

/// The error on top of the stack goes on when the run is over; else the script may have it. To catch one, Lua walks
/// over its whole stack, which is in the memory that is counted.
void let_through(lua_State* state, int status) {
  Allowance& allowance = Allowance::of(state);
  if (status == LUA_ERRMEM) allowance.call_memory_spent();
  if (allowance.is_spent()) lua_error(state);
  take_steps(state, static_cast<std::int64_t>(allowance.memory() / 128));
}

int protected_call(lua_State* state) {
  luaL_checkany(state, 1);
  const int status = lua_pcall(state, lua_gettop(state) - 1, LUA_MULTRET, 0);
  if (status != LUA_OK) let_through(state, status);
  lua_pushboolean(state, status == LUA_OK);
  lua_insert(state, 1);
  return lua_gettop(state);
}

/// Calls the script's own handler, its upvalue, unless the run is over: where a hook has raised the error, Lua calls
/// handlers with its hooks off.
int handle(lua_State* state) {
  if (Allowance::of(state).is_spent()) return 1;
  lua_settop(state, 1);
  lua_pushvalue(state, lua_upvalueindex(1));
  lua_insert(state, 1);
  lua_call(state, 1, 1);
  return 1;
}

// xpcall(function, handler, arguments…)
int protected_call_with_handler(lua_State* state) {
  luaL_checktype(state, 2, LUA_TFUNCTION);
  lua_pushvalue(state, 2);
  lua_pushcclosure(state, handle, 1);
  lua_replace(state, 2);
  lua_pushvalue(state, 1);
  lua_insert(state, 3);
  const int status = lua_pcall(state, lua_gettop(state) - 3, LUA_MULTRET, 2);
  if (status != LUA_OK) let_through(state, status);
  lua_pushboolean(state, status == LUA_OK);
  lua_replace(state, 2);
  return lua_gettop(state) - 1;
}

/// Calls one of Lua's own functions that read whole texts, and no hook interrupts.
int counted_by_texts(lua_State* state) {
  std::int64_t bytes = 0;
  for (int argument = 1; argument <= lua_gettop(state); ++argument)
    if (lua_type(state, argument) == LUA_TSTRING) bytes += static_cast<std::int64_t>(lua_rawlen(state, argument));
  take_steps(state, 1 + bytes / 16);
  return lua_tocfunction(state, lua_upvalueindex(1))(state);
}

/// For a field of the table on top of the stack.
void count_by_texts(lua_State* state, const char* name) {
  lua_getfield(state, -1, name);
  lua_pushcclosure(state, counted_by_texts, 1);
  lua_setfield(state, -2, name);
}

void remove(lua_State* state, const char* name) {
  lua_pushnil(state);
  lua_setfield(state, -2, name);
}

void open_base(lua_State* state) {
  luaL_requiref(state, LUA_GNAME, luaopen_base, 1);
  for (const char* name :
       {"load", "loadfile", "dofile", "collectgarbage", "print", "warn", "setmetatable", "getmetatable"})
    remove(state, name);
  const luaL_Reg own[] = {{"pcall", protected_call}, {"xpcall", protected_call_with_handler},
                          {"tostring", to_string},   {"next", next_key},
                          {"pairs", pairs},          {nullptr, nullptr}};
  luaL_setfuncs(state, own, 0);
  count_by_texts(state, "tonumber");
  lua_pop(state, 1);
}

// Also makes it the texts' own: line:find(…).
void open_string(lua_State* state) {
  luaL_requiref(state, LUA_STRLIBNAME, luaopen_string, 1);
  remove(state, "dump");
  replace_string_functions(state);
  for (const char* name : {"byte", "lower", "upper", "reverse", "sub", "pack", "packsize", "unpack"})
    count_by_texts(state, name);
  lua_pop(state, 1);
}

void open_table(lua_State* state) {
  luaL_requiref(state, LUA_TABLIBNAME, luaopen_table, 1);
  replace_table_functions(state);
  lua_pop(state, 1);
}

void open_math(lua_State* state) {
  luaL_requiref(state, LUA_MATHLIBNAME, luaopen_math, 1);
  remove(state, "random");
  remove(state, "randomseed");
  lua_pop(state, 1);
}

void open_utf8(lua_State* state) {
  luaL_requiref(state, LUA_UTF8LIBNAME, luaopen_utf8, 1);
  for (const char* name : {"len", "codepoint", "offset", "codes"}) count_by_texts(state, name);
  lua_pop(state, 1);
}

}  // namespace

void open_sandbox(lua_State* state) {
  open_base(state);
  open_string(state);
  open_table(state);
  open_math(state);
  open_utf8(state);
}

}  // namespace pons::lua
