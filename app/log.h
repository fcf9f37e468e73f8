#pragma once

namespace pons {

/// Sends the log to stderr: an object of JSON a line, {"time", "level", "text"}, or where a person looks at a terminal
/// the same as words. What others sent cannot begin a line or move the cursor in either. No patient data is logged.
/// Nobody ever waits for the log to be read: lines that cannot be written are lost and counted.
void log_to_stderr();

}  // namespace pons
