#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pons {

/// SHA-256 of the bytes, 32 bytes.
std::string sha256(std::string_view bytes);
/// Lower-case hexadecimal.
std::string to_hex(std::string_view bytes);
/// The first 8 bytes of the SHA-256, as PostgreSQL's bigint: keys of advisory locks and of look-ups by digest.
std::int64_t key64(std::string_view text);

/// The UUIDv5 of a name (RFC 4122 4.3), 36 characters. The same name gives the same UUID.
std::string uuid_from(std::string_view name);
/// A DICOM UID made from a name: "2.25." and the decimal of the UUIDv5 of the name (PS3.5 B.2, RFC 4122 4.3).
/// The same name gives the same UID; at most 44 characters.
std::string uid_from(std::string_view name);

}  // namespace pons
