#include "engine/dicom/header.h"

#include <catch2/catch.hpp>

#include "engine/dicom/dataset.h"

using namespace pons;
using dicom::Dataset;
using dicom::HeaderFilter;
using dicom::Syntax;

namespace {

std::string number(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFF);
  return text;
}

std::string tag(std::uint32_t value) {
  return number(value >> 16, 2) + number(value & 0xFFFF, 2);
}

constexpr std::uint32_t kUndefined = 0xFFFFFFFF;

/// An element of Explicit VR Little Endian; a VR with a long head where `length` is given.
std::string element(std::uint32_t at, const char* vr, const std::string& value) {
  return tag(at) + vr + number(static_cast<std::uint32_t>(value.size()), 2) + value;
}
std::string long_element(std::uint32_t at, const char* vr, const std::string& value, std::uint32_t length) {
  return tag(at) + vr + std::string(2, '\0') + number(length, 4) + value;
}
std::string long_element(std::uint32_t at, const char* vr, const std::string& value) {
  return long_element(at, vr, value, static_cast<std::uint32_t>(value.size()));
}
std::string item(const std::string& content, std::uint32_t length) {
  return tag(0xFFFEE000) + number(length, 4) + content;
}
std::string item(const std::string& content) {
  return item(content, static_cast<std::uint32_t>(content.size()));
}
const std::string kItemEnd = tag(0xFFFEE00D) + number(0, 4), kSequenceEnd = tag(0xFFFEE0DD) + number(0, 4);

const std::string kUid = element(0x00080018, "UI", "1.2.3.44"), kModality = element(0x00080060, "CS", "CT"),
                  kPatient = element(0x00100020, "LO", "M1");
const std::string kPixels = long_element(0x7FE00010, "OW", std::string(100'000, 'p'));

struct Filtered {
  std::string header;
  std::size_t left_out = 0;
  bool is_whole = false;
};

Filtered filtered(const std::string& object, std::size_t piece = 1 << 20, Syntax syntax = Syntax::explicit_vr) {
  HeaderFilter filter(syntax);
  for (std::size_t at = 0; at < object.size(); at += piece) filter.take(std::string_view(object).substr(at, piece));
  Filtered found;
  found.left_out = filter.left_out();
  found.is_whole = filter.is_whole();
  found.header = filter.header();
  return found;
}

}  // namespace

TEST_CASE("an object's header is what comes before its pixel data, in whatever pieces it comes") {
  const std::string object = kUid + kModality + kPatient + kPixels + element(0xFFFCFFFC, "LO", "no");
  for (const std::size_t piece : {1u, 3u, 8u, 1000u, 1u << 20}) {
    const Filtered found = filtered(object, piece);
    CHECK(found.is_whole);
    CHECK(found.header == kUid + kModality + kPatient);
    CHECK(found.left_out == 0);
  }
  CHECK(Dataset::from_bytes(filtered(object).header)->text("PatientID") == "M1");
}

TEST_CASE("compressed pixel data is no more than the end of the header") {
  const std::string fragments = item("") + item(std::string(5000, 'j')) + kSequenceEnd;
  CHECK(filtered(kUid + kPatient + long_element(0x7FE00010, "OB", fragments, kUndefined)).header == kUid + kPatient);
}

TEST_CASE("a long attribute is left out and said, those around it are kept") {
  const std::string document = long_element(0x00420011, "OB", std::string(40'000, 'd'));
  for (const std::size_t piece : {7u, 1u << 20}) {
    const Filtered found = filtered(kUid + kPatient + document + element(0x00420012, "LO", "text/pdf"), piece);
    CHECK(found.is_whole);
    CHECK(found.left_out == 1);
    CHECK(found.header == kUid + kPatient + element(0x00420012, "LO", "text/pdf"));
  }
}

TEST_CASE("sequences are kept whole where they are short, and left out whole where they are not") {
  const std::string code = element(0x00080100, "SH", "CT01");
  const std::string defined = long_element(0x00081032, "SQ", item(code));
  const std::string open =
      long_element(0x00081032, "SQ", item(code + kModality + kItemEnd, kUndefined) + kSequenceEnd, kUndefined);
  const std::string nested = long_element(
      0x00081032, "SQ",
      item(long_element(0x00081032, "SQ", item(code + kItemEnd, kUndefined) + item(code) + kSequenceEnd, kUndefined) +
               kItemEnd,
           kUndefined) +
          kSequenceEnd,
      kUndefined);
  for (const std::string& sequence : {defined, open, nested})
    for (const std::size_t piece : {1u, 1u << 20}) {
      const Filtered found = filtered(kUid + sequence + kPatient + kPixels, piece);
      CHECK(found.header == kUid + sequence + kPatient);
      CHECK(Dataset::from_bytes(found.header)->items("ProcedureCodeSequence") == 1);
    }
  std::string items;
  for (int i = 0; i < 2000; ++i) items += item(code + kItemEnd, kUndefined);
  const Filtered found = filtered(kUid + long_element(0x00081032, "SQ", items + kSequenceEnd, kUndefined) + kPatient);
  CHECK(found.is_whole);
  CHECK(found.left_out == 1);
  CHECK(found.header == kUid + kPatient);
}

TEST_CASE("an icon, and any other value in fragments, is left out with what holds it") {
  const std::string fragments = item("") + item("jpeg") + kSequenceEnd;
  const std::string icon = long_element(0x00880200, "SQ", item(long_element(0x7FE00010, "OB", fragments, kUndefined)));
  const std::string other = long_element(
      0x00091010, "SQ",
      item(long_element(0x7FE00010, "OB", fragments, kUndefined) + kItemEnd, kUndefined) + kSequenceEnd, kUndefined);
  const Filtered found = filtered(kUid + other + kPatient + icon + kPixels);
  CHECK(found.header == kUid + kPatient);
  CHECK(found.left_out == 2);
}

TEST_CASE("many attributes fill the header to its limit, and no more") {
  std::string object = kUid;
  for (std::uint32_t i = 0; i < 100; ++i) object += long_element(0x00091000 + i, "UN", std::string(10'000, 'x'));
  const Filtered found = filtered(object + kPixels);
  CHECK(found.is_whole);
  CHECK(found.header.size() < 256 * 1024 + 1);
  CHECK(found.left_out == 74);
}

TEST_CASE("Implicit VR has its header too, and UN of undefined length is in it") {
  const auto implicit = [](std::uint32_t at, const std::string& value) {
    return tag(at) + number(static_cast<std::uint32_t>(value.size()), 4) + value;
  };
  const std::string header = implicit(0x00080060, "CT") + implicit(0x00100020, "M1");
  CHECK(filtered(header + implicit(0x7FE00010, "pixels"), 5, Syntax::implicit_vr).header == header);
  const std::string unknown = long_element(
      0x00091010, "UN", item(implicit(0x00080060, "CT") + kItemEnd, kUndefined) + kSequenceEnd, kUndefined);
  CHECK(filtered(kUid + unknown + kPatient).header == kUid + unknown + kPatient);
}

TEST_CASE("an object that breaks off, or is none, is not whole") {
  CHECK(filtered("").is_whole);
  CHECK_FALSE(filtered(kUid.substr(0, 5)).is_whole);
  CHECK_FALSE(filtered(kUid + kPatient.substr(0, 9)).is_whole);
  CHECK_FALSE(filtered(kUid + item("")).is_whole);
  CHECK_FALSE(filtered(kUid + long_element(0x00081032, "SQ", kPatient + kSequenceEnd, kUndefined)).is_whole);
  CHECK_FALSE(filtered(kUid + long_element(0x00081032, "SQ", item(""), kUndefined)).is_whole);
  std::string deep = kUid;
  for (int i = 0; i < 40; ++i) deep += long_element(0x00081032, "SQ", item("", kUndefined), kUndefined);
  CHECK_FALSE(filtered(deep).is_whole);
}
