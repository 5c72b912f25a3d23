// OpsEndpoint: what operators and their machines ask: health, readiness, metrics, capabilities.
#pragma once

#include "gateway/services.hpp"
#include "net/http_server.hpp"

#include <atomic>
#include <functional>
#include <string_view>

namespace vc::gateway {

class OpsEndpoint {
 public:
  OpsEndpoint(const Services& services, const Authenticator& authenticator);

  net::BodyPlan health(RequestRecord record);
  // Whether the process is alive: whatever the store does.
  net::BodyPlan livez(RequestRecord record);
  // Whether to send requests here: not while draining, not when the store cannot be used.
  net::BodyPlan readyz(RequestRecord record, const net::RequestHead& head, std::string_view query);
  net::BodyPlan metrics(RequestRecord record);
  net::BodyPlan capabilities(RequestRecord record);
  net::BodyPlan openapi(RequestRecord record);

  // From now on /readyz fails.
  void begin_drain() { draining_ = true; }

  // Where vc_open_connections comes from.
  void count_connections_of(const net::HttpServer& server) { server_ = &server; }

 private:
  net::Response readiness(RequestRecord& record, bool verbose);

  Services services_;
  const Authenticator& authenticator_;
  std::atomic<bool> draining_{false};
  std::atomic<const net::HttpServer*> server_{nullptr};
};

// docs/openapi.json, as it was when this program was built.
std::string_view openapi_document();

}  // namespace vc::gateway
