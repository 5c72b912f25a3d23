// Metrics: what the gateway counts, and its Prometheus text form (0.0.4).
//
// Every counter on a hot path is resolved once; counting is an atomic add. Labels have bounded
// values: never a key, a token, a scope or a name that a client chose. Safe for concurrent use.
#pragma once

#include "core/result.hpp"
#include "gateway/routes.hpp"
#include "storage/store_traits.hpp"
#include "wire/negotiate.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace vc::gateway {

enum class Direction { in, out };

enum class UploadResult { stored, exists, refused, aborted, failed };

// Values that are read when somebody asks, not counted.
struct Gauges {
  std::size_t open_connections = 0;
  std::size_t transfers = 0;
  std::optional<std::uint64_t> storage_bytes;
  std::optional<storage::StoreTraits> store;  // nullopt while it cannot be used.
};

class Metrics {
 public:
  // `driver` becomes a label.
  explicit Metrics(std::string_view driver);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;
  Metrics(Metrics&&) = delete;
  Metrics& operator=(Metrics&&) = delete;

  // Once per item. Download lookups move vc_cache_hits and vc_cache_misses; a problem moves
  // neither.
  void count_negotiation(wire::Action action, wire::Status status);
  void observe_negotiation(std::chrono::nanoseconds latency);

  void count_request(Route route, std::string_view method, int status,
                     std::chrono::nanoseconds duration);
  void count_proxy_bytes(Direction direction, std::uint64_t bytes);
  void count_upload(UploadResult result);
  void count_store_error(Errc code);
  void count_rate_limited();

  std::string text(const Gauges& gauges);

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace vc::gateway
