// RequestRecord: one request from its head to its line in the access log.
//
// Every answer goes through finish(), which stamps the request id on it, counts it and logs it: the
// route's template, never a query string, a token or a key. A record that is destroyed unfinished
// logs a client that went away.
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "gateway/auth.hpp"
#include "gateway/metrics.hpp"
#include "gateway/routes.hpp"
#include "net/http_server.hpp"
#include "wire/problem.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace vc::gateway {

inline constexpr std::size_t kRequestIdBytesMax = 64;

// nginx's word for a client that did not wait for its answer.
inline constexpr int kClientClosedRequest = 499;

// Where all records of one gateway end up. Safe for concurrent use.
class Journal {
 public:
  Journal(const Clock& clock, Log& log, Metrics& metrics);

  const Clock& clock() const { return clock_; }

  Log& log() const { return log_; }

  Metrics& metrics() const { return metrics_; }

  // The client's X-Request-Id if it is one, else a new one.
  std::string request_id(std::string_view proposed);

 private:
  const Clock& clock_;
  Log& log_;
  Metrics& metrics_;
  std::string prefix_;  // Differs between processes.
  std::atomic<std::uint64_t> next_{0};
};

class RequestRecord {
 public:
  RequestRecord(Journal& journal, const net::RequestHead& head, Route route);
  RequestRecord(RequestRecord&& other) noexcept;
  RequestRecord& operator=(RequestRecord&&) = delete;
  RequestRecord(const RequestRecord&) = delete;
  RequestRecord& operator=(const RequestRecord&) = delete;
  ~RequestRecord();

  net::Response finish(net::Response response);
  net::Response finish(wire::Problem problem);

  net::Response finish(const Error& error) { return finish(wire::to_problem(error)); }

  // The store failed: its own words go into the log, the caller learns what kind of failure it was.
  net::Response finish_store_error(const Error& error);

  // Body bytes that came in with this request.
  void add_bytes_in(std::uint64_t bytes) { bytes_in_ += bytes; }

  std::chrono::nanoseconds age() const { return journal_->clock().steady_now() - started_; }

  const std::string& request_id() const { return request_id_; }

  Caller caller;  // Once known.

 private:
  void close(int status, std::uint64_t bytes_out);

  Journal* journal_;  // nullptr once finished or moved from.
  Route route_;
  std::string method_;
  std::string request_id_;
  SteadyTime started_;
  std::uint64_t bytes_in_ = 0;
};

net::Response json_response(int status, std::string body);

// application/problem+json, with WWW-Authenticate and Retry-After where the status wants them.
net::Response problem_response(const wire::Problem& problem);

}  // namespace vc::gateway
