#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "app/options.h"

namespace pons {

/// What `pons find` asks, as the command line says it.
struct FindWish {
  std::string target;             // an endpoint that sends dicom://, host:port, or "worklist": the running engine's own
  std::vector<std::string> keys;  // KEY=VALUE matches, KEY is to be answered; none to be answered: the usual ones
  std::string level = "STUDY";
  bool is_worklist = false;
  std::string called, calling;              // empty: as the target says, and PONS
  std::string authority, certificate, key;  // PEM files of TLS; empty: as the target says
  std::string user, secret;                 // who we say that we are, and the name of the password
  std::size_t limit = 100;
  std::string reply_within;  // empty: as the target says, and 30s
};

/// Asks an archive or a worklist and prints what it answers: 0, also where that is nothing, and 1 when it failed.
int find(const Options& options, const FindWish& wish, bool json);

}  // namespace pons
