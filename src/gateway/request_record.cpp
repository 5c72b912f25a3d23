#include "gateway/request_record.hpp"

#include "core/signature.hpp"
#include "gateway/store_problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vc::gateway {
namespace {

constexpr std::string_view kRetryAfterSeconds = "1";

bool is_request_id(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= kRequestIdBytesMax && std::ranges::all_of(text, allowed);
}

// Probes and scrapes come every few seconds for ever: only their failures are news.
LogLevel log_level(Route route, int status) {
  if (status >= 500) {
    return LogLevel::warn;
  }
  const bool probe = route == Route::health || route == Route::livez || route == Route::readyz ||
                     route == Route::metrics;
  return probe && status < 400 ? LogLevel::debug : LogLevel::info;
}

std::uint64_t body_bytes(const net::Response& response) {
  if (const auto* text = std::get_if<std::string>(&response.body)) {
    return text->size();
  }
  return std::get<net::FileRange>(response.body).length;
}

}  // namespace

Journal::Journal(const Clock& clock, Log& log, Metrics& metrics)
    : clock_(clock), log_(log), metrics_(metrics), prefix_(hex_encode(random_bytes(4)) + "-") {}

std::string Journal::request_id(std::string_view proposed) {
  if (is_request_id(proposed)) {
    return std::string(proposed);
  }
  fmt::memory_buffer id;
  id.append(prefix_);
  fmt::format_to(std::back_inserter(id), "{:06x}", next_.fetch_add(1, std::memory_order_relaxed));
  return {id.data(), id.size()};
}

RequestRecord::RequestRecord(Journal& journal, const net::RequestHead& head, Route route)
    : journal_(&journal),
      route_(route),
      method_(head.method()),
      request_id_(journal.request_id(head.header("x-request-id"))),
      started_(journal.clock().steady_now()) {}

RequestRecord::RequestRecord(RequestRecord&& other) noexcept
    : caller(std::move(other.caller)),
      journal_(std::exchange(other.journal_, nullptr)),
      route_(other.route_),
      method_(std::move(other.method_)),
      request_id_(std::move(other.request_id_)),
      started_(other.started_),
      bytes_in_(other.bytes_in_) {}

RequestRecord::~RequestRecord() {
  if (journal_ != nullptr) {
    close(kClientClosedRequest, 0);
  }
}

net::Response RequestRecord::finish(net::Response response) {
  response.headers.add("X-Request-Id", request_id_);
  close(response.status, method_ == "HEAD" ? 0 : body_bytes(response));
  return response;
}

net::Response RequestRecord::finish(wire::Problem problem) {
  problem.request_id = request_id_;
  return finish(problem_response(problem));
}

net::Response RequestRecord::finish_store_error(const Error& error) {
  journal_->metrics().count_store_error(error.code);
  journal_->log().error("the store failed",
                        {{"request_id", request_id_}, {"error", error.message}});
  return finish(store_problem(error));
}

void RequestRecord::close(int status, std::uint64_t bytes_out) {
  Journal& journal = *std::exchange(journal_, nullptr);
  const std::chrono::nanoseconds duration = journal.clock().steady_now() - started_;
  journal.metrics().count_request(route_, method_, status, duration);
  const LogLevel level = log_level(route_, status);
  if (!journal.log().enabled(level)) {
    return;
  }
  journal.log().write(
      level, "request",
      {{"request_id", request_id_},
       {"method", method_},
       {"route", route_name(route_)},
       {"status", std::int64_t{status}},
       {"dur_ms", std::chrono::duration<double, std::milli>(duration).count()},
       {"bytes_in", static_cast<std::int64_t>(bytes_in_)},
       {"bytes_out", static_cast<std::int64_t>(bytes_out)},
       {"subject", caller ? std::string_view(caller->subject) : std::string_view("-")}});
}

net::Response json_response(int status, std::string body) {
  return {
      .status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

net::Response problem_response(const wire::Problem& problem) {
  net::Response response{.status = problem.status,
                         .headers = {{"Content-Type", "application/problem+json"}},
                         .body = wire::to_json(problem)};
  if (problem.status == 401) {
    response.headers.add("WWW-Authenticate", R"(Bearer realm="velocitycache")");
  }
  if (problem.status == 429 || problem.status == 503) {
    response.headers.add("Retry-After", std::string(kRetryAfterSeconds));
  }
  return response;
}

}  // namespace vc::gateway
