#pragma once

#include <filesystem>
#include <string>

namespace pons {

/// A reader, and whoever starts after a crash, finds the whole text in the file or the one before. Throws
/// std::system_error; then the one before stays.
void write_whole(const std::filesystem::path& path, const std::string& text);

}  // namespace pons
