#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pons {

/// One file of a site. Whoever loads a site owns its sources; they outlive every Span into them.
struct Source {
  std::string path;  // from the site's folder: "routes/ris-orders.yaml"
  std::string text;  // as in the file
};

/// Where in a file; carets and columns count characters, offsets count bytes.
struct Position {
  std::size_t line = 1, column = 1;
};

/// A piece of a file: what a finding points at, and where a value that left the engine was made.
struct Span {
  const Source* source = nullptr;
  std::size_t begin = 0, end = 0;  // bytes in source->text, end not included

  Position position() const;
  std::string_view text() const;
  /// "routes/ris-orders.yaml:12"; empty without a source.
  std::string where() const;
  bool operator==(const Span&) const = default;
};

}  // namespace pons
