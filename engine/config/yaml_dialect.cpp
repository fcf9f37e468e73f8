#include "engine/config/yaml_dialect.h"

#include "engine/config/text_line.h"

namespace pons {

void refuse_duplicate(const std::string& name, const Span& key, const Span& first, Findings& findings) {
  findings
      .error("E0103", key, "the key \"" + name + "\" stands twice in the same map", "here again", "keep one of the two")
      .labels.push_back({first, "first written here"});
}

void refuse_collection_as_key(const Span& at, Findings& findings) {
  findings.error("E0113", at, "a key cannot be a list or a map", "a key is one word",
                 "a value that begins with a bracket goes in single quotes");
}

void refuse_missing_key(const Span& at, Findings& findings) {
  findings.error("E0113", at, "this line has no key before its colon", "", "write:  key: value");
}

void refuse_depth(const Span& at, Findings& findings) {
  findings.error("E0106", at, "lists and maps are nested over 64 levels deep", "level 65 begins here",
                 "no route or mapping needs more than ten");
}

void refuse_count(const Span& at, Findings& findings) {
  findings.error("E0106", at, "this file has more than 100,000 values", "",
                 "one object per file; a long table is split in two");
}

void refuse_sharing(const Span& at, const std::string& what, Findings& findings) {
  findings.error("E0104", at, "this file shares a piece through " + what, "not part of the route language",
                 "a list of steps is shared with  use: NAME\na map takes another one's fields with  extends: NAME");
}

void refuse_second_document(const Source& source, std::size_t at, Findings& findings) {
  const std::string_view text = source.text;
  const Span line{&source, at, line_at(text, at).end};
  if (text.substr(at, 3) == "---" || text.substr(0, at).find("\n...") != std::string_view::npos)
    findings.error("E0105", line, "this file holds a second document", "it starts here",
                   "one object per file: move it to a file of its own");
  else
    findings.error("E0101", line, "YAML takes this line for the start of another document",
                   "it does not belong to what stands above",
                   "give the line the same indentation as the lines that it belongs beside");
}

}  // namespace pons
