#include "adapters/postgres/connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "engine/base/digest.h"
#include "engine/ports/store.h"

namespace pons {

namespace {

constexpr std::size_t kSlice = 32u << 10;  // bytes that are sent in one piece

bool is_message_s_fault(std::string_view state) {
  const auto kind = state.substr(0, 2);
  return kind == "22" || kind == "23" || kind == "54";
}

/// The connection was lost; the server ends, starts, or has no connection or no disk left. Else some of it may work.
bool is_about_all(std::string_view state) {
  const std::string_view states[] = {"none", "57P01", "57P02", "57P03", "53100", "53300"};
  return std::find(std::begin(states), std::end(states), state) != std::end(states) || state.starts_with("08");
}

std::vector<const char*> c_strings(const std::vector<std::string>& texts) {
  std::vector<const char*> pointers;
  for (const std::string& each : texts) {
    if (each.find('\0') != std::string::npos) throw BatchRefused("a text holds a NUL byte");
    pointers.push_back(each.c_str());
  }
  return pointers;
}

using std::chrono::steady_clock, std::chrono::milliseconds;

/// Milliseconds for poll(), rounded up; -1: without end.
int milliseconds_until(std::optional<steady_clock::time_point> end) {
  if (!end) return -1;
  const auto left = std::chrono::ceil<milliseconds>(*end - steady_clock::now());
  return static_cast<int>(std::max(left, milliseconds(0)).count());
}

/// What the socket is ready for, of `events`; 0: nothing, until the end.
short wait_for(PGconn& connection, short events, std::optional<steady_clock::time_point> end) {
  pollfd socket{PQsocket(&connection), events, 0};
  while (poll(&socket, 1, milliseconds_until(end)) < 0 && errno == EINTR) continue;
  return socket.revents;
}

}  // namespace

/// Something is asked, and all of the answer heard. Where that ends early, nobody asks again: the rest would be taken
/// for the answer to something else.
class Connection::Exchange {
 public:
  explicit Exchange(Connection& connection) : connection_(connection) {}
  ~Exchange() {
    if (!is_over_) connection_.hang_up();
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  void is_over() { is_over_ = true; }

 private:
  Connection& connection_;
  bool is_over_ = false;
};

Connection::Connection(const std::string& conninfo, Duration patience)
    : connection_(PQconnectdb(conninfo.c_str()), PQfinish), patience_(patience) {
  if (!is_open()) throw StoreAway("the database cannot be reached");
  PQsetnonblocking(connection_.get(), 1);
  PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);
  // An engine that is paused within a transaction holds its patients for less long than others wait for them.
  // Every look-up is by key: no plan made while the tables are empty may read them whole later, neither by a scan nor
  // by a join that scans an index from end to end.
  run("SELECT set_config('search_path', 'pons', false), set_config('statement_timeout', '30s', false),"
      " set_config('idle_in_transaction_session_timeout', '10s', false),"
      " set_config('lock_timeout', '20s', false), set_config('enable_seqscan', 'off', false),"
      " set_config('enable_hashjoin', 'off', false), set_config('enable_mergejoin', 'off', false),"
      " set_config('jit', 'off', false)");
}

bool Connection::is_alive() {
  // A server that is killed leaves its last words and then hangs up: whoever reads only the words takes it for alive.
  return PQconsumeInput(connection_.get()) == 1 && PQconsumeInput(connection_.get()) == 1 && is_open() &&
         PQtransactionStatus(connection_.get()) == PQTRANS_IDLE;
}

void Connection::be_patient() {
  script("SET statement_timeout = 0");
  patience_.reset();
}

void Connection::script(const std::string& sql) {
  checked(answer(PQsendQuery(connection_.get(), sql.c_str())));
}

Connection::Result Connection::checked(Result result) {
  const ExecStatusType status = PQresultStatus(result.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN) return result;
  const char* state = result ? PQresultErrorField(result.get(), PG_DIAG_SQLSTATE) : nullptr;
  const std::string sqlstate = state ? state : "none";
  const std::string text = "the database answered SQLSTATE " + sqlstate;
  if (is_message_s_fault(sqlstate)) throw BatchRefused(text);
  if (sqlstate == "40001" || sqlstate == "40P01") throw TryAgain(text);
  if (is_about_all(sqlstate)) throw StoreAway(text);
  throw StoreLost(text);
}

Connection::Result Connection::answer(int sent) {
  if (sent != 1) throw StoreAway("the database went away");
  Result last(nullptr, PQclear);
  while (Result each = next_result()) last = std::move(each);
  return last;
}

// Whoever waits within libpq waits for ever when the server is frozen, and when libpq had no memory for the last answer
// of a pipeline, which it then goes on expecting.
Connection::Result Connection::next_result() {
  if (!has_sent() || !has_answered()) {
    hang_up();
    throw StoreAway("the database does not answer");
  }
  return {PQgetResult(connection_.get()), PQclear};
}

bool Connection::has_sent() const {
  PGconn* connection = connection_.get();
  const auto end = end_of_patience();
  while (PQflush(connection) == 1) {
    const short ready = wait_for(*connection, POLLIN | POLLOUT, end);
    if (ready == 0) return false;
    if ((ready & POLLIN) != 0 && PQconsumeInput(connection) != 1) return true;  // the reason is the answer
  }
  return true;
}

bool Connection::has_answered() const {
  PGconn* connection = connection_.get();
  const auto end = end_of_patience();
  while (PQisBusy(connection) == 1) {
    if (wait_for(*connection, POLLIN, end) == 0) return false;
    if (PQconsumeInput(connection) != 1) return true;  // the reason is the answer
  }
  return true;
}

std::optional<std::chrono::steady_clock::time_point> Connection::end_of_patience() const {
  if (!patience_) return {};
  return steady_clock::now() + *patience_;
}

// PQfinish takes leave of the server, and would wait for one that does not read.
void Connection::hang_up() {
  if (is_open()) shutdown(PQsocket(connection_.get()), SHUT_RDWR);
  connection_.reset();
}

// In pipeline mode each command's answer ends with a null.
Connection::Result Connection::single_result() {
  Result result = next_result();
  if (result) next_result();
  return result;
}

Rows Connection::run(std::string_view sql, const std::vector<std::string>& parameters) {
  auto known = prepared_.find(sql);
  const auto values = c_strings(parameters);
  if (known == prepared_.end()) {
    const std::string name = new_name(), text(sql);
    checked(answer(PQsendPrepare(connection_.get(), name.c_str(), text.c_str(), 0, nullptr)));
    known = prepared_.emplace(text, name).first;
  }
  return Rows(checked(answer(PQsendQueryPrepared(
      connection_.get(), known->second.c_str(), static_cast<int>(values.size()), values.data(), nullptr, nullptr, 0))));
}

std::vector<Rows> Connection::run_all(const std::vector<Statement>& statements) {
  std::vector<std::vector<const char*>> values;
  for (const Statement& each : statements) values.push_back(c_strings(each.parameters));
  Exchange exchange(*this);
  PGconn* connection = connection_.get();
  bool sent = PQenterPipelineMode(connection) == 1;
  std::vector<bool> is_fresh;
  for (std::size_t i = 0; i < statements.size() && sent; ++i) {
    const auto [known, fresh] = prepared_.try_emplace(statements[i].sql);
    is_fresh.push_back(fresh);
    if (fresh) {
      known->second = new_name();
      sent = PQsendPrepare(connection, known->second.c_str(), statements[i].sql.c_str(), 0, nullptr) == 1;
    }
    sent = sent && PQsendQueryPrepared(connection, known->second.c_str(), static_cast<int>(values[i].size()),
                                       values[i].data(), nullptr, nullptr, 0) == 1;
  }
  if (!sent || PQpipelineSync(connection) != 1) throw StoreAway("the database went away");
  std::vector<Result> results;
  for (std::size_t i = 0; i < statements.size(); ++i) {
    Result prepared = is_fresh[i] ? single_result() : Result(nullptr, PQclear);
    if (is_fresh[i] && PQresultStatus(prepared.get()) != PGRES_COMMAND_OK) prepared_.erase(statements[i].sql);
    Result ran = single_result();
    // What failed to be planned explains more than what was then left out.
    if (is_fresh[i] && PQresultStatus(prepared.get()) == PGRES_FATAL_ERROR) ran = std::move(prepared);
    results.push_back(std::move(ran));
  }
  next_result();  // of the synchronisation
  if (PQexitPipelineMode(connection) != 1) throw StoreAway("the database went away");
  exchange.is_over();
  std::vector<Rows> rows;
  for (Result& each : results) rows.push_back(Rows(checked(std::move(each))));
  return rows;
}

Rows Connection::run_once(const std::string& sql, const std::vector<std::string>& parameters) {
  const auto values = c_strings(parameters);
  return Rows(checked(answer(PQsendQueryParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                                               values.data(), nullptr, nullptr, 0))));
}

void Connection::copy(const std::string& sql, const std::string& rows) {
  copy_all({{sql, CopyText(rows)}}, "");
}

// What the server has not taken stands in memory: no more than a slice of it.
bool Connection::put(std::string_view rows) {
  return PQputCopyData(connection_.get(), rows.data(), static_cast<int>(rows.size())) == 1 && has_sent();
}

bool Connection::put(const CopyText& rows) {
  for (const CopyText::Part& each : rows.parts()) {
    if (!put(each.text)) return false;
    for (std::size_t at = 0; at < each.bytes.size(); at += kSlice)
      if (!put(to_hex(each.bytes.substr(at, kSlice)))) return false;
  }
  return true;
}

void Connection::copy_all(const std::vector<CopyTable>& tables, const std::string& then) {
  std::string sql;
  for (const CopyTable& each : tables) sql += each.sql + ';';
  Exchange exchange(*this);
  PGconn* connection = connection_.get();
  if (PQsendQuery(connection, (sql + then).c_str()) != 1) throw StoreAway("the database went away");
  Result answer = next_result();
  for (const CopyTable& each : tables) {
    if (PQresultStatus(answer.get()) != PGRES_COPY_IN) break;
    if (!put(each.rows) || PQputCopyEnd(connection, nullptr) != 1) throw StoreAway("the database went away");
    answer = next_result();
    if (PQresultStatus(answer.get()) != PGRES_COMMAND_OK) break;
    Result next = next_result();
    if (!next) break;
    answer = std::move(next);
  }
  // PostgreSQL waits for rows, and libpq says so for ever, where it had no memory for what came before.
  while (Result rest = next_result())
    if (PQresultStatus(rest.get()) == PGRES_COPY_IN) throw StoreLost("the database was not understood");
  exchange.is_over();
  checked(std::move(answer));
}

void append_quoted(std::string& literal, std::string_view value) {
  literal += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') literal += '\\';
    literal += c;
  }
  literal += '"';
}

std::string array_of(const std::vector<std::string>& values) {
  std::string literal = "{";
  for (const std::string& value : values) {
    if (literal.size() > 1) literal += ',';
    append_quoted(literal, value);
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

std::string micros(const std::string& column) {
  return "(extract(epoch FROM " + column + ") * 1000000)::bigint";
}

std::string bytea(std::string_view bytes) {
  return "\\x" + to_hex(bytes);
}

std::string from_bytea(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 2; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  return bytes;
}

std::size_t CopyText::size() const {
  std::size_t size = 0;
  for (const Part& each : parts_) size += each.text.size() + 2 * each.bytes.size();
  return size;
}

std::string& CopyText::text() {
  if (parts_.empty() || !parts_.back().bytes.empty()) parts_.emplace_back();
  return parts_.back().text;
}

void CopyText::begin_value() {
  if (!std::exchange(first_, false)) text() += '\t';
}

CopyText& CopyText::add_bytes(std::string_view bytes) {
  begin_value();
  text() += "\\\\x";
  if (bytes.size() > kSlice)
    parts_.back().bytes = bytes;
  else
    text() += to_hex(bytes);
  return *this;
}

CopyText& CopyText::add(std::string_view value) {
  begin_value();
  std::string& out = text();
  for (const char c : value) {
    switch (c) {
      case '\0':
        throw BatchRefused("a text holds a NUL byte");
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += c;
    }
  }
  return *this;
}

CopyText& CopyText::add_as_it_is(std::string_view value) {
  begin_value();
  text() += value;
  return *this;
}

void CopyText::end_row() {
  text() += '\n';
  first_ = true;
}

}  // namespace pons
