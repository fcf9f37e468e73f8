#include "engine/route/script.h"

#include <algorithm>
#include <charconv>
#include <lua.hpp>
#include <memory>
#include <string_view>

#include "engine/base/text.h"
#include "engine/route/lua_allowance.h"
#include "engine/route/lua_sandbox.h"

namespace pons {

namespace {

using State = std::unique_ptr<lua_State, decltype(&lua_close)>;

constexpr std::string_view kFolder = "mappings/";

std::string name_of(const Source& source) {
  return source.path.starts_with(kFolder) ? source.path.substr(kFolder.size()) : source.path;
}

/// What one protected call is told and tells; it lives outside of it, where no Lua error jumps.
struct Call {
  const Script::Input& input;
  const std::vector<std::string>& outputs;
};

void push(lua_State* state, const std::string& text) {
  lua_pushlstring(state, text.data(), text.size());
}

void push_input(lua_State* state, const Script::Input& input) {
  if (const auto* text = std::get_if<std::string>(&input)) return push(state, *text);
  const auto* list = std::get_if<std::vector<std::string>>(&input);
  if (!list) return lua_pushnil(state);
  lua_createtable(state, static_cast<int>(list->size()), 0);
  lua_Integer number = 0;
  for (const std::string& text : *list) {
    push(state, text);
    lua_rawseti(state, -2, ++number);
  }
}

/// Raises an error at the first line of `run`.
int refuse_result(lua_State* state, const char* what) {
  lua_Debug function;
  lua_getglobal(state, "run");
  if (lua_isfunction(state, -1) && lua_getinfo(state, ">S", &function) != 0)
    lua_pushfstring(state, "%s:%d: %s", function.short_src, function.linedefined, what);
  else
    lua_pushstring(state, what);
  return lua_error(state);
}

/// Leaves a text, or nil, in the place of an output. Numbers become the text that Lua writes.
void make_text(lua_State* state, const std::string& name) {
  const int type = lua_type(state, -1);
  if (type == LUA_TNIL) return;
  if (type == LUA_TSTRING || type == LUA_TNUMBER) {
    lua_tolstring(state, -1, nullptr);
    return;
  }
  lua_pushfstring(state, "run gave a %s as \"%s\"; an output is a text%s", luaL_typename(state, -1), name.c_str(),
                  type == LUA_TBOOLEAN ? ", for example \"yes\" or \"no\"" : "");
  refuse_result(state, lua_tostring(state, -1));
}

/// Opens the sandbox and runs what is outside of functions. Argument: the compiled file.
int start(lua_State* state) {
  lua::open_sandbox(state);
  lua_call(state, 0, 0);
  return 0;
}

/// Calls run(input). Argument: the Call; results: its outputs, in their order.
int call_run(lua_State* state) {
  const Call& call = *static_cast<const Call*>(lua_touserdata(state, 1));
  lua_settop(state, 0);
  luaL_checkstack(state, static_cast<int>(call.outputs.size()) + 10, "too many outputs");
  lua_getglobal(state, "run");
  push_input(state, call.input);
  lua_call(state, 1, 1);
  if (!lua_istable(state, 1)) {
    lua_pushfstring(state, "run gave a %s; it returns a table:  return {name = value}", luaL_typename(state, 1));
    return refuse_result(state, lua_tostring(state, -1));
  }
  for (const std::string& name : call.outputs) {
    push(state, name);
    lua_rawget(state, 1);
    make_text(state, name);
  }
  return static_cast<int>(call.outputs.size());
}

/// The error on top of the stack, with a place where Lua knows one.
std::string error_text(lua_State* state, const std::string& name) {
  if (lua::Allowance::of(state).is_out_of_memory()) return name + ": needs more than 16 MB of memory";
  if (lua_type(state, -1) == LUA_TSTRING) {
    const std::string text = lua_tostring(state, -1);
    return text.starts_with(name) ? text : name + ": " + text;
  }
  return name + ": raised a " + luaL_typename(state, -1) + " as its error; write  error(\"what is wrong\")";
}

/// Empty: it went well.
std::string protect(lua_State* state, int arguments, int results, const std::string& name) {
  const int status = lua_pcall(state, arguments, results, 0);
  if (status == LUA_OK) return {};
  if (status == LUA_ERRMEM) lua::Allowance::of(state).call_memory_spent();
  return error_text(state, name);
}

enum class Stage { read, started };

/// A script's state, from its text to where `run` can be called, or how far that went and why not further.
struct Started {
  explicit Started(const std::string& name, const std::string& text) : state(allowance.new_state(), &lua_close) {
    lua_pushcfunction(state.get(), start);
    const std::string chunk = "@" + name;
    const int status = luaL_loadbufferx(state.get(), text.data(), text.size(), chunk.c_str(), "t");
    if (status == LUA_ERRMEM) allowance.call_memory_spent();
    if (status != LUA_OK) {
      wrong = error_text(state.get(), name);
      return;
    }
    reached = Stage::started;
    wrong = protect(state.get(), 1, 0, name);
  }

  lua::Allowance allowance;
  State state;  // uses the allowance to its end
  Stage reached = Stage::read;
  std::string wrong;
};

/// The line in "scripts/dose.lua:7: …"; 1 where there is none.
std::size_t line_in(std::string_view error) {
  for (std::size_t colon = error.find(':'); colon != std::string_view::npos; colon = error.find(':', colon + 1)) {
    std::size_t line = 0;
    const char* begin = error.data() + colon + 1;
    const auto [end, trouble] = std::from_chars(begin, error.data() + error.size(), line);
    if (trouble == std::errc{} && end != error.data() + error.size() && *end == ':') return line;
  }
  return 1;
}

Span span_of_line(const Source& source, std::size_t line) {
  std::size_t begin = 0;
  while (--line > 0 && source.text.find('\n', begin) != std::string::npos) begin = source.text.find('\n', begin) + 1;
  const std::size_t end = std::min(source.text.find('\n', begin), source.text.size());
  const std::size_t first = std::min(source.text.find_first_not_of(" \t", begin), end);
  return {&source, first, end};
}

/// "scripts/dose.lua:7: unexpected symbol" without its place, which the finding shows.
std::string without_place(const std::string& error) {
  const std::string line = ":" + std::to_string(line_in(error)) + ": ";
  const std::size_t at = error.find(line);
  return at == std::string::npos ? error : error.substr(at + line.size());
}

void report(Findings& findings, const char* code, const Source& source, const std::string& error) {
  findings.error(code, span_of_line(source, line_in(error)), "this script does not run: " + without_place(error));
}

bool has_run(lua_State* state) {
  const bool has = lua_getglobal(state, "run") == LUA_TFUNCTION;
  lua_pop(state, 1);
  return has;
}

}  // namespace

std::optional<Script> Script::load(const Source& source, Findings& findings) {
  const Started started(name_of(source), source.text);
  if (!started.wrong.empty()) {
    report(findings, started.reached == Stage::read ? "E0701" : "E0702", source, started.wrong);
    return std::nullopt;
  }
  if (!has_run(started.state.get())) {
    findings.error("E0703", span_of_line(source, 1), "this script has no function `run`", {},
                   "write:  function run(input) return {name = value} end");
    return std::nullopt;
  }
  return Script(name_of(source), source.text);
}

Result<Script::Outputs> Script::run(const Input& input, const std::vector<std::string>& outputs) const {
  const Started started(name_, text_);
  if (!started.wrong.empty()) return refused(started.wrong);
  lua_State* state = started.state.get();
  Call call{input, outputs};
  lua_pushcfunction(state, call_run);
  lua_pushlightuserdata(state, &call);
  if (std::string wrong = protect(state, 1, static_cast<int>(outputs.size()), name_); !wrong.empty())
    return refused(std::move(wrong));
  Outputs given;
  int index = 0;
  for (const std::string& name : outputs) {
    std::size_t size = 0;
    const char* text = lua_tolstring(state, ++index, &size);
    if (!text) {
      given[name] = std::nullopt;
      continue;
    }
    if (!is_utf8({text, size})) return refused(name_ + ": the output \"" + name + "\" is not UTF-8");
    given[name] = std::string(text, size);
  }
  return given;
}

}  // namespace pons
