#pragma once

#include "tests/support/postgres.h"

namespace pons::test {

/// One cluster for all tests of this program: what they send names other patients.
inline Database& database() {
  static Database database;
  return database;
}

}  // namespace pons::test
