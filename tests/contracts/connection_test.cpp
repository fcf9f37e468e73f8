#include "adapters/postgres/connection.h"

#include <signal.h>

#include <catch2/catch.hpp>

#include "engine/ports/store.h"
#include "tests/contracts/database.h"

using namespace pons;
using namespace std::chrono_literals;
using test::database;

namespace {

/// The server's process of one connection, frozen for as long as this lives.
class Frozen {
 public:
  explicit Frozen(Connection& connection)
      : process_(static_cast<pid_t>(connection.run("SELECT pg_backend_pid()").number(0, 0))) {
    REQUIRE(kill(process_, SIGSTOP) == 0);
  }
  ~Frozen() { kill(process_, SIGCONT); }
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;

 private:
  const pid_t process_;
};

}  // namespace

TEST_CASE("a server that does not answer is given up, however it was asked") {
  Connection connection(database().conninfo(), 200ms);
  const Frozen frozen(connection);
  SECTION("a statement") {
    CHECK_THROWS_AS(connection.run("SELECT 1"), StoreLost);
  }
  SECTION("several in one flight") {
    CHECK_THROWS_AS(connection.run_all({{"SELECT 1", {}}}), StoreLost);
  }
  SECTION("a script") {
    CHECK_THROWS_AS(connection.script("SELECT 1"), StoreLost);
  }
  SECTION("rows") {
    CHECK_THROWS_AS(connection.copy("COPY journal FROM STDIN", ""), StoreLost);
  }
  CHECK_FALSE(connection.is_open());
  CHECK_FALSE(connection.is_alive());
  CHECK_THROWS_AS(connection.run("ROLLBACK"), StoreLost);
}

TEST_CASE("a server that does not take what it is sent is given up") {
  Connection connection(database().conninfo(), 500ms);
  connection.script(
      "CREATE TEMP TABLE slow (text text);"
      "CREATE FUNCTION pg_temp.wait() RETURNS trigger LANGUAGE plpgsql AS"
      " 'BEGIN PERFORM pg_sleep(5); RETURN NEW; END';"
      "CREATE TRIGGER wait BEFORE INSERT ON slow FOR EACH ROW EXECUTE FUNCTION pg_temp.wait()");
  std::string rows;
  for (int i = 0; i < 10'000; ++i) rows += std::string(1000, 'x') + '\n';
  CHECK_THROWS_AS(connection.copy("COPY slow FROM STDIN", rows), StoreLost);
  CHECK_FALSE(connection.is_open());
}

TEST_CASE("a server that hung up is away; one that cannot do what it is asked is not") {
  Connection connection(database().conninfo()), other(database().conninfo());
  const auto is_away = [&] {
    try {
      connection.run("SELECT no_such_column");
    } catch (const StoreAway&) {
      return true;
    } catch (const StoreLost&) {
    }
    return false;
  };
  CHECK_FALSE(is_away());
  other.run("SELECT pg_terminate_backend($1::int)", {connection.run("SELECT pg_backend_pid()").text(0, 0)});
  CHECK(is_away());
}

TEST_CASE("a statement may take longer than the patience where it was told so") {
  Connection connection(database().conninfo(), 200ms);
  connection.be_patient();
  CHECK(connection.run("SELECT pg_sleep(0.5), 1").number(0, 1) == 1);
}

// As where libpq had no memory for the answer to a COPY: PostgreSQL waits for rows, and libpq says so again and again.
TEST_CASE("a COPY for which nobody has rows ends the connection, and does not go on for ever") {
  Connection connection(database().conninfo());
  CHECK_THROWS_AS(connection.copy_all({{"COPY trace (message, trace) FROM STDIN", {}}}, "COPY trace FROM STDIN"),
                  StoreLost);
  CHECK_FALSE(connection.is_open());
}

TEST_CASE("a connection that heard all of a refusal goes on") {
  Connection connection(database().conninfo());
  CHECK_THROWS_AS(connection.run_all({{"SELECT 1/0", {}}, {"SELECT 1", {}}}), BatchRefused);
  CHECK(connection.run("SELECT 1").number(0, 0) == 1);
  CHECK_THROWS_AS(connection.copy("COPY trace (message, trace) FROM STDIN", "no number\t{}\n"), BatchRefused);
  CHECK(connection.run("SELECT 1").number(0, 0) == 1);
}
