#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dimse.h>

#include <functional>
#include <string>
#include <string_view>

namespace pons {

/// Receives the data set that follows its command in the same presentation context, as it came: the transfer syntax is
/// the context's. It must be there within seconds, and is of bounded size. `type`: what the command says; nothing is
/// waited for where there is none. Returns what the network said; when that is bad, the association is over.
OFCondition receive_data_set(T_ASC_Association* association, T_ASC_PresentationContextID context,
                             T_DIMSE_DataSetType type, std::string& bytes);

/// The same, handed on piece by piece as it comes, of any size: `take` bounds what is kept.
OFCondition receive_pieces(T_ASC_Association* association, T_ASC_PresentationContextID context,
                           const std::function<void(std::string_view)>& take);

/// Receives it and forgets it.
OFCondition skip_data_set(T_ASC_Association* association);

}  // namespace pons
