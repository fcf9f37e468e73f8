#include "engine/route/carry.h"

#include <algorithm>

#include "engine/hl7/edit.h"
#include "engine/hl7/read.h"
#include "engine/route/naming.h"

namespace pons {

Identifier surviving(const Book& book, const Identifier& identifier) {
  const Patient* patient = book.patient(identifier);
  if (!patient || patient->identifiers.empty()) return identifier;
  const auto& all = patient->identifiers;
  if (std::find(all.begin(), all.end(), identifier) != all.end()) return identifier;
  const auto same_authority = std::find_if(
      all.begin(), all.end(), [&](const Identifier& each) { return each.authority == identifier.authority; });
  Identifier survivor = same_authority == all.end() ? all.front() : *same_authority;
  if (survivor.type.empty()) survivor.type = identifier.type;
  return survivor;
}

void carry_survivors(hl7::Message& message, const Book& book) {
  const hl7::Charset charset = hl7::charset_of(message, "");
  for (std::size_t number = 1; message.locate("PID", number); ++number) {
    const std::size_t count = hl7::repetitions(message, *message.locate("PID", number), 3);
    for (std::size_t repetition = 1; repetition <= count; ++repetition) {
      const std::string at = "PID[" + std::to_string(number) + "]-3[" + std::to_string(repetition) + ']';
      const auto path = [&](const char* component) { return *hl7::Path::parse(at + component); };
      const auto known = identifiers_at(message, path(""), charset);
      if (known.empty()) continue;
      const Identifier survivor = surviving(book, known.front());
      if (survivor == known.front()) continue;
      static_cast<void>(hl7::set(message, path(".1"), hl7::State::value, survivor.value, charset));
      static_cast<void>(hl7::set(message, path(".4.1"), hl7::State::value, survivor.authority, charset));
    }
  }
}

}  // namespace pons
