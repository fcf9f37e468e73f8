#include "adapters/postgres/connection.h"

#include <utility>

#include "engine/base/digest.h"
#include "engine/ports/store.h"

namespace pons {

namespace {

bool is_message_s_fault(std::string_view state) {
  const auto kind = state.substr(0, 2);
  return kind == "22" || kind == "23" || kind == "54";
}

std::vector<const char*> c_strings(const std::vector<std::string>& texts) {
  std::vector<const char*> pointers;
  for (const std::string& each : texts) {
    if (each.find('\0') != std::string::npos) throw BatchRefused("a text holds a NUL byte");
    pointers.push_back(each.c_str());
  }
  return pointers;
}

}  // namespace

Connection::Connection(const std::string& conninfo) : connection_(PQconnectdb(conninfo.c_str()), PQfinish) {
  if (!is_open()) throw StoreLost("the database cannot be reached");
  PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);
  // Every look-up is by key: no plan made while the tables are empty may scan them later.
  run("SELECT set_config('search_path', 'pons', false), set_config('statement_timeout', '30s', false),"
      " set_config('lock_timeout', '20s', false), set_config('enable_seqscan', 'off', false),"
      " set_config('jit', 'off', false)");
}

bool Connection::is_alive() {
  return PQconsumeInput(connection_.get()) == 1 && is_open() && PQtransactionStatus(connection_.get()) == PQTRANS_IDLE;
}

void Connection::script(const std::string& sql) {
  PQclear(checked(PQexec(connection_.get(), sql.c_str())));
}

PGresult* Connection::checked(PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN) return result;
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string sqlstate = state ? state : "none";
  PQclear(result);
  const std::string text = "the database answered SQLSTATE " + sqlstate;
  if (is_message_s_fault(sqlstate)) throw BatchRefused(text);
  if (sqlstate == "40001" || sqlstate == "40P01") throw TryAgain(text);
  throw StoreLost(text);
}

Rows Connection::run(const char* sql, const std::vector<std::string>& parameters) {
  std::string& name = prepared_[sql];
  if (name.empty()) {
    const std::string fresh = "s" + std::to_string(prepared_.size());
    PQclear(checked(PQprepare(connection_.get(), fresh.c_str(), sql, 0, nullptr)));
    name = fresh;
  }
  const auto values = c_strings(parameters);
  return Rows(checked(PQexecPrepared(connection_.get(), name.c_str(), static_cast<int>(values.size()), values.data(),
                                     nullptr, nullptr, 0)));
}

Rows Connection::run_once(const std::string& sql, const std::vector<std::string>& parameters) {
  const auto values = c_strings(parameters);
  return Rows(checked(PQexecParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                                   values.data(), nullptr, nullptr, 0)));
}

void Connection::copy(const char* sql, const std::string& rows) {
  PQclear(checked(PQexec(connection_.get(), sql)));
  if (PQputCopyData(connection_.get(), rows.data(), static_cast<int>(rows.size())) != 1 ||
      PQputCopyEnd(connection_.get(), nullptr) != 1)
    throw StoreLost("the database went away");
  PGresult* result = PQgetResult(connection_.get());
  while (PGresult* more = PQgetResult(connection_.get())) PQclear(more);
  PQclear(checked(result));
}

std::string array_of(const std::vector<std::string>& values) {
  std::string literal = "{";
  for (const std::string& value : values) {
    literal += literal.size() > 1 ? ",\"" : "\"";
    for (const char c : value) {
      if (c == '"' || c == '\\') literal += '\\';
      literal += c;
    }
    literal += '"';
  }
  return literal + '}';
}

std::string array_of(const std::vector<std::int64_t>& values) {
  std::string literal = "{";
  for (const std::int64_t value : values) {
    if (literal.size() > 1) literal += ',';
    literal += std::to_string(value);
  }
  return literal + '}';
}

std::vector<std::string> from_array(std::string_view literal) {
  std::vector<std::string> values;
  std::string value;
  bool quoted = false;
  for (std::size_t i = 1; i + 1 < literal.size(); ++i) {
    const char c = literal[i];
    if (c == '\\')
      value += literal[++i];
    else if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      values.push_back(std::exchange(value, {}));
    else
      value += c;
  }
  if (literal.size() > 2) values.push_back(value);
  return values;
}

std::string bytea(std::string_view bytes) {
  return "\\x" + to_hex(bytes);
}

std::string from_bytea(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 2; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  return bytes;
}

CopyText& CopyText::add(std::string_view value) {
  if (!std::exchange(first_, false)) text_ += '\t';
  for (const char c : value) {
    switch (c) {
      case '\0':
        throw BatchRefused("a text holds a NUL byte");
      case '\\':
        text_ += "\\\\";
        break;
      case '\n':
        text_ += "\\n";
        break;
      case '\r':
        text_ += "\\r";
        break;
      case '\t':
        text_ += "\\t";
        break;
      default:
        text_ += c;
    }
  }
  return *this;
}

void CopyText::end_row() {
  text_ += '\n';
  first_ = true;
}

}  // namespace pons
