#include "adapters/dicom/peer.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>

namespace pons {

Peer peer_of(const T_ASC_Association& association) {
  DIC_AE calling{};
  DIC_NODENAME address{};
  ASC_getAPTitles(association.params, calling, sizeof calling, nullptr, 0, nullptr, 0);
  ASC_getPresentationAddresses(association.params, address, sizeof address, nullptr, 0);
  return {calling, address};
}

}  // namespace pons
