#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/time.h"

namespace pons {

/// Rows of an answer, as text.
class Rows {
 public:
  explicit Rows(std::unique_ptr<PGresult, decltype(&PQclear)> result) : result_(std::move(result)) {}

  int size() const { return PQntuples(result_.get()); }
  bool is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column); }
  std::string text(int row, int column) const {
    return {PQgetvalue(result_.get(), row, column), static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
  }
  std::int64_t number(int row, int column) const { return std::stoll(text(row, column)); }
  bool truth(int row, int column) const { return text(row, column) == "t"; }
  /// Of a column that micros() selects.
  Instant instant(int row, int column) const { return Instant(Duration(number(row, column))); }

 private:
  std::unique_ptr<PGresult, decltype(&PQclear)> result_;
};

/// A statement with its parameters.
struct Statement {
  std::string sql;
  std::vector<std::string> parameters;
};

/// Rows in COPY's text form. Large bytes stand in it only by reference, until it was sent: in hexadecimal form they are
/// twice as large.
class CopyText {
 public:
  CopyText() = default;
  explicit CopyText(std::string rows) : parts_{{std::move(rows), {}}} {}
  CopyText& add(std::string_view value);
  CopyText& add(std::int64_t value) { return add_as_it_is(std::to_string(value)); }
  CopyText& add_null() { return add_as_it_is("\\N"); }
  CopyText& add_bytes(std::string_view bytes);
  void end_row();
  bool empty() const { return parts_.empty(); }
  std::size_t size() const;  // bytes, as they are sent

  struct Part {
    std::string text;
    std::string_view bytes;  // after the text, in hexadecimal form
  };
  const std::vector<Part>& parts() const { return parts_; }

 private:
  std::string& text();
  void begin_value();
  CopyText& add_as_it_is(std::string_view value);

  std::vector<Part> parts_;
  bool first_ = true;
};

/// Rows for one COPY … FROM STDIN.
struct CopyTable {
  std::string sql;
  CopyText rows;
};

/// One connection to PostgreSQL for the intake's batch, where libpqxx lends no COPY beside its own transactions.
/// Errors: SQLSTATE class 22, 23 and 54 throw BatchRefused, 40001 and 40P01 TryAgain, a server that is away or lets
/// nobody write StoreAway, everything else StoreLost; no text of the server's gets into either, since it may quote
/// values.
class Connection {
 public:
  /// PostgreSQL ends a statement after 30 s, and a wait for a lock after 20.
  static constexpr Duration kPatience = std::chrono::seconds(40);
  /// `patience`: with each answer, then StoreLost. A server that is frozen keeps nobody for ever.
  explicit Connection(const std::string& conninfo, Duration patience = kPatience);

  /// From now on a statement may take as long as it takes, as work on whole tables does.
  void be_patient();

  /// Plans the statement once for this connection: `sql` is the program's own, and there are few of them.
  Rows run(std::string_view sql, const std::vector<std::string>& parameters = {});
  /// The same for several statements that are sent in one flight and waited for once. Each sees what had been committed
  /// when it began. Where one fails, the rest is not done.
  std::vector<Rows> run_all(const std::vector<Statement>& statements);
  /// For a statement that was put together for this one use.
  Rows run_once(const std::string& sql, const std::vector<std::string>& parameters);
  /// Several statements without parameters.
  void script(const std::string& sql);
  /// Sends rows that are in COPY's text form already.
  void copy(const std::string& sql, const std::string& rows);
  /// Sends the rows of all tables and runs `then`, which has no parameters, in one flight.
  void copy_all(const std::vector<CopyTable>& tables, const std::string& then);
  bool is_open() const { return PQstatus(connection_.get()) == CONNECTION_OK; }
  /// True when the server has not hung up since the last use; asks nothing of it.
  bool is_alive();

 private:
  using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

  class Exchange;

  static Result checked(Result result);
  /// The last answer to what was sent; `sent`: what libpq said.
  Result answer(int sent);
  Result next_result();
  bool has_sent() const;
  bool has_answered() const;
  std::optional<std::chrono::steady_clock::time_point> end_of_patience() const;
  /// Nobody can use it any longer.
  void hang_up();
  bool put(std::string_view rows);
  bool put(const CopyText& rows);
  Result single_result();
  std::string new_name() { return "s" + std::to_string(++last_name_); }

  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
  std::optional<Duration> patience_;
  std::map<std::string, std::string, std::less<>> prepared_;  // statement's name by its text
  int last_name_ = 0;
};

/// Adds an element to an array literal, in quotes.
void append_quoted(std::string& literal, std::string_view value);
/// An array literal: {"a","b"}.
std::string array_of(const std::vector<std::string>& values);
std::string array_of(const std::vector<std::int64_t>& values);
/// Reads a one-dimensional array literal of texts.
std::vector<std::string> from_array(std::string_view literal);
/// Selects a timestamptz as microseconds since 1970, for Rows::instant().
std::string micros(const std::string& column);
/// bytea in hexadecimal form: \x….
std::string bytea(std::string_view bytes);
std::string from_bytea(std::string_view text);

}  // namespace pons
