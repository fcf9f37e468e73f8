#pragma once

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/URI.h>

#include <chrono>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "adapters/http/cord.h"
#include "engine/base/time.h"

namespace pons {

/// Where to post to, and for how long to wait. https verifies the certificate for the host's name.
struct PostTarget {
  std::string url;        // the final one: redirects are not followed
  std::string ca_file{};  // PEM; empty: the machine's own authorities
  Duration reply_within = std::chrono::seconds(20);
  std::size_t answer_limit = 16u << 20;  // bytes
};

struct PostAnswer {
  int status = 0;
  std::string body;
  Duration retry_after{};  // zero: not asked for, or given as a date
};

/// There is no answer.
struct PostFailure {
  bool may_have_arrived = false;
  std::string text;  // no patient data
};

using PostResult = std::variant<PostAnswer, PostFailure>;

/// Posts documents to one URL over one connection, which stays open between them. One thread; stop() from any.
class Post final {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  /// Throws Poco::Exception when the URL is none, or its scheme is neither http nor https.
  explicit Post(PostTarget target);

  PostResult send(const std::string& content_type, const std::string& document, const Headers& headers);
  /// A send that waits for its answer gives up.
  void stop() { cord_.pull(); }

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  void forget_stale_connection();
  std::string describe(const Poco::Exception& error, bool may_have_arrived) const;
  /// False: it stopped reading, or has closed. However steadily it reads, when the time is over it throws.
  bool write(std::ostream& body, std::string_view document, Deadline deadline);
  PostAnswer receive(Deadline deadline);

  const PostTarget target_;
  const Poco::URI uri_;
  const std::unique_ptr<Poco::Net::HTTPClientSession> session_;
  Cord cord_;
};

}  // namespace pons
