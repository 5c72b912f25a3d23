#include "agent/remote/retrying_http.hpp"

#include <charconv>
#include <condition_variable>
#include <optional>

namespace vc::agent {

namespace {

bool is_busy_or_broken(int status) {
  return status == 429 || (status >= 500 && status != 501 && status != 507);
}

// Seconds only; the other form, a date, is treated as absent: nobody sends it to a cache client.
std::optional<std::chrono::milliseconds> retry_after(const net::ClientResponse& response) {
  const auto text = response.headers.find("retry-after");
  if (!text) {
    return std::nullopt;
  }
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (error != std::errc{} || end != text->data() + text->size()) {
    return std::nullopt;
  }
  return std::chrono::seconds(seconds);
}

}  // namespace

Pause make_real_pause() {
  return [](std::chrono::milliseconds time, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
  };
}

std::string host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) {
    url.remove_prefix(scheme + 3);
  }
  return std::string(url.substr(0, url.find_first_of("/?#")));
}

Result<net::ClientResponse> RetryingHttp::send(const net::ClientRequest& request,
                                               const std::stop_token& stop,
                                               const net::HttpClient::Receiver& receiver,
                                               const Restart& restart) {
  const std::string host = host_of(request.url);
  std::chrono::milliseconds pause = kFirstPause;
  // When other exchanges open the breaker during our pause, what we met ourselves is the answer:
  // it may be the first that anybody tells.
  Result<net::ClientResponse> response =
      fail(Errc::overloaded, host + " failed twice in a row and is not asked again");
  for (int attempt = 1;; ++attempt) {
    if (is_open(request.url)) {
      return response;
    }
    if (restart) {
      VC_CHECK(restart());
    }
    response = http_.send(request, receiver, stop);
    if (response && !is_busy_or_broken(response->status)) {
      count_success(host);
      return response;
    }
    if (!response) {
      const Errc code = response.error().code;
      if (code != Errc::unavailable && code != Errc::corrupt && code != Errc::timeout) {
        return response;  // Canceled, or our own receiver refused: says nothing about the host.
      }
      count_failure(host);
      if (code == Errc::timeout || attempt >= kConnectionAttemptsMax) {
        return response;
      }
    } else {
      const auto asked = retry_after(*response);
      if (attempt >= kAttemptsMax || (asked && *asked > kRetryAfterMax)) {
        count_failure(host);
        return response;
      }
      pause = asked.value_or(pause);
    }
    if (!pause_(jittered(pause), stop)) {
      return fail(Errc::canceled, "the run was interrupted");
    }
    pause *= 2;
  }
}

bool RetryingHttp::is_open(std::string_view url) const {
  const std::scoped_lock lock(mutex_);
  const auto found = failures_in_a_row_.find(host_of(url));
  return found != failures_in_a_row_.end() && found->second >= kBreakerFailures;
}

void RetryingHttp::count_failure(const std::string& host) {
  const std::scoped_lock lock(mutex_);
  ++failures_in_a_row_[host];
}

void RetryingHttp::count_success(const std::string& host) {
  const std::scoped_lock lock(mutex_);
  failures_in_a_row_.erase(host);
}

// Up to half as long again, never shorter: Retry-After is a promise.
std::chrono::milliseconds RetryingHttp::jittered(std::chrono::milliseconds pause) {
  const std::scoped_lock lock(mutex_);
  std::uniform_int_distribution<std::int64_t> extra(0, pause.count() / 2);
  return pause + std::chrono::milliseconds(extra(random_));
}

}  // namespace vc::agent
