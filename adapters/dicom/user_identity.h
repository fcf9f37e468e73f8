#pragma once

#include <string>

struct T_ASC_Association;

namespace pons {

/// Who an AE must say that it is, before anything is agreed on.
struct DicomUser {
  std::string name, password;
};

/// User identity negotiation by name and passcode (PS3.7 D.3.3.7), before the association is acknowledged: true when it
/// is said to be this user. Who asks for a positive response gets it.
bool is_user(T_ASC_Association& association, const DicomUser& user);

}  // namespace pons
