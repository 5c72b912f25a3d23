// Gateway: the few questions the agent asks velocity-server, with the token, as values.
//
// Every failure is told to RemoteTroubles here and returned, so that a caller can simply go on
// without. Safe for concurrent use.
#pragma once

#include "agent/remote/retrying_http.hpp"
#include "agent/remote/troubles.hpp"
#include "wire/capabilities.hpp"
#include "wire/negotiate.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// Longer than the gateway gives a batch (3 s), short enough that a stuck gateway costs less than it
// could have saved.
inline constexpr std::chrono::milliseconds kGatewayTimeout{6'000};

class Gateway {
 public:
  Gateway(std::string url, std::string token, RetryingHttp& http, RemoteTroubles& troubles)
      : url_(std::move(url)), token_(std::move(token)), http_(http), troubles_(troubles) {}

  Result<wire::Capabilities> capabilities(const std::stop_token& stop);
  Result<wire::NegotiateReply> negotiate(const wire::NegotiateRequest& request,
                                         const std::stop_token& stop);
  // As many replies as requests, at most kBatchItemsMax.
  Result<std::vector<wire::NegotiateReply>> negotiate_batch(
      const std::vector<wire::NegotiateRequest>& requests, const std::stop_token& stop);
  // Makes it look at this key again. Best effort: nobody is told when it fails.
  void report(const wire::Report& report, const std::stop_token& stop);

 private:
  net::ClientRequest request(std::string_view method, std::string_view path,
                             std::string body) const;
  Result<std::string> exchange(const net::ClientRequest& request, std::string_view doing,
                               const std::stop_token& stop);

  std::string url_;
  std::string token_;
  RetryingHttp& http_;
  RemoteTroubles& troubles_;
};

}  // namespace vc::agent
