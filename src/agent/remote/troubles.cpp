#include "agent/remote/troubles.hpp"

#include "agent/remote/retrying_http.hpp"
#include "wire/problem.hpp"

#include <fmt/core.h>

namespace vc::agent {

namespace {

std::string with_detail(const wire::Problem& problem) {
  std::string out = fmt::format("{}", problem.status);
  if (!problem.detail.empty()) {
    out += ": " + problem.detail;
  }
  if (!problem.request_id.empty()) {
    out += " (request " + problem.request_id + ")";
  }
  return out;
}

std::string remedy(const wire::Problem& problem, std::string_view otherwise) {
  return problem.hint.empty() ? std::string(otherwise) : problem.hint;
}

}  // namespace

RemoteTroubles::RemoteTroubles(std::string url, std::string token_name, Warn warn)
    : url_(std::move(url)), token_name_(std::move(token_name)), warn_(std::move(warn)) {}

void RemoteTroubles::report(const Error& error, std::string_view doing) {
  if (error.code == Errc::canceled || error.code == Errc::overloaded) {
    return;  // The user's wish, or an open breaker: its cause has been told.
  }
  if (error.code == Errc::invalid) {
    report({.kind = TroubleKind::configuration,
            .message = fmt::format("remote cache {} could not {}: {} (configuration). Check "
                                   "remote.url in velocity.yml.",
                                   url_, doing, error.message)});
    return;
  }
  constexpr std::string_view kUsually =
      "Check that the gateway runs and that remote.url and proxy variables are right";
  report({.kind = TroubleKind::network,
          .message = fmt::format("remote cache {} could not {}: {} (network). {}.", url_, doing,
                                 error.message, error.hint.empty() ? kUsually : error.hint)});
}

void RemoteTroubles::report(const net::ClientResponse& response, std::string_view doing) {
  const wire::Problem problem = wire::parse_problem(response.status, response.body);
  const std::string said = with_detail(problem);
  if (response.status == 401) {
    report({.kind = TroubleKind::authentication,
            .message = fmt::format("remote cache {} does not accept the token ({}). Check the "
                                   "value of {}.",
                                   url_, said, token_name_)});
  } else if (response.status == 403) {
    report({.kind = TroubleKind::authentication,
            .message = fmt::format("remote cache {} could not {}: the token of {} may not do that "
                                   "({}). {}",
                                   url_, doing, token_name_, said,
                                   remedy(problem, "Ask for the right to do it."))});
  } else if (response.status == 429 || response.status >= 500) {
    report({.kind = TroubleKind::server,
            .message =
                fmt::format("remote cache {} could not {}: the server answered {}. {}", url_, doing,
                            said, remedy(problem, "Its log says why; nothing is wrong here."))});
  } else {
    report({.kind = TroubleKind::configuration,
            .message = fmt::format("remote cache {} answered {} when it was to {} (configuration). "
                                   "{}",
                                   url_, said, doing,
                                   remedy(problem,
                                          "Check that remote.url in velocity.yml names a "
                                          "VelocityCache gateway."))});
  }
}

void RemoteTroubles::report_transfer(const Error& error, std::string_view doing,
                                     std::string_view ticket_url) {
  const std::string store = host_of(ticket_url);
  const bool is_about_it = error.code == Errc::unavailable || error.code == Errc::timeout;
  if (store == host_of(url_) || !is_about_it) {
    report(error, doing);
    return;
  }
  const std::string unreachable = fmt::format(
      "If this machine does not reach {}, tell the gateway an address that it does "
      "reach: VC_S3_PUBLIC_ENDPOINT, or its like for other stores",
      store);
  report({.kind = TroubleKind::network,
          .message = fmt::format(
              "the object store of remote cache {} could not {}: {} (network). {}.", url_, doing,
              error.message, error.hint.empty() ? unreachable : error.hint)});
}

void RemoteTroubles::report_transfer(const net::ClientResponse& response, std::string_view doing,
                                     std::string_view ticket_url) {
  const std::string store = host_of(ticket_url);
  if (store == host_of(url_)) {
    report(response, doing);
    return;
  }
  const bool is_refused = response.status == 401 || response.status == 403;
  report({.kind = TroubleKind::server,
          .message = fmt::format(
              "the object store of remote cache {} at {} could not {}: it answered {}. {}", url_,
              store, doing, response.status,
              is_refused ? "Check the gateway's credentials for the store, and its clock."
                         : "Nothing is wrong here.")});
}

void RemoteTroubles::report(const RemoteTrouble& trouble) {
  {
    const std::scoped_lock lock(mutex_);
    if (count_++ > 0) {
      return;
    }
    first_ = trouble;
  }
  warn_(trouble.message);
}

std::optional<RemoteTrouble> RemoteTroubles::first() const {
  const std::scoped_lock lock(mutex_);
  return first_;
}

int RemoteTroubles::count() const {
  const std::scoped_lock lock(mutex_);
  return count_;
}

}  // namespace vc::agent
