// RetryingHttp: one HTTP exchange with bounded retries, and a breaker for each host.
//
// 429 and 5xx are tried kAttemptsMax times with growing, jittered pauses, or after what Retry-After
// says when that is at most kRetryAfterMax. A connection that fails is tried once more, a timeout
// never. After kBreakerFailures exchanges or connections in a row have failed, the host is not
// asked again in this run. Safe for concurrent use.
#pragma once

#include "net/http_client.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <stop_token>
#include <string>
#include <string_view>

namespace vc::agent {

inline constexpr int kAttemptsMax = 3;
inline constexpr int kConnectionAttemptsMax = 2;
inline constexpr int kBreakerFailures = 2;
inline constexpr std::chrono::milliseconds kFirstPause{200};
inline constexpr std::chrono::milliseconds kRetryAfterMax{5'000};

// Waits; false when it was stopped before the time was over.
using Pause = std::function<bool(std::chrono::milliseconds, std::stop_token)>;
Pause make_real_pause();

class RetryingHttp {
 public:
  // Called before every attempt, so that a half-received body can be thrown away.
  using Restart = std::function<Result<void>()>;

  RetryingHttp(net::HttpClient& http, Pause pause) : http_(http), pause_(std::move(pause)) {}

  // As HttpClient::send(); a 429 or 5xx that stays is returned as it is. Errc::overloaded without
  // any exchange when the breaker of the host is open.
  Result<net::ClientResponse> send(const net::ClientRequest& request, const std::stop_token& stop,
                                   const net::HttpClient::Receiver& receiver = {},
                                   const Restart& restart = {});

  bool is_open(std::string_view url) const;

 private:
  void count_failure(const std::string& host);
  void count_success(const std::string& host);
  std::chrono::milliseconds jittered(std::chrono::milliseconds pause);

  net::HttpClient& http_;
  Pause pause_;
  mutable std::mutex mutex_;
  std::map<std::string, int, std::less<>> failures_in_a_row_;
  std::minstd_rand random_{std::random_device{}()};
};

// "cache.example.com:8080" of "https://cache.example.com:8080/x?y".
std::string host_of(std::string_view url);

}  // namespace vc::agent
