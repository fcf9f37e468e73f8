#pragma once

#include <Poco/Net/StreamSocket.h>

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/mllp/deframer.h"
#include "adapters/postgres/journal.h"
#include "app/options.h"

namespace pons {

/// Each command returns the exit code of the program.
int run(const Options& options);
/// Checks the site without starting anything: 0 when it has no errors.
int check(const Options& options, bool json);
/// Runs the site's own tests; needs no database.
int test(const Options& options);
/// The engine on that state goes on with its site as it is now, if that has no errors and its tests pass: 0. Else
/// everything stays as it is, and the reasons are printed.
int apply(const Options& options);
/// Sends the file's HL7 message to an endpoint of the site, or to host:port, and prints the answer: 0 for AA and CA.
int send(const Options& options, const std::string& file, const std::string& target);
/// Starts an engine unless one runs on that state, plays a morning against it through its sockets, and narrates.
/// `once`: ends with 0 or 1 instead of staying up.
int demo(const Options& options, bool once);
int messages(const Options& options, const JournalFilter& filter, bool json);
/// After the database was restored from a backup, before the engine starts: numbers go on beyond all that were used,
/// and what was queued is held.
int restored(const Options& options);
/// Lets what is held for the endpoints go out; `park`: gives it up.
int release(const Options& options, const std::vector<std::string>& endpoints, bool park);
int trace(const Options& options, std::int64_t message, bool json);

/// What the engine on that state does and what waits: 0 while it runs and its database answers, else 1.
int status(const Options& options, bool json);

/// One MLLP message out. Throws Poco::Exception.
void send_framed(Poco::Net::StreamSocket& socket, const std::string& message);
/// The next answer. Throws std::runtime_error or Poco::Exception when there is none.
std::string read_answer(Poco::Net::StreamSocket& socket, Deframer& deframer);

}  // namespace pons
