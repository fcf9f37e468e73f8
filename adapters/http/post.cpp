#include "adapters/http/post.h"

#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/NetException.h>
#include <Poco/NumberParser.h>

#include <algorithm>
#include <istream>
#include <ostream>

namespace pons {

namespace {

using namespace std::chrono_literals;
using Poco::Net::Context;
using Poco::Net::HTTPClientSession;
using Poco::Net::HTTPRequest;
using Poco::Net::HTTPResponse;
using Poco::Net::HTTPSClientSession;
using std::chrono::steady_clock;

constexpr Duration kConnectWithin = 5s;
constexpr Duration kStall = 5s;            // of a peer that does not read what we write
constexpr std::size_t kSlice = 16u << 10;  // bytes; a socket that can be written to has room for them
constexpr Duration kRefusalWithin = 1s;    // after a peer stopped reading
constexpr Duration kIdle = 10min;          // how long a connection may be kept; the server may close it earlier

Poco::Timespan timespan(Duration duration) {
  return Poco::Timespan(duration.count());
}

Duration left(steady_clock::time_point deadline) {
  const auto rest = std::chrono::floor<Duration>(deadline - steady_clock::now());
  if (rest <= Duration::zero()) throw Poco::TimeoutException("the time is over");
  return rest;
}

Context::Ptr client_context(const std::string& ca_file) {
  Context::Ptr context(
      new Context(Context::TLS_CLIENT_USE, "", "", ca_file, Context::VERIFY_STRICT, 9, ca_file.empty()));
  context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
  return context;
}

std::unique_ptr<HTTPClientSession> session_for(const Poco::URI& uri, const PostTarget& target) {
  std::unique_ptr<HTTPClientSession> session;
  if (uri.getScheme() == "https")
    session = std::make_unique<HTTPSClientSession>(uri.getHost(), uri.getPort(), client_context(target.ca_file));
  else if (uri.getScheme() == "http")
    session = std::make_unique<HTTPClientSession>(uri.getHost(), uri.getPort());
  else
    throw Poco::InvalidArgumentException("a URL to post to begins with http:// or https://", target.url);
  session->setKeepAlive(true);
  session->setKeepAliveTimeout(timespan(kIdle));
  session->setTimeout(timespan(std::min(kConnectWithin, target.reply_within)),
                      timespan(std::min(kStall, target.reply_within)), timespan(std::min(kStall, target.reply_within)));
  return session;
}

/// Seconds only (RFC 9110 10.2.3 also allows a date).
Duration retry_after(const HTTPResponse& response) {
  unsigned seconds = 0;
  if (!Poco::NumberParser::tryParseUnsigned(response.get("Retry-After", ""), seconds)) return {};
  return std::chrono::seconds(seconds);
}

}  // namespace

Post::Post(PostTarget target) : target_(std::move(target)), uri_(target_.url), session_(session_for(uri_, target_)) {}

PostResult Post::send(const std::string& content_type, const std::string& document, const Headers& headers) {
  const Deadline deadline = steady_clock::now() + target_.reply_within;
  HTTPRequest request(HTTPRequest::HTTP_POST, uri_.getPathAndQuery().empty() ? "/" : uri_.getPathAndQuery(),
                      HTTPRequest::HTTP_1_1);
  request.setContentType(content_type);
  request.setContentLength64(static_cast<Poco::Int64>(document.size()));
  for (const auto& [name, value] : headers) request.set(name, value);
  // Until the body begins, the server has nothing that it could act on.
  bool may_have_arrived = false;
  try {
    forget_stale_connection();
    std::ostream& body = session_->sendRequest(request);
    cord_.tie(session_->socket());
    left(deadline);  // throws while nothing has been sent
    may_have_arrived = true;
    const bool is_written = write(body, document, deadline);
    // A server that refuses a document before its end answers and closes.
    const Duration rest = left(deadline);
    session_->socket().setReceiveTimeout(timespan(is_written ? rest : std::min(rest, kRefusalWithin)));
    PostAnswer answer = receive(deadline);
    cord_.untie();
    return answer;
  } catch (const Poco::Exception& error) {
    cord_.untie();
    session_->reset();
    return PostFailure{may_have_arrived, describe(error, may_have_arrived)};
  } catch (...) {
    // What is left of this answer must not be read as the answer to the next document.
    cord_.untie();
    session_->reset();
    throw;
  }
}

/// Nothing is due on an idle connection: what can be read is its end, or an answer that came too late.
void Post::forget_stale_connection() {
  if (session_->connected() && session_->socket().poll(Poco::Timespan(), Poco::Net::Socket::SELECT_READ))
    session_->reset();
}

bool Post::write(std::ostream& body, std::string_view document, Deadline deadline) {
  while (!document.empty() && body.good()) {
    if (!session_->socket().poll(timespan(std::min(left(deadline), kStall)), Poco::Net::Socket::SELECT_WRITE))
      return false;
    const std::string_view slice = document.substr(0, kSlice);
    body.write(slice.data(), static_cast<std::streamsize>(slice.size()));
    document.remove_prefix(slice.size());
  }
  body.flush();
  return body.good();
}

PostAnswer Post::receive(Deadline deadline) {
  HTTPResponse response;
  std::istream& body = session_->receiveResponse(response);
  PostAnswer answer;
  answer.status = static_cast<int>(response.getStatus());
  answer.retry_after = retry_after(response);
  std::string part(64 * 1024, '\0');
  // peek() waits once; readsome() takes what came.
  while (body.peek() != std::istream::traits_type::eof()) {
    const auto got = body.readsome(part.data(), static_cast<std::streamsize>(part.size()));
    answer.body.append(part.data(), static_cast<std::size_t>(got));
    if (answer.body.size() > target_.answer_limit) throw Poco::DataException("the answer is too long");
    session_->socket().setReceiveTimeout(timespan(left(deadline)));
  }
  if (session_->networkException() != nullptr) session_->networkException()->rethrow();
  // POCO takes a connection that ends early for the end of the body.
  if (response.hasContentLength() && static_cast<Poco::Int64>(answer.body.size()) < response.getContentLength64())
    throw Poco::Net::ConnectionAbortedException("the answer broke off");
  return answer;
}

std::string Post::describe(const Poco::Exception& error, bool may_have_arrived) const {
  if (!may_have_arrived) return error.displayText();
  if (cord_.is_pulled()) return "the engine stopped before the answer came";
  if (dynamic_cast<const Poco::TimeoutException*>(&error) != nullptr) return "no answer in time";
  return "the connection was lost before the answer: " + error.displayText();
}

}  // namespace pons
