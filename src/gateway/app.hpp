// App: the gateway as an HTTP handler: routes, credentials and limits in front of the endpoints.
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/signature.hpp"
#include "core/worker_pool.hpp"
#include "gateway/auth.hpp"
#include "gateway/blob_endpoint.hpp"
#include "gateway/existence.hpp"
#include "gateway/lookups.hpp"
#include "gateway/metrics.hpp"
#include "gateway/negotiate_endpoint.hpp"
#include "gateway/negotiator.hpp"
#include "gateway/ops_endpoint.hpp"
#include "gateway/rate_limiter.hpp"
#include "gateway/request_record.hpp"
#include "gateway/routes.hpp"
#include "gateway/services.hpp"
#include "gateway/transfer_slots.hpp"
#include "gateway/vending.hpp"
#include "net/http_server.hpp"
#include "storage/driver.hpp"

#include <memory>
#include <string>

namespace vc::gateway {

struct AppOptions {
  std::unique_ptr<Authenticator> authenticator;
  SigningKey seal;
  std::string public_url;              // Empty: from each request's own headers.
  double requests_per_second_max = 0;  // Of one subject; 0: no limit.
  std::size_t transfers_max = 256;
  LookupLimits lookups;
  std::size_t disk_threads = 16;
  std::size_t disk_queue_max = 1024;
};

class App final : public net::Handler {
 public:
  // `driver`, `clock` and `log` must outlive the App, and the App every server that calls it.
  App(storage::Driver& driver, const Clock& clock, Log& log, AppOptions options);

  net::BodyPlan on_request(const net::RequestHead& head) override;
  net::Response refusal(int status, std::string_view reason) override;

  // Where request bodies are written, too.
  WorkerPool& disk() { return disk_; }

  void begin_drain() { ops_.begin_drain(); }

  void count_connections_of(const net::HttpServer& server) { ops_.count_connections_of(server); }

 private:
  net::BodyPlan dispatch(RequestRecord record, const RouteRow& row, const net::RequestHead& head,
                         std::string_view target);
  // A Response when the request ends here: no credential, or too many requests.
  std::optional<net::Response> admit(RequestRecord& record, const net::RequestHead& head);

  Metrics metrics_;
  Journal journal_;
  std::unique_ptr<Authenticator> authenticator_;
  RateLimiter requests_;
  TransferSlots slots_;
  Vending vending_;
  Existence existence_;
  Negotiator negotiator_;
  Services services_;
  NegotiateEndpoint negotiate_;
  BlobEndpoint blobs_;
  OpsEndpoint ops_;
  // Last, so that their threads end while everything above is there.
  WorkerPool disk_;
  Lookups lookups_;
};

}  // namespace vc::gateway
