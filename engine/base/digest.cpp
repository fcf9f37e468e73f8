#include "engine/base/digest.h"

#include <Poco/SHA1Engine.h>
#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

namespace pons {

namespace {

// RFC 4122 appendix C: the name space of OIDs.
constexpr std::string_view kOidNamespace{"\x6b\xa7\xb8\x12\x9d\xad\x11\xd1\x80\xb4\x00\xc0\x4f\xd4\x30\xc8", 16};

// The 16 bytes of the name's UUIDv5.
std::string uuid5(std::string_view name) {
  Poco::SHA1Engine engine;
  engine.update(std::string(kOidNamespace).append(name));
  const auto& hash = engine.digest();
  std::string uuid(hash.begin(), hash.begin() + 16);
  uuid[6] = static_cast<char>((uuid[6] & 0x0f) | 0x50);
  uuid[8] = static_cast<char>((uuid[8] & 0x3f) | 0x80);
  return uuid;
}

// Decimal digits of a 16-byte big-endian number.
std::string decimal(std::string number) {
  std::string digits;
  while (std::any_of(number.begin(), number.end(), [](char byte) { return byte != 0; })) {
    unsigned remainder = 0;
    for (char& byte : number) {
      const unsigned value = remainder * 256 + static_cast<unsigned char>(byte);
      byte = static_cast<char>(value / 10);
      remainder = value % 10;
    }
    digits.push_back(static_cast<char>('0' + remainder));
  }
  std::reverse(digits.begin(), digits.end());
  return digits;
}

}  // namespace

std::string sha256(std::string_view bytes) {
  // Looked up once: that costs OpenSSL more than to hash the key of a lock.
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  std::string out(32, '\0');
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr, algorithm,
                 nullptr) != 1)
    throw std::runtime_error("OpenSSL does not hash with SHA-256");
  return out;
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    out.push_back(kDigits[static_cast<unsigned char>(byte) >> 4]);
    out.push_back(kDigits[static_cast<unsigned char>(byte) & 15]);
  }
  return out;
}

std::int64_t key64(std::string_view text) {
  std::uint64_t key = 0;
  for (const char byte : sha256(text).substr(0, 8)) key = key << 8 | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(key);
}

std::string uuid_from(std::string_view name) {
  std::string text = to_hex(uuid5(name));
  for (const std::size_t dash : {8, 13, 18, 23}) text.insert(dash, 1, '-');
  return text;
}

std::string uid_from(std::string_view name) {
  return "2.25." + decimal(uuid5(name));
}

}  // namespace pons
