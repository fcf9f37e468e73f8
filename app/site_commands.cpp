#include <fmt/core.h>

#include <cstdio>

#include "adapters/file/site_folder.h"
#include "app/commands.h"
#include "app/site.h"

namespace pons {

int check(const Options& options, bool json) {
  Findings findings;
  const auto site = Site::load(read_site(options.site), look_up_variable, findings);
  if (json)
    fmt::print("{}\n", to_json(findings));
  else
    fmt::print("{}", to_text(findings));
  if (!site) return 1;
  if (!json)
    fmt::print("{} routes, {} maps, {} tables, {} endpoints: no errors\n", site->routes().size(),
               site->parts().maps.size(), site->parts().tables.size(), site->endpoints().size());
  return 0;
}

int test(const Options& options) {
  Findings findings;
  const SiteFiles files = read_site(options.site);
  const auto site = Site::load(files, look_up_variable, findings);
  if (!site) {
    fmt::print(stderr, "{}", to_text(findings));
    return 1;
  }
  const TestReport report = report_tests(*site, files);
  fmt::print("{}", report.text);
  return report.passed ? 0 : 1;
}

}  // namespace pons
