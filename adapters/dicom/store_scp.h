#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dimse.h>

#include <string_view>
#include <vector>

#include "engine/base/time.h"
#include "engine/ports/inlet.h"

namespace pons {

/// Storage as SCP (PS3.4 annex B), which keeps headers: of each object what comes before its pixel data becomes an
/// envelope, the rest is forgotten while it comes. Pons is no archive, and only who is told so may store. Safe from
/// many threads.
class StoreScp final {
 public:
  StoreScp(Counter& counter, const Clock& clock) : counter_(counter), clock_(clock) {}

  /// Answers one C-STORE when its header is durable. Returns what the network said.
  OFCondition store(T_ASC_Association* association, T_ASC_PresentationContextID context,
                    const T_DIMSE_C_StoreRQ& request) const;

 private:
  Counter& counter_;
  const Clock& clock_;
};

/// Every storage SOP class that DCMTK knows.
bool is_storage(std::string_view sop_class);
std::vector<const char*> storage_classes();
/// Uncompressed first, then every compressed one; none that is deflated or big endian.
std::vector<const char*> storage_syntaxes();

}  // namespace pons
