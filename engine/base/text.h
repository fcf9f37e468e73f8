#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pons {

std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string upper_ascii(std::string_view text);
std::string lower_ascii(std::string_view text);
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);

/// Levenshtein distance, for "did you mean"; where it is more than `most`, some number over that.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most = std::string_view::npos);
/// How far `a` is from each beginning of `b`, the empty one first; empty where all are further than `most`.
std::vector<std::size_t> distances_to_beginnings(std::string_view a, std::string_view b, std::size_t most);
/// The candidate to suggest: within two edits or a third of the length; empty when none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// Nothing but 0 to 9; also the empty text.
bool all_digits(std::string_view text);
/// The number that the whole text is, with - before it or not; nothing for any other text.
std::optional<std::int64_t> whole_number(std::string_view text);

bool is_ascii(std::string_view text);
/// True when every byte sequence is well-formed UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);

}  // namespace pons
