#include "engine/route/lua_tables.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "engine/route/lua_allowance.h"

// No table here has a metatable: a script has no setmetatable. So every access is raw.

namespace pons::lua {

namespace {

using Less = bool (*)(lua_State* state, int a, int b);  // absolute stack indices

lua_Integer length(lua_State* state, int table) {
  return static_cast<lua_Integer>(lua_rawlen(state, table));
}

void take_steps_for_texts(lua_State* state, int a, int b) {
  if (lua_type(state, a) != LUA_TSTRING || lua_type(state, b) != LUA_TSTRING) return;
  take_steps(state, static_cast<std::int64_t>(std::min(lua_rawlen(state, a), lua_rawlen(state, b)) / 64));
}

/// Without a function: what `<` says, which refuses to compare a text with a number.
bool less_by_value(lua_State* state, int a, int b) {
  take_steps_for_texts(state, a, b);
  return lua_compare(state, a, b, LUA_OPLT) != 0;
}

// sort's second argument.
bool less_by_function(lua_State* state, int a, int b) {
  take_steps(state, 5);
  lua_pushvalue(state, 2);
  lua_pushvalue(state, a);
  lua_pushvalue(state, b);
  lua_call(state, 2, 1);
  const bool is_less = lua_toboolean(state, -1) != 0;
  lua_pop(state, 1);
  return is_less;
}

int rank(lua_State* state, int index) {
  switch (lua_type(state, index)) {
    case LUA_TNUMBER:
      return 0;
    case LUA_TSTRING:
      return 1;
    case LUA_TBOOLEAN:
      return lua_toboolean(state, index) ? 3 : 2;
    default:
      return 4;
  }
}

std::string_view text(lua_State* state, int index) {
  std::size_t size = 0;
  const char* characters = lua_tolstring(state, index, &size);
  return {characters, size};
}

bool less_as_key(lua_State* state, int a, int b) {
  const int rank_a = rank(state, a), rank_b = rank(state, b);
  if (rank_a != rank_b) return rank_a < rank_b;
  if (rank_a == 0) return lua_compare(state, a, b, LUA_OPLT) != 0;
  take_steps_for_texts(state, a, b);
  return rank_a == 1 && text(state, a) < text(state, b);
}

/// Merges the sorted from[begin, middle) and from[middle, end) into `to`.
void merge(lua_State* state, int from, int to, lua_Integer begin, lua_Integer middle, lua_Integer end, Less less) {
  lua_Integer left = begin, right = middle;
  for (lua_Integer at = begin; at < end; ++at) {
    take_steps(state, 1);
    lua_rawgeti(state, from, left);
    lua_rawgeti(state, from, right);
    const int a = lua_gettop(state) - 1, b = a + 1;
    const bool takes_right = right < end && (left == middle || less(state, b, a));
    if (takes_right)
      lua_remove(state, a);
    else
      lua_pop(state, 1);
    lua_rawseti(state, to, at);
    ++(takes_right ? right : left);
  }
}

void copy(lua_State* state, int from, int to, lua_Integer size) {
  take_steps(state, size);
  for (lua_Integer i = 1; i <= size; ++i) {
    lua_rawgeti(state, from, i);
    lua_rawseti(state, to, i);
  }
}

/// Sorts the first `size` items of a table, stably.
void merge_sort(lua_State* state, int table, lua_Integer size, Less less) {
  lua_createtable(state, static_cast<int>(std::min<lua_Integer>(size, 1 << 20)), 0);
  const int other = lua_gettop(state);
  int from = table, to = other;
  for (lua_Integer width = 1; width < size; width *= 2) {
    for (lua_Integer begin = 1; begin <= size; begin += 2 * width)
      merge(state, from, to, begin, std::min(begin + width, size + 1), std::min(begin + 2 * width, size + 1), less);
    std::swap(from, to);
  }
  if (from != table) copy(state, from, table, size);
  lua_settop(state, other - 1);
}

int sort(lua_State* state) {
  luaL_checktype(state, 1, LUA_TTABLE);
  const bool has_function = !lua_isnoneornil(state, 2);
  if (has_function) luaL_checktype(state, 2, LUA_TFUNCTION);
  lua_settop(state, 2);
  merge_sort(state, 1, length(state, 1), has_function ? less_by_function : less_by_value);
  return 0;
}

/// Pushes a list of the keys of the table at `table`.
void push_sorted_keys(lua_State* state, int table) {
  // What a table is emptied of, Lua still walks over; it has no more than the memory holds.
  take_steps(state, static_cast<std::int64_t>(Allowance::of(state).memory() / 512));
  lua_newtable(state);
  const int keys = lua_gettop(state);
  lua_Integer size = 0;
  for (lua_pushnil(state); lua_next(state, table) != 0;) {
    take_steps(state, 1);
    lua_pop(state, 1);
    lua_pushvalue(state, -1);
    lua_rawseti(state, keys, ++size);
  }
  merge_sort(state, keys, size, less_as_key);
}

// Upvalues: the keys, how many were taken, the table. The table may lose items on the way.
int next_pair(lua_State* state) {
  lua_Integer taken = lua_tointeger(state, lua_upvalueindex(2));
  while (true) {
    take_steps(state, 1);
    if (lua_rawgeti(state, lua_upvalueindex(1), ++taken) == LUA_TNIL) return 1;
    lua_pushvalue(state, -1);
    if (lua_rawget(state, lua_upvalueindex(3)) != LUA_TNIL) break;
    lua_pop(state, 2);
  }
  lua_pushinteger(state, taken);
  lua_replace(state, lua_upvalueindex(2));
  return 2;
}

// How much work Lua's own functions do, which no hook interrupts.
using Cost = lua_Integer (*)(lua_State* state);

lua_Integer cost_of_insert(lua_State* state) {
  return lua_gettop(state) < 3 ? 1 : length(state, 1) - std::max<lua_Integer>(lua_tointeger(state, 2), 1) + 2;
}

lua_Integer cost_of_remove(lua_State* state) {
  return lua_gettop(state) < 2 ? 1 : length(state, 1) - std::max<lua_Integer>(lua_tointeger(state, 2), 1) + 2;
}

// table.move(from, first, last, at): also what is not there is moved.
lua_Integer cost_of_move(lua_State* state) {
  const lua_Integer first = lua_tointeger(state, 2), last = lua_tointeger(state, 3);
  if (last < first) return 1;
  return first > 0 || last < LUA_MAXINTEGER + first ? last - first + 1 : LUA_MAXINTEGER;
}

/// Of the items `first` to `last`, arguments of that number. What is not there ends the walk.
lua_Integer cost_of_range(lua_State* state, int first_argument) {
  constexpr lua_Integer kMostItems = Allowance::kMemory / 16;
  const lua_Integer first = luaL_optinteger(state, first_argument, 1);
  const lua_Integer last = luaL_optinteger(state, first_argument + 1, length(state, 1));
  if (last < first) return 1;
  return first > 0 || last < kMostItems + first ? std::min(last - first + 1, kMostItems) : kMostItems;
}

lua_Integer cost_of_concat(lua_State* state) {
  return cost_of_range(state, 3);
}

lua_Integer cost_of_unpack(lua_State* state) {
  return cost_of_range(state, 2);
}

template <Cost cost>
int counted(lua_State* state) {
  luaL_checktype(state, 1, LUA_TTABLE);
  take_steps(state, std::max<lua_Integer>(cost(state), 1));
  return lua_tocfunction(state, lua_upvalueindex(1))(state);
}

void count(lua_State* state, const char* name, lua_CFunction function) {
  lua_getfield(state, -1, name);
  lua_pushcclosure(state, function, 1);
  lua_setfield(state, -2, name);
}

}  // namespace

int next_key(lua_State* state) {
  luaL_checktype(state, 1, LUA_TTABLE);
  lua_settop(state, 2);
  push_sorted_keys(state, 1);
  lua_Integer at = 1;
  if (!lua_isnil(state, 2)) {
    for (; lua_rawgeti(state, 3, at) != LUA_TNIL && !lua_rawequal(state, -1, 2); ++at) lua_pop(state, 1);
    if (lua_isnil(state, -1)) return luaL_error(state, "next: there is no such key");
    ++at;
  }
  if (lua_rawgeti(state, 3, at) == LUA_TNIL) return 1;
  lua_pushvalue(state, -1);
  lua_rawget(state, 1);
  return 2;
}

int pairs(lua_State* state) {
  luaL_checktype(state, 1, LUA_TTABLE);
  lua_settop(state, 1);
  push_sorted_keys(state, 1);
  lua_pushinteger(state, 0);
  lua_pushvalue(state, 1);
  lua_pushcclosure(state, next_pair, 3);
  lua_pushvalue(state, 1);
  lua_pushnil(state);
  return 3;
}

void replace_table_functions(lua_State* state) {
  lua_pushcfunction(state, sort);
  lua_setfield(state, -2, "sort");
  count(state, "insert", counted<cost_of_insert>);
  count(state, "remove", counted<cost_of_remove>);
  count(state, "move", counted<cost_of_move>);
  count(state, "concat", counted<cost_of_concat>);
  count(state, "unpack", counted<cost_of_unpack>);
}

}  // namespace pons::lua
