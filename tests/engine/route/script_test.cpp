#include "engine/route/script.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <lua.hpp>
#include <memory>
#include <random>
#include <thread>

#include "engine/base/digest.h"
#include "engine/base/text.h"
#include "engine/route/lua_pattern.h"

using namespace pons;
using Lines = std::vector<std::string>;

namespace {

std::optional<Script> load(const std::string& text, Findings& findings) {
  static std::vector<std::unique_ptr<Source>> sources;  // findings point into them
  sources.push_back(std::make_unique<Source>(Source{"mappings/scripts/sample.lua", text}));
  return Script::load(*sources.back(), findings);
}

Script script(const std::string& text) {
  Findings findings;
  const auto loaded = load(text, findings);
  REQUIRE(findings.all().empty());
  return loaded.value();
}

/// What `return {out = …}` gives.
std::string out(const std::string& body, const Script::Input& input = {}) {
  const auto outputs = script("function run(input)\n" + body + "\nend").run(input, {"out"});
  return outputs ? outputs->at("out").value_or("(absent)") : "refused: " + outputs.fault().text;
}

std::string value_of(const std::string& expression) {
  return out("return {out = tostring(" + expression + ")}");
}

/// The finding's code, line and message.
std::string finding(const std::string& text) {
  Findings findings;
  CHECK_FALSE(load(text, findings));
  REQUIRE(findings.all().size() == 1);
  const Finding& found = findings.all().front();
  return found.code + " at \"" + std::string(found.labels.at(0).span.text()) + "\": " + found.message;
}

bool gives_up(const std::string& answer) {
  return answer.find("refused: scripts/sample.lua:") == 0 &&
         answer.find("gave up after 10,000,000 steps") != std::string::npos;
}

/// The same in Lua as it comes, with its own libraries.
std::string out_of_plain_lua(const std::string& body) {
  const std::unique_ptr<lua_State, decltype(&lua_close)> state(luaL_newstate(), &lua_close);
  luaL_openlibs(state.get());
  REQUIRE(luaL_loadstring(state.get(), body.c_str()) == LUA_OK);
  REQUIRE(lua_pcall(state.get(), 0, 1, 0) == LUA_OK);
  lua_getfield(state.get(), -1, "out");
  std::size_t size = 0;
  const char* text = lua_tolstring(state.get(), -1, &size);
  return {text, size};
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) result += "\\x" + to_hex({&c, 1});
  return result + "\"";
}

/// Lua that writes a line for each subject and pattern: all that find, match, gmatch and gsub say, in ASCII.
std::string everything_about(const Lines& subjects, const Lines& patterns) {
  std::string body = "local subjects, patterns, said = {}, {}, {}\n";
  for (const auto& subject : subjects) body += "subjects[#subjects + 1] = " + quoted(subject) + "\n";
  for (const auto& pattern : patterns) body += "patterns[#patterns + 1] = " + quoted(pattern) + "\n";
  return body + R"(
    local function ascii(s)
      local all = {}
      for i = 1, #s do
        local c = s:byte(i)
        all[i] = (c < 32 or c > 126) and string.format("\\%d", c) or string.char(c)
      end
      return table.concat(all)
    end
    local function say(...)
      local all = {}
      for i = 1, select("#", ...) do all[i] = tostring((select(i, ...))) end
      return table.concat(all, "|")
    end
    local function try(f, ...)
      local result = table.pack(pcall(f, ...))
      return result[1] and say(table.unpack(result, 2, result.n)) or "error"
    end
    local function walk(s, p, init)
      local all = {}
      for a, b in string.gmatch(s, p, init) do all[#all + 1] = say(a, b) end
      return table.concat(all, ";")
    end
    local function only_b(x) return x ~= "b" and x end
    for _, s in ipairs(subjects) do
      for _, p in ipairs(patterns) do
        said[#said + 1] = ascii(table.concat({s, p, try(string.find, s, p), try(string.find, s, p, 2),
          try(string.find, s, p, -2), try(string.find, s, p, 1, true), try(string.match, s, p),
          try(string.match, s, p, 3), try(walk, s, p), try(walk, s, p, -3), try(string.gsub, s, p, "<%0>"),
          try(string.gsub, s, p, "%1%%", 2), try(string.gsub, s, p, {a = "A", ab = 7, [1] = "one"}),
          try(string.gsub, s, p, only_b)}, "  "))
      end
    end
    return {out = table.concat(said, "\n")}
  )";
}

const char* const kSections = R"(
  local titles = {IMPRESSION = "impression", FINDINGS = "findings"}
  function run(lines)
    local parts, now = {findings = {}, impression = {}}, "findings"
    for _, line in ipairs(lines) do
      local title = titles[line:match("^%u+")]
      if title then now = title else table.insert(parts[now], line) end
    end
    local impression = table.concat(parts.impression, "\n")
    return {findings = table.concat(parts.findings, "\n"), impression = impression,
            critical = impression:find("CRITICAL") and "yes" or "no"}
  end)";

}  // namespace

TEST_CASE("a script splits a report into its sections") {
  const Script sections = script(kSections);
  const auto given = sections.run(Lines{"FINDINGS:", "No fracture.", "Old scar.", "IMPRESSION:", "CRITICAL: bleeding"},
                                  {"findings", "impression", "critical"});
  REQUIRE(given);
  CHECK(given->at("findings") == "No fracture.\nOld scar.");
  CHECK(given->at("impression") == "CRITICAL: bleeding");
  CHECK(given->at("critical") == "yes");
  CHECK(sections.run(Lines{}, {"critical"})->at("critical") == "no");
}

TEST_CASE("a script gets a text, a list or nil, and gives texts or nothing") {
  CHECK(out("return {out = input .. '!'}", "12 mSv") == "12 mSv!");
  CHECK(out("return {out = #input .. input[2]}", Lines{"a", "b"}) == "2b");
  CHECK(out("return {out = input == nil and 'nil'}") == "nil");
  CHECK(out("return {out = input}", "") == "");
  CHECK(out("return {other = 'x'}") == "(absent)");
  CHECK(out("return {out = 12}") == "12");
  CHECK(out("return {out = 0.5}") == "0.5");
}

TEST_CASE("what is no text as an output is refused at the function's line") {
  CHECK(out("return {out = true}") ==
        "refused: scripts/sample.lua:1: run gave a boolean as \"out\"; an output is a text, for example \"yes\" or "
        "\"no\"");
  CHECK(out("return {out = {}}") == "refused: scripts/sample.lua:1: run gave a table as \"out\"; an output is a text");
  CHECK(out("return 'x'") ==
        "refused: scripts/sample.lua:1: run gave a string; it returns a table:  return {name = value}");
  CHECK(out("return {out = '\\xff'}") == "refused: scripts/sample.lua: the output \"out\" is not UTF-8");
}

TEST_CASE("a script that fails is refused with its file and line") {
  CHECK(out("local dose\nreturn {out = 'x' .. dose}") ==
        "refused: scripts/sample.lua:3: attempt to concatenate a nil value (local 'dose')");
  CHECK(out("error('no dose')") == "refused: scripts/sample.lua:2: no dose");
  CHECK(out("error({code = 1})") ==
        "refused: scripts/sample.lua: raised a table as its error; write  error(\"what is wrong\")");
  CHECK(out("error()") == "refused: scripts/sample.lua: raised a nil as its error; write  error(\"what is wrong\")");
  CHECK(out("return {out = ('x'):find('[')}") == "refused: scripts/sample.lua:2: malformed pattern (missing ']')");
  const auto refusal = script("function run() return 1 + {} end").run({}, {});
  CHECK(refusal.fault().kind == Fault::Kind::refused);
}

TEST_CASE("what Lua cannot read is found before anything runs, at its line") {
  CHECK(finding("function run(input)\n  return {a = }\nend") ==
        "E0701 at \"return {a = }\": this script does not run: unexpected symbol near '}'");
  CHECK(finding("local a = 1\nlocal b = a.x.y\nfunction run() end") ==
        "E0702 at \"local b = a.x.y\": this script does not run: attempt to index a number value (local 'a')");
  CHECK(finding("local x = 1\n") == "E0703 at \"local x = 1\": this script has no function `run`");
  CHECK(finding("while true do end").find("E0702 at \"while true do end\"") == 0);
  CHECK(finding("\x1bLua").find("E0701") == 0);
  CHECK(finding(std::string(100'000, '(')).find("E0701") == 0);
}

TEST_CASE("nothing stays from one run to the next") {
  const Script counter =
      script("calls = 0 function run() calls = calls + 1 string.find = nil return {out = calls} end");
  for (int i = 0; i < 3; ++i) CHECK(counter.run({}, {"out"})->at("out") == "1");
}

TEST_CASE("a script runs in many threads at once") {
  const Script sections = script(kSections);
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      const std::string text = "CRITICAL " + std::to_string(t);
      for (int i = 0; i < 50; ++i)
        if (sections.run(Lines{"IMPRESSION", text}, {"impression"})->at("impression") == text) ++right;
    });
  for (auto& thread : threads) thread.join();
  CHECK(right == 200);
}

TEST_CASE("a script reaches no file, clock, chance, code or metatable") {
  for (const char* name : {"os", "io", "debug", "package", "coroutine", "load", "loadfile", "dofile", "loadstring",
                           "require", "collectgarbage", "print", "warn", "setmetatable", "getmetatable", "string.dump",
                           "math.random", "math.randomseed"}) {
    INFO(name);
    CHECK(value_of(name) == "nil");
  }
  for (const char* name : {"string.find", "table.concat", "math.floor", "utf8.char", "pcall", "ipairs", "select"}) {
    INFO(name);
    CHECK(value_of(name) == "function");
  }
}

TEST_CASE("the same input gives the same output: no addresses, no order of chance") {
  CHECK(value_of("{}") == "table");
  CHECK(value_of("('%s %d'):format(string.find, 3)") == "function 3");
  CHECK(value_of("('%p'):format({})").find("refused:") == 0);
  const std::string keys = R"(
    local t, all = {}, {}
    for _, k in ipairs{"pear", "apple", 3, "fig", 1, 2.5, true, "10"} do t[k] = "" end
    for k in pairs(t) do all[#all + 1] = tostring(k) end
    all[#all + 1] = next(t)
    for k in next, t, 3 do all[#all + 1] = tostring(k) end
    return {out = table.concat(all, " ")})";
  CHECK(out(keys) == "1 2.5 3 10 apple fig pear true 1 10 apple fig pear true");
  CHECK(out("local t = {a = 1, b = 2, c = 3} local n = 0 for k in pairs(t) do t[k] = nil t.c = nil n = n + 1 end "
            "return {out = n .. tostring(next(t))}") == "2nil");
}

TEST_CASE("tables are sorted, moved and joined as in Lua, and equals keep their order") {
  CHECK(out("local t = {5, 2, 9, 1, 7} table.sort(t) return {out = table.concat(t, ',')}") == "1,2,5,7,9");
  CHECK(
      out("local t = {'b2', 'a1', 'b1', 'a2', 'c'} table.sort(t, function(x, y) return x:sub(1, 1) > y:sub(1, 1) end) "
          "return {out = table.concat(t, ',')}") == "c,b2,b1,a1,a2");
  CHECK(out("local t = {1, 'x'} table.sort(t)").find("attempt to compare") != std::string::npos);
  CHECK(out("local t = {} for i = 1, 500 do t[i] = (i * 7919) % 1009 end table.sort(t) "
            "for i = 2, 500 do if t[i - 1] > t[i] then return {out = 'wrong'} end end return {out = #t}") == "500");
  CHECK(out("local t = {1, 2, 3} table.insert(t, 1, 0) table.remove(t, 2) table.insert(t, 9) "
            "return {out = table.concat(table.move(t, 1, 3, 2), ',') .. select('#', table.unpack(t))}") == "0,0,2,34");
}

TEST_CASE("texts are searched as Lua's own library searches them") {
  const Lines subjects = {"",
                          "a",
                          "ab",
                          "hello world",
                          "  trim me  ",
                          "key = value; k2=v2",
                          "f(a(b)c)d",
                          "THE (quick) fox",
                          "2026-11-24",
                          "aaa",
                          "abcabc",
                          std::string("a\0b\0", 4),
                          "x^y$z",
                          "[]-%",
                          "caf\xc3\xa9",
                          "\t\n"};
  const Lines patterns = {"",
                          "a",
                          "^a",
                          "a$",
                          "^$",
                          "$",
                          "^",
                          "a^",
                          "$a",
                          ".",
                          ".-",
                          ".*",
                          ".+",
                          "a?",
                          "a-b",
                          "a*",
                          "(a*)",
                          "()",
                          "()a()",
                          "(a)(b)",
                          "((a)(b))",
                          "(.-)%s*$",
                          "^%s*(.-)%s*$",
                          "(%w+)%s*=%s*(%w+)",
                          "%b()",
                          "%b((",
                          "%f[%w]%w+",
                          "%f[%a]%u+%f[%A]",
                          "%f[%z]",
                          "%d+-%d+",
                          "(%d+)-(%d+)-(%d+)",
                          "[abc]",
                          "[^abc]",
                          "[a-c]+",
                          "[]]",
                          "[^]]",
                          "[]-a]",
                          "[a-]",
                          "[%a-z]",
                          "[%]]",
                          "[%-a]",
                          "[a-%%]",
                          "[^%s]+",
                          "(.)%1",
                          "(a)(.)%2",
                          "()%1",
                          "%%",
                          "%.",
                          "%a%A",
                          "%c",
                          "%g+",
                          "%l",
                          "%p",
                          "%s",
                          "%u",
                          "%x+",
                          "%W",
                          "%D",
                          "%z",
                          "%Z",
                          "\xc3",
                          "[\x80-\xff]",
                          "[^\x01-\x7f]+",
                          "**",
                          "+",
                          "?a",
                          "*a",
                          "a**",
                          "(a)-",
                          "%b()*",
                          "[%w_]+",
                          "world",
                          "o w",
                          "-",
                          "l+",
                          "l-o",
                          "(h)(e)(l)(l)(o)"};
  const std::string body = everything_about(subjects, patterns);
  const std::string ours = out(body), theirs = out_of_plain_lua(body);
  const auto our_lines = split(ours, '\n'), their_lines = split(theirs, '\n');
  REQUIRE(our_lines.size() == subjects.size() * patterns.size());
  REQUIRE(their_lines.size() == our_lines.size());
  for (std::size_t i = 0; i < our_lines.size(); ++i) CHECK(our_lines[i] == their_lines[i]);
}

TEST_CASE("any pattern that Lua takes gives what Lua gives, and what Lua refuses is refused") {
  std::mt19937 chance(7);
  const auto any_of = [&](std::string_view letters) { return letters[chance() % letters.size()]; };
  std::size_t compared = 0;
  for (int round = 0; round < 40; ++round) {
    Lines subjects, patterns;
    for (int i = 0; i < 4; ++i) {
      std::string subject;
      for (std::size_t size = chance() % 9; subject.size() < size;) subject += any_of("aab(1]-% ");
      subjects.push_back(subject);
    }
    for (int i = 0; i < 25; ++i) {
      std::string pattern;
      for (std::size_t size = 1 + chance() % 8; pattern.size() < size;) pattern += any_of("aab.*+-?^$()[]%%dwf1b");
      patterns.push_back(pattern);
    }
    const std::string body = everything_about(subjects, patterns);
    const std::string ours = out(body), theirs = out_of_plain_lua(body);
    const auto our_lines = split(ours, '\n'), their_lines = split(theirs, '\n');
    REQUIRE(our_lines.size() == 100);
    REQUIRE(their_lines.size() == 100);
    for (std::size_t i = 0; i < our_lines.size(); ++i) {
      const bool we_refuse = our_lines[i].find("error") != std::string::npos;
      const bool they_refuse = their_lines[i].find("error") != std::string::npos;
      if (they_refuse) CHECK(we_refuse);
      if (we_refuse) continue;  // perhaps wrong only where this subject does not lead
      CHECK(our_lines[i] == their_lines[i]);
      ++compared;
    }
  }
  CHECK(compared > 1'000);
}

TEST_CASE("a malformed pattern is refused, wherever in it the fault is") {
  for (const char* pattern : {"[",  "[a",  "[%", "%",   "(",  ")",   "(()", "a)", "%1", "(%1)",  "%0",
                              "%b", "%bx", "%f", "%fa", "[]", "[^]", "[^",  "(a", "a(", "(a)%2", "a%"}) {
    INFO(pattern);
    CHECK(lua::Pattern().compile(pattern) != nullptr);
  }
  CHECK(lua::Pattern().compile(std::string(1000, 'a')) == nullptr);
  std::string sets, captures;
  for (int i = 0; i < 201; ++i) sets += "[ab]";
  for (int i = 0; i < 33; ++i) captures += "()";
  CHECK(lua::Pattern().compile(sets) == std::string("pattern too complex"));
  CHECK(lua::Pattern().compile(captures) == std::string("too many captures"));
}

TEST_CASE("a hostile pattern ends after its steps, not after minutes") {
  const std::string optional = [] {
    std::string pattern;
    for (int i = 0; i < 26; ++i) pattern += "a?";
    return pattern + std::string(26, 'a');
  }();
  lua::Pattern pattern;
  REQUIRE(pattern.compile(optional) == nullptr);
  const std::string text(26, 'a');
  lua::Steps steps{100'000};
  CHECK_FALSE(lua::Match(pattern, text, steps).find(0));
  CHECK(steps.ran_out());

  lua::Steps few{1'000'000};
  CHECK(lua::find_plain(std::string(200'000, 'a'), std::string(100'000, 'a') + "b", 0, few) == std::string::npos);
  CHECK(few.ran_out());

  for (const char* call :
       {"('a'):rep(26):find(('a?'):rep(26) .. ('a'):rep(26))", "('a'):rep(3000):match('.-.-.-.-.-b')",
        "('a'):rep(3000):gsub('.-.-.-.-.-b', '')", "('a'):rep(3000):gmatch('.-.-.-.-.-b')()",
        "('('):rep(20000):find('%b()' .. ('.-'):rep(5) .. 'x')", "('a'):rep(100000):find('(.-)%1%1%1b')",
        "('a'):rep(400000):find(('a'):rep(200000) .. 'b', 1, true)"}) {
    INFO(call);
    CHECK(gives_up(value_of(call)));
  }
}

TEST_CASE("no loop goes on for ever") {
  for (const char* body :
       {"while true do end",
        "goto again ::again:: goto again",
        "local function f() return f() end f()",
        "while true do pcall(error) end",
        "pcall(function() while true do end end) return {out = 'went on'}",
        "xpcall(function() while true do end end, function() while true do end end) return {out = 'went on'}",
        "pcall(pcall, pcall, function() while true do end end) return {out = 'went on'}",
        "pcall(string.find, ('a'):rep(3000), '.-.-.-.-.-b') return {out = 'went on'}",
        "pcall(string.gsub, 'x', 'x', function() while true do end end) return {out = 'went on'}",
        "table.sort({1, 2, 3}, function() while true do end end)",
        "table.move({}, 1, math.maxinteger - 1, 2)",
        "table.move({}, math.mininteger, -1, 2)",
        "while true do ('x'):rep(1000000) end",
        "local s = ('x'):rep(1000000) while true do s:upper() end",
        "local s = ('x'):rep(4000000) while true do utf8.len(s) end",
        "local a, b = ('x'):rep(4000000) .. 'a', ('x'):rep(4000000) .. 'b' while true do local c = a == b end",
        "local t = {} for i = 1, 100000 do t[i] = i end while true do table.insert(t, 1, 0) table.remove(t, 1) end",
        "local t = {} for i = 1, 100000 do t[i] = i end while true do table.unpack(t) end",
        "local t = {} for i = 1, 100000 do t[i] = '' end while true do table.concat(t) end",
        "local t = {} for i = 1, 300000 do t[i] = i end for i = 1, 300000 do t[i] = nil end while true do next(t) end",
        "local t = {} for i = 1, 1000 do t[i] = i end while true do table.sort(t, rawequal) end",
        "local s = (' '):rep(1000000) while true do tonumber(s) end",
        "while true do pcall(string.rep, 'x', 1 << 40) end"}) {
    INFO(body);
    CHECK(gives_up(out("do " + std::string(body) + " end")));
  }
  CHECK(out("while true do\nend").find("refused: scripts/sample.lua:2: gave up") == 0);
  CHECK(value_of("#(''):rep(math.maxinteger)") == "0");
}

TEST_CASE("no script takes more than its memory") {
  const std::string too_much = "refused: scripts/sample.lua: needs more than 16 MB of memory";
  for (const char* body :
       {"local s = ('x'):rep(1 << 30)", "local s = 'x' while true do s = s .. s end",
        "local t = {} while true do t[#t + 1] = {} end", "pcall(string.rep, 'x', 1 << 30) return {out = 'went on'}",
        "local t = {} for i = 1, 200 do t[i] = ('x'):rep(65536) end table.concat(t, ('y'):rep(65536))",
        "local s = ('x'):rep(1000000):gsub('x', ('y'):rep(1000))", "string.pack('c1000000000', 'x')"}) {
    INFO(body);
    CHECK(out("do " + std::string(body) + " end") == too_much);
  }
  CHECK(out("return {out = #input}", std::string(17u << 20, 'x')) == too_much);
  CHECK(out("return {out = #input}", std::string(5u << 20, 'x')) == std::to_string(5u << 20));
}

TEST_CASE("no script overruns the stack") {
  for (const char* body :
       {"local function f() return 1 + f() end f()", "local function f() pcall(f) f() end f()",
        "local function f(s) return s:gsub('.', f) end f('x')", "local function f() table.sort({1, 2}, f) end f()",
        "local function f() return xpcall(f, f) end f() error('over')"}) {
    INFO(body);
    CHECK(out("do " + std::string(body) + " end").find("refused: scripts/sample.lua") == 0);
  }
  std::string nested = "(";
  for (int i = 0; i < 199; ++i) nested += "a-";
  CHECK(value_of("('a'):rep(300):find('" + nested + ")b')").find("refused:") == 0);
}

TEST_CASE("a failure that a script foresees is its own affair") {
  CHECK(out("local ok, why = pcall(error, 'no') return {out = tostring(ok) .. why}") == "falseno");
  CHECK(out("return {out = select(2, pcall(function(a, b) return a .. b end, 'x', 'y'))}") == "xy");
  CHECK(out("local ok, why = xpcall(function(a) error(a, 0) end, function(e) return e .. '!' end, 'no') "
            "return {out = tostring(ok) .. why}") == "falseno!");
  CHECK(out("return {out = select('#', xpcall(function(...) return ... end, error, 1, 2))}") == "3");
}

TEST_CASE("what every text can do is the same functions, and cannot be changed for the next run") {
  CHECK(value_of("('x').find == string.find") == "true");
  CHECK(value_of("pcall(function() ('').x = 1 end)") == "false");
}
