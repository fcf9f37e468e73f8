#include "engine/json/value.h"

#include <catch2/catch.hpp>

#include <string>

using namespace pons;
using pons::json::Value;

namespace {

Value parsed(std::string_view text) {
  auto result = Value::parse(text);
  REQUIRE(result);
  return *std::move(result);
}

std::string fault(std::string_view text) {
  const auto result = Value::parse(text);
  return result ? "no fault" : result.fault().text;
}

std::string nested(int levels) {
  return std::string(static_cast<std::size_t>(levels), '[') + std::string(static_cast<std::size_t>(levels), ']');
}

}  // namespace

TEST_CASE("members keep the order in which they were written", "[json]") {
  const std::string text = R"({"z":1,"a":{"y":true,"b":null},"m":["q","c"]})";
  CHECK(parsed(text).write() == text);
  Value value;
  value["resourceType"] = "Patient";
  value["active"] = Value::boolean(true);
  value["id"] = "p1";
  value["resourceType"] = "Person";
  CHECK(value.write() == R"({"resourceType":"Person","active":true,"id":"p1"})");
}

TEST_CASE("numbers keep their spelling", "[json]") {
  for (const char* number : {"1.50", "1E5", "1e300", "-0", "0.000", "123456789012345678901234567890", "-12.5e-3"}) {
    CAPTURE(number);
    const Value value = parsed(number);
    CHECK(value.kind() == Value::Kind::number);
    CHECK(value.text() == number);
    CHECK(value.write() == number);
  }
  CHECK(Value::number(std::int64_t{-9007199254740993}).write() == "-9007199254740993");
  CHECK(fault("[1e400]").find("byte 1") != std::string::npos);  // beyond any double
}

TEST_CASE("what is written is read as the same value", "[json]") {
  Value value;
  value["text"] = "Grüße \"\\/\n\t";
  value["none"] = Value();
  value["no"] = Value::boolean(false);
  value["list"].push("a");
  value["list"].push(Value::number(std::int64_t{7}));
  value["empty"] = Value::array();
  value["object"] = Value::object();
  CHECK(parsed(value.write()) == value);
  CHECK(parsed(value.write_pretty()) == value);
  CHECK(value["object"].write_pretty() == "{}");
  CHECK(parsed(R"({"a":[1]})").write_pretty() == "{\n  \"a\": [\n    1\n  ]\n}");
}

TEST_CASE("NUL and control characters survive in a string, escaped", "[json]") {
  using namespace std::string_literals;
  const std::string text = "a\0b\x01\x1F\x7F"s;
  Value value;
  value["k\0"s] = text;
  const std::string written = value.write();
  CHECK(written == "{\"k\\u0000\":\"a\\u0000b\\u0001\\u001F\x7F\"}");
  CHECK(parsed(written) == value);
  CHECK(parsed(written).text_of("k\0"s) == text);
}

TEST_CASE("a raw control character in a string is no JSON", "[json]") {
  using namespace std::string_view_literals;
  CHECK_FALSE(Value::parse("\"a\nb\""));
  CHECK_FALSE(Value::parse("\"a\x01\""));
  CHECK_FALSE(Value::parse("\"a\0b\""sv));
}

TEST_CASE("what comes after the document is refused, a NUL too", "[json]") {
  using namespace std::string_view_literals;
  CHECK_FALSE(Value::parse("{} {}"));
  CHECK_FALSE(Value::parse("1 2"));
  CHECK_FALSE(Value::parse("{}\0{}"sv));
  CHECK_FALSE(Value::parse("{}\0"sv));
  CHECK(Value::parse(" {}\r\n"));
}

TEST_CASE("bad JSON is refused with the byte where it stops", "[json]") {
  CHECK(fault(R"({"a":1,})").find("byte 7") != std::string::npos);
  CHECK(fault(R"({"a" 1})").find("byte 5") != std::string::npos);
  CHECK(fault("").find("byte 0") != std::string::npos);
  for (const char* text : {"{", "[1,]", "{'a':1}", "nul", "01", "1.", "+1", ".5", "NaN", "Infinity", "\"\\x\"",
                           "\"\\ud800\"", "\"\xFF\"", "\"\xC0\x80\"", "// note\n1", "{a:1}", "\"open"}) {
    CAPTURE(text);
    CHECK(fault(text).find("not JSON at byte ") == 0);
  }
}

TEST_CASE("a document is at most 64 levels deep", "[json]") {
  CHECK(Value::parse(nested(64)));
  CHECK(fault(nested(65)).find("too deep") != std::string::npos);
  CHECK_FALSE(Value::parse(nested(100000)));
  CHECK_FALSE(Value::parse(std::string(100000, '[')));
}

TEST_CASE("an escaped character is read as its UTF-8", "[json]") {
  CHECK(parsed(R"("\u00fc\u20ac\ud83d\ude00\/")").text() == "ü€😀/");
}

TEST_CASE("a member that is not there is nothing, and an empty one is not absent", "[json]") {
  Value value = parsed(R"({"a":"","b":null,"n":1.0,"t":true})");
  CHECK(value.find("c") == nullptr);
  REQUIRE(value.find("b"));
  CHECK(value.find("b")->is_null());
  REQUIRE(value.find("a"));
  CHECK(value.find("a")->kind() == Value::Kind::string);
  CHECK(value.text_of("n") == "1.0");
  CHECK(value.text_of("t") == "true");
  CHECK(value.text_of("c").empty());
  value.erase("a");
  value.erase("never");
  CHECK(value.write() == R"({"b":null,"n":1.0,"t":true})");
  CHECK(parsed("[1]").find("a") == nullptr);
}

TEST_CASE("a copy is a value of its own", "[json]") {
  Value first = parsed(R"({"a":[1]})");
  Value second = first;
  second["a"].push("x");
  CHECK(first.write() == R"({"a":[1]})");
  CHECK(second.write() == R"({"a":[1,"x"]})");
  CHECK(first != second);
}
