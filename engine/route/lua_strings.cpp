#include "engine/route/lua_strings.h"

#include <algorithm>
#include <new>
#include <string_view>
#include <type_traits>

#include "engine/route/lua_allowance.h"
#include "engine/route/lua_pattern.h"

// Lua's errors jump past destructors, so nothing in this file owns anything: texts are views into Lua's strings, which
// stay on the stack.

namespace pons::lua {

namespace {

static_assert(std::is_trivially_destructible_v<Pattern> && std::is_trivially_destructible_v<Match>);

std::string_view check_text(lua_State* state, int argument) {
  std::size_t size = 0;
  const char* text = luaL_checklstring(state, argument, &size);
  return {text, size};
}

void push(lua_State* state, std::string_view text) {
  lua_pushlstring(state, text.data(), text.size());
}

void compile(lua_State* state, Pattern& pattern, std::string_view text, Pattern::Start start) {
  take_steps(state, 1 + static_cast<std::int64_t>(text.size() / 8));
  if (const char* wrong = pattern.compile(text, start)) luaL_error(state, "%s", wrong);
}

/// Goes on, or raises when a match ended for want of steps.
void check_steps(lua_State* state) {
  if (Allowance::of(state).steps().ran_out()) raise_out_of_steps(state);
}

/// The optional argument `init`: 1-based, from the end when negative. Gives an offset; beyond the size: nothing is
/// there.
std::size_t check_init(lua_State* state, int argument, std::size_t size) {
  const lua_Integer init = luaL_optinteger(state, argument, 1);
  if (init > 0) return static_cast<std::size_t>(init) - 1;
  if (init == 0 || init < -static_cast<lua_Integer>(size)) return 0;
  return size - static_cast<std::size_t>(-init);
}

void push_capture(lua_State* state, const Match& match, const Match::Capture& capture) {
  if (capture.length == Match::Capture::kPosition)
    lua_pushinteger(state, static_cast<lua_Integer>(capture.begin) + 1);
  else
    push(state, match.text(capture));
}

/// The nth capture; the whole match where the pattern has none.
void push_first_capture(lua_State* state, const Match& match) {
  if (match.captures() == 0)
    push(state, match.whole());
  else
    push_capture(state, match, match.capture(0));
}

int push_captures(lua_State* state, const Match& match) {
  luaL_checkstack(state, static_cast<int>(match.captures()), "too many captures");
  for (std::size_t i = 0; i < match.captures(); ++i) push_capture(state, match, match.capture(i));
  return static_cast<int>(match.captures());
}

int push_captures_or_whole(lua_State* state, const Match& match) {
  if (match.captures() > 0) return push_captures(state, match);
  push(state, match.whole());
  return 1;
}

int push_range(lua_State* state, std::size_t begin, std::size_t end) {
  lua_pushinteger(state, static_cast<lua_Integer>(begin) + 1);
  lua_pushinteger(state, static_cast<lua_Integer>(end));
  return 2;
}

int push_nothing(lua_State* state) {
  luaL_pushfail(state);
  return 1;
}

bool has_specials(std::string_view pattern) {
  return pattern.find_first_of("^$*+?.([%-") != std::string_view::npos;
}

int find_as_text(lua_State* state, std::string_view subject, std::string_view wanted, std::size_t init) {
  const std::size_t at = find_plain(subject, wanted, init, Allowance::of(state).steps());
  check_steps(state);
  return at == std::string_view::npos ? push_nothing(state) : push_range(state, at, at + wanted.size());
}

enum class Wanted { places, captures };

int find_pattern(lua_State* state, std::string_view subject, std::string_view text, std::size_t init, Wanted wanted) {
  Pattern pattern;
  compile(state, pattern, text, Pattern::Start::may_anchor);
  Match match(pattern, subject, Allowance::of(state).steps());
  const bool found = match.find(init);
  check_steps(state);
  if (!found) return push_nothing(state);
  if (wanted == Wanted::captures) return push_captures_or_whole(state, match);
  return push_range(state, match.begin(), match.end()) + push_captures(state, match);
}

int find(lua_State* state) {
  const std::string_view subject = check_text(state, 1), pattern = check_text(state, 2);
  const std::size_t init = check_init(state, 3, subject.size());
  if (init > subject.size()) return push_nothing(state);
  take_steps(state, static_cast<std::int64_t>(pattern.size() / 64));
  if (lua_toboolean(state, 4) || !has_specials(pattern)) return find_as_text(state, subject, pattern, init);
  return find_pattern(state, subject, pattern, init, Wanted::places);
}

int match(lua_State* state) {
  const std::string_view subject = check_text(state, 1), pattern = check_text(state, 2);
  const std::size_t init = check_init(state, 3, subject.size());
  if (init > subject.size()) return push_nothing(state);
  return find_pattern(state, subject, pattern, init, Wanted::captures);
}

/// Where a walk over all matches stands. A match that is empty does not count right after the last one.
struct Walk {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  Pattern pattern;
  std::size_t at = 0;
  std::size_t last_end = kNone;
};

// Upvalues: the walk, the subject, the pattern's text.
int next_match(lua_State* state) {
  Walk& walk = *static_cast<Walk*>(lua_touserdata(state, lua_upvalueindex(1)));
  const std::string_view subject = check_text(state, lua_upvalueindex(2));
  Match match(walk.pattern, subject, Allowance::of(state).steps());
  for (; walk.at <= subject.size(); ++walk.at) {
    const bool found = match.at(walk.at) && match.end() != walk.last_end;
    check_steps(state);
    if (!found) continue;
    walk.at = walk.last_end = match.end();
    return push_captures_or_whole(state, match);
  }
  return 0;
}

int gmatch(lua_State* state) {
  const std::string_view subject = check_text(state, 1), text = check_text(state, 2);
  const std::size_t init = check_init(state, 3, subject.size());
  lua_settop(state, 2);
  auto* walk = new (lua_newuserdatauv(state, sizeof(Walk), 0)) Walk;
  compile(state, walk->pattern, text, Pattern::Start::never_anchors);
  walk->at = std::min(init, subject.size() + 1);
  lua_insert(state, 1);
  lua_pushcclosure(state, next_match, 3);
  return 1;
}

// The arguments of gsub.
constexpr int kSubject = 1, kPattern = 2, kReplacement = 3, kLimit = 4;

void add_capture(lua_State* state, luaL_Buffer* buffer, const Match& match, std::size_t number) {
  if (number == 0 || (number == 1 && match.captures() == 0)) {
    luaL_addlstring(buffer, match.whole().data(), match.whole().size());
    return;
  }
  if (number > match.captures())
    luaL_error(state, "invalid capture index %%%d in replacement string", static_cast<int>(number));
  push_capture(state, match, match.capture(number - 1));
  luaL_addvalue(buffer);
}

void add_replacement_text(lua_State* state, luaL_Buffer* buffer, const Match& match) {
  std::size_t size = 0;
  const char* text = lua_tolstring(state, kReplacement, &size);
  take_steps(state, static_cast<std::int64_t>(size / 8));
  for (const char* c = text; c < text + size; ++c) {
    if (*c != '%') {
      luaL_addchar(buffer, *c);
      continue;
    }
    ++c;  // Lua's strings end with '\0', so there is a next one
    if (*c == '%')
      luaL_addchar(buffer, '%');
    else if (*c >= '0' && *c <= '9')
      add_capture(state, buffer, match, static_cast<std::size_t>(*c - '0'));
    else
      luaL_error(state, "invalid use of '%%' in replacement string");
  }
}

/// What a table or a function gives for a match; false and nil leave the match as it is.
void add_replacement_value(lua_State* state, luaL_Buffer* buffer, const Match& match) {
  if (lua_istable(state, kReplacement)) {
    push_first_capture(state, match);
    lua_gettable(state, kReplacement);
  } else {
    lua_pushvalue(state, kReplacement);
    lua_call(state, push_captures_or_whole(state, match), 1);
  }
  if (!lua_toboolean(state, -1)) {
    lua_pop(state, 1);
    luaL_addlstring(buffer, match.whole().data(), match.whole().size());
  } else if (lua_isstring(state, -1)) {
    luaL_addvalue(buffer);
  } else {
    luaL_error(state, "invalid replacement value (a %s)", luaL_typename(state, -1));
  }
}

void add_replacement(lua_State* state, luaL_Buffer* buffer, const Match& match) {
  if (lua_isstring(state, kReplacement))
    add_replacement_text(state, buffer, match);
  else
    add_replacement_value(state, buffer, match);
}

void check_replacement(lua_State* state) {
  const int type = lua_type(state, kReplacement);
  luaL_argexpected(state, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TTABLE || type == LUA_TFUNCTION,
                   kReplacement, "string/function/table");
}

int gsub(lua_State* state) {
  const std::string_view subject = check_text(state, kSubject), text = check_text(state, kPattern);
  check_replacement(state);
  const lua_Integer limit = luaL_optinteger(state, kLimit, static_cast<lua_Integer>(subject.size()) + 1);
  lua_settop(state, kReplacement);
  Walk walk;
  compile(state, walk.pattern, text, Pattern::Start::may_anchor);
  Match match(walk.pattern, subject, Allowance::of(state).steps());
  luaL_Buffer buffer;
  luaL_buffinit(state, &buffer);
  lua_Integer count = 0;
  while (count < limit) {
    const bool found = match.at(walk.at) && match.end() != walk.last_end;
    check_steps(state);
    if (found) {
      ++count;
      add_replacement(state, &buffer, match);
      walk.at = walk.last_end = match.end();
    } else if (walk.at < subject.size()) {
      luaL_addchar(&buffer, subject[walk.at++]);
    } else {
      break;
    }
    if (walk.pattern.is_anchored()) break;
  }
  luaL_addlstring(&buffer, subject.data() + walk.at, subject.size() - walk.at);
  luaL_pushresult(&buffer);
  lua_pushinteger(state, count);
  return 2;
}

int call_own(lua_State* state) {
  return lua_tocfunction(state, lua_upvalueindex(1))(state);
}

/// Lua's own walks through as many copies of an empty text as it is told.
int rep(lua_State* state) {
  const std::string_view text = check_text(state, 1);
  const lua_Integer copies = luaL_checkinteger(state, 2);
  const std::string_view separator = lua_isnoneornil(state, 3) ? std::string_view() : check_text(state, 3);
  if (!text.empty() || !separator.empty()) {
    take_steps(state, std::clamp<lua_Integer>(copies, 0, Allowance::kMemory) / 8);
    return call_own(state);
  }
  lua_pushliteral(state, "");
  return 1;
}

/// What its name says instead of its address.
void name_instead_of_address(lua_State* state, int argument) {
  switch (lua_type(state, argument)) {
    case LUA_TTABLE:
    case LUA_TFUNCTION:
    case LUA_TUSERDATA:
    case LUA_TLIGHTUSERDATA:
      lua_pushstring(state, luaL_typename(state, argument));
      lua_replace(state, argument);
      break;
    default:
      break;
  }
}

/// Whether a format asks for an address.
bool has_pointer(std::string_view format) {
  for (std::size_t at = format.find('%'); at != std::string_view::npos; at = format.find('%', at + 1)) {
    at = format.find_first_not_of("-+ #0123456789.", at + 1);
    if (at == std::string_view::npos) return false;
    if (format[at] == 'p') return true;
  }
  return false;
}

int format(lua_State* state) {
  const std::string_view text = check_text(state, 1);
  take_steps(state, static_cast<std::int64_t>(text.size() / 8));
  if (has_pointer(text)) return luaL_error(state, "invalid conversion '%%p' to 'format': a script has no addresses");
  for (int argument = 2; argument <= lua_gettop(state); ++argument) name_instead_of_address(state, argument);
  return call_own(state);
}

/// Calls `function` with Lua's own one of that name within reach.
void wrap(lua_State* state, const char* name, lua_CFunction function) {
  lua_getfield(state, -1, name);
  lua_pushcclosure(state, function, 1);
  lua_setfield(state, -2, name);
}

}  // namespace

int to_string(lua_State* state) {
  luaL_checkany(state, 1);
  lua_settop(state, 1);
  name_instead_of_address(state, 1);
  luaL_tolstring(state, 1, nullptr);
  return 1;
}

void replace_string_functions(lua_State* state) {
  const luaL_Reg functions[] = {
      {"find", find}, {"match", match}, {"gmatch", gmatch}, {"gsub", gsub}, {nullptr, nullptr}};
  luaL_setfuncs(state, functions, 0);
  wrap(state, "rep", rep);
  wrap(state, "format", format);
}

}  // namespace pons::lua
