#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pons {

/// Rows of an answer, as text.
class Rows {
 public:
  explicit Rows(PGresult* result) : result_(result, PQclear) {}

  int size() const { return PQntuples(result_.get()); }
  bool is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column); }
  std::string text(int row, int column) const {
    return {PQgetvalue(result_.get(), row, column), static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
  }
  std::int64_t number(int row, int column) const { return std::stoll(text(row, column)); }
  bool truth(int row, int column) const { return text(row, column) == "t"; }

 private:
  std::unique_ptr<PGresult, decltype(&PQclear)> result_;
};

/// One connection to PostgreSQL for the intake's batch, where libpqxx lends no COPY beside its own transactions.
/// Errors: SQLSTATE class 22, 23 and 54 throw BatchRefused, everything else StoreLost; no text of the server's gets
/// into either, since it may quote values.
class Connection {
 public:
  explicit Connection(const std::string& conninfo);

  /// Plans the statement once for this connection: `sql` is a literal of the program's.
  Rows run(const char* sql, const std::vector<std::string>& parameters = {});
  /// For a statement that was put together for this one use.
  Rows run_once(const std::string& sql, const std::vector<std::string>& parameters);
  /// Several statements without parameters.
  void script(const std::string& sql);
  /// Sends rows made by CopyText.
  void copy(const char* sql, const std::string& rows);
  bool is_open() const { return PQstatus(connection_.get()) == CONNECTION_OK; }
  /// True when the server has not hung up since the last use; asks nothing of it.
  bool is_alive();

 private:
  PGresult* checked(PGresult* result);

  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
  std::map<const char*, std::string> prepared_;  // statement's name by its text's address
};

/// An array literal: {"a","b"}.
std::string array_of(const std::vector<std::string>& values);
std::string array_of(const std::vector<std::int64_t>& values);
/// Reads a one-dimensional array literal of texts.
std::vector<std::string> from_array(std::string_view literal);
/// bytea in hexadecimal form: \x….
std::string bytea(std::string_view bytes);
std::string from_bytea(std::string_view text);

/// Rows in COPY's text form.
class CopyText {
 public:
  CopyText& add(std::string_view value);
  CopyText& add(std::int64_t value) { return add(std::string_view(std::to_string(value))); }
  void end_row();
  bool empty() const { return text_.empty(); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool first_ = true;
};

}  // namespace pons
