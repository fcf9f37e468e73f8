#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace pons {

/// Where YAML's scalars stand in the source. yaml-cpp tells only where one begins, so its end is found here.
/// All offsets are bytes of `source`.

/// Past the last character of the plain scalar that begins at `begin` and reads as `text`, also over several lines.
std::size_t plain_end(std::string_view source, std::size_t begin, std::string_view text);

/// Past the closing quote of the '…' or "…" that begins at `begin`; nothing when it is never closed.
std::optional<std::size_t> quoted_end(std::string_view source, std::size_t begin);

/// Past the last line with content of the block scalar (`|`, `>`) whose header is at `begin`. `parent` is the column,
/// from 0, of the list or map around it; -1 without one.
std::size_t block_end(std::string_view source, std::size_t begin, int parent);

/// For each byte of a scalar's text the place of the character that gave it, and past the last one the end of the last
/// character; none is outside [begin, end). A folded line break is where the line ends.
std::vector<std::size_t> text_places(std::string_view source, std::size_t begin, std::size_t end,
                                     std::string_view text);

}  // namespace pons
