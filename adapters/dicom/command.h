#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dimse.h>

#include <string>
#include <vector>

namespace pons {

/// Receives a request's command, or the response to one of ours, of bounded size and checked before dcmdata reads it:
/// DIMSE_receiveCommand() makes room for whatever length an element declares, and for as many fragments as come. Of a
/// request that Pons does not serve, only what its refusal needs. `attributes`: holds the list of an N-GET, to which
/// the request points; null: it is left out. Waits `seconds` for the first byte: DIMSE_NODATAAVAILABLE. Any other bad
/// condition ends the association.
OFCondition receive_command(T_ASC_Association* association, int seconds, T_ASC_PresentationContextID& context,
                            T_DIMSE_Message& request, std::vector<DIC_US>* attributes = nullptr);

/// The same of a response to a request of ours. `comment`: its Error Comment (0000,0902), "" where it has none.
OFCondition receive_response(T_ASC_Association* association, int seconds, T_ASC_PresentationContextID& context,
                             T_DIMSE_Message& response, std::string& comment);

}  // namespace pons
