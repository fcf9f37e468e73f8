#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "adapters/postgres/cluster.h"
#include "adapters/postgres/schema.h"

namespace pons::test {

/// A PostgreSQL of the test's own, in a folder that is gone at the end.
class Database final {
 public:
  Database() : folder_(make_folder()), cluster_(folder_) { prepare_schema(cluster_.conninfo()); }
  ~Database() {
    cluster_.stop();
    std::filesystem::remove_all(folder_);
  }

  const std::string& conninfo() const { return cluster_.conninfo(); }
  Cluster& cluster() { return cluster_; }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  static std::filesystem::path make_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "pons-test-XXXXXX").string();
    const std::filesystem::path folder = mkdtemp(name.data());
    // As root the cluster runs as the user postgres, who must come this far.
    std::filesystem::permissions(folder, std::filesystem::perms(0755));
    return folder;
  }

  const std::filesystem::path folder_;
  Cluster cluster_;
};

}  // namespace pons::test
