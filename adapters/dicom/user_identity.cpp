#include "adapters/dicom/user_identity.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include <openssl/crypto.h>

#include <memory>

namespace pons {

namespace {

/// `get`: how DCMTK gives a field away.
std::string field(const UserIdentityNegotiationSubItemRQ& said,
                  Uint16 (UserIdentityNegotiationSubItemRQ::*get)(char*&, Uint16&) const) {
  char* bytes = nullptr;
  Uint16 length = 0;
  (said.*get)(bytes, length);
  const std::unique_ptr<char[]> owned(bytes);
  return bytes ? std::string(bytes, length) : std::string();
}

/// Takes as long for a wrong one as for the right one.
bool is_same(const std::string& said, const std::string& wanted) {
  return said.size() == wanted.size() && CRYPTO_memcmp(said.data(), wanted.data(), wanted.size()) == 0;
}

}  // namespace

bool is_user(T_ASC_Association& association, const DicomUser& user) {
  UserIdentityNegotiationSubItemRQ* said = nullptr;
  ASC_getUserIdentRQ(association.params, &said);
  if (!said || said->getIdentityType() != ASC_USER_IDENTITY_USER_PASSWORD) return false;
  const bool is_right = field(*said, &UserIdentityNegotiationSubItemRQ::getPrimField) == user.name &&
                        is_same(field(*said, &UserIdentityNegotiationSubItemRQ::getSecField), user.password);
  if (is_right && said->isPosResponseRequested())  // the association owns it
    association.params->DULparams.ackUserIdentNeg = new UserIdentityNegotiationSubItemAC;
  return is_right;
}

}  // namespace pons
