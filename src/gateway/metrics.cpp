#include "gateway/metrics.hpp"

#include "wire/problem.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <atomic>

namespace vc::gateway {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

// 250 us is a miss answered from memory behind a fast network; 10 s is past every deadline here.
const Histogram::BucketBoundaries kNegotiationBuckets = {
    0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
const Histogram::BucketBoundaries kHttpBuckets = {0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                  0.25,   0.5,   1,     2.5,  5,     10};

constexpr std::array<std::string_view, 5> kMethods = {"GET", "HEAD", "POST", "PUT", "other"};
constexpr std::size_t kRouteCount = static_cast<std::size_t>(Route::none) + 1;
constexpr std::size_t kStatusClasses = 5;
constexpr int kStatusFirst = 100;
constexpr std::size_t kStatusCount = 500;

constexpr std::array<std::string_view, 3> kActions = {"resolve", "download", "upload"};
constexpr std::array<std::string_view, 5> kResults = {"hit", "miss", "needed", "skipped", "error"};
constexpr std::array<std::string_view, 5> kUploadResults = {"stored", "exists", "refused",
                                                            "aborted", "failed"};

std::size_t index_of_method(std::string_view method) {
  return static_cast<std::size_t>(std::find(kMethods.begin(), kMethods.end() - 1, method) -
                                  kMethods.begin());
}

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

// Series that come into being with their first use: most of the combinations never happen. Two
// threads that race here get the same series from the family.
template <class Metric>
Metric& resolved(std::atomic<Metric*>& slot, auto&& make) {
  if (Metric* known = slot.load(std::memory_order_acquire)) {
    return *known;
  }
  Metric& made = make();
  slot.store(&made, std::memory_order_release);
  return made;
}

template <class Builder>
auto& family(prometheus::Registry& registry, Builder builder, const char* name, const char* help) {
  return builder.Name(name).Help(help).Register(registry);
}

}  // namespace

struct Metrics::Families {
  explicit Families(std::string_view driver_name) : driver(driver_name) {
    build_info.Add({{"version", VC_VERSION}, {"driver", driver}}).Set(1);
    for (std::size_t action = 0; action < kActions.size(); ++action) {
      for (std::size_t result = 0; result < kResults.size(); ++result) {
        requests[action][result] =
            &cache_requests.Add({{"operation", std::string(kActions[action])},
                                 {"result", std::string(kResults[result])},
                                 {"protocol", "native"},
                                 {"driver", driver}});
      }
    }
    for (std::size_t i = 0; i < kUploadResults.size(); ++i) {
      uploads[i] = &upload_family.Add({{"result", std::string(kUploadResults[i])}});
    }
  }

  std::string driver;
  prometheus::Registry registry;

  // The three names users were promised.
  Counter& hits = family(registry, prometheus::BuildCounter(), "vc_cache_hits",
                         "Download lookups that found their object.")
                      .Add({});
  Counter& misses = family(registry, prometheus::BuildCounter(), "vc_cache_misses",
                           "Download lookups of objects that the store does not have.")
                        .Add({});
  Histogram& negotiation = family(registry, prometheus::BuildHistogram(), "vc_negotiation_latency",
                                  "Seconds from the head of a negotiation to its answer.")
                               .Add({}, kNegotiationBuckets);

  // Those of the original gateway, so that its dashboards go on working.
  Family<Counter>& operations = family(registry, prometheus::BuildCounter(),
                                       "vc_cache_operations_total", "Cache operations by result.");
  Counter& download_hit = operations.Add({{"operation", "download"}, {"result", "hit"}});
  Counter& download_miss = operations.Add({{"operation", "download"}, {"result", "miss"}});
  Counter& upload_needed = operations.Add({{"operation", "upload"}, {"result", "needed"}});
  Counter& upload_skipped = operations.Add({{"operation", "upload"}, {"result", "skipped"}});
  Family<Histogram>& http_duration =
      family(registry, prometheus::BuildHistogram(), "vc_http_duration_seconds",
             "Seconds from the head of a request to its answer.");
  Family<Counter>& proxy_bytes =
      family(registry, prometheus::BuildCounter(), "vc_proxy_bytes_total",
             "Artifact bytes that passed through the gateway.");
  Counter& bytes_in = proxy_bytes.Add({{"direction", "in"}});
  Counter& bytes_out = proxy_bytes.Add({{"direction", "out"}});

  Family<Counter>& http_requests = family(registry, prometheus::BuildCounter(),
                                          "vc_http_requests_total", "Answered HTTP requests.");
  Family<Counter>& cache_requests =
      family(registry, prometheus::BuildCounter(), "vc_cache_requests_total",
             "Negotiated items by operation and result; resolve is a lookup without an action.");
  Family<Counter>& upload_family = family(registry, prometheus::BuildCounter(), "vc_uploads_total",
                                          "Uploads through the gateway by what became of them.");
  Family<Counter>& store_errors =
      family(registry, prometheus::BuildCounter(), "vc_store_errors_total",
             "Questions to the store that got no answer.");
  Counter& rate_limited = family(registry, prometheus::BuildCounter(), "vc_rate_limited_total",
                                 "Requests refused because their subject sent too many.")
                              .Add({});
  Family<Gauge>& build_info =
      family(registry, prometheus::BuildGauge(), "vc_build_info", "Always 1; see the labels.");
  Gauge& connections =
      family(registry, prometheus::BuildGauge(), "vc_open_connections", "Open connections.")
          .Add({});
  Gauge& transfers = family(registry, prometheus::BuildGauge(), "vc_transfers",
                            "Transfers of artifacts under way.")
                         .Add({});
  Family<Gauge>& storage_bytes = family(registry, prometheus::BuildGauge(), "vc_storage_bytes",
                                        "Bytes kept by a driver that knows them.");
  Gauge& store_ready = family(registry, prometheus::BuildGauge(), "vc_store_ready",
                              "1 once the store has passed its probe.")
                           .Add({});
  Family<Gauge>& conditional_write =
      family(registry, prometheus::BuildGauge(), "vc_store_conditional_write",
             "1 for what the probe saw the store do with a second write of a key.");
  Gauge& clock_skew = family(registry, prometheus::BuildGauge(), "vc_store_clock_ahead_seconds",
                             "The store's clock against the gateway's, when it was probed.")
                          .Add({});

  std::array<std::array<Counter*, kResults.size()>, kActions.size()> requests{};
  std::array<Counter*, kUploadResults.size()> uploads{};
  std::array<std::atomic<Counter*>, kRouteCount * kMethods.size() * kStatusClasses> by_route{};
  std::array<std::atomic<Histogram*>, kMethods.size() * kStatusCount> by_status{};
};

Metrics::Metrics(std::string_view driver) : families_(std::make_unique<Families>(driver)) {}

Metrics::~Metrics() = default;

void Metrics::count_negotiation(wire::Action action, wire::Status status) {
  Families& f = *families_;
  const auto count = [&](std::string_view result) {
    const auto at = std::ranges::find(kResults, result) - kResults.begin();
    f.requests[static_cast<std::size_t>(action)][static_cast<std::size_t>(at)]->Increment();
  };
  const bool lookup = action != wire::Action::upload;
  switch (status) {
    case wire::Status::found:
      f.hits.Increment();
      f.download_hit.Increment();
      return count("hit");
    case wire::Status::missing:
      f.misses.Increment();
      f.download_miss.Increment();
      return count("miss");
    case wire::Status::upload_needed:
      f.upload_needed.Increment();
      break;
    case wire::Status::skipped:
      f.upload_skipped.Increment();
      break;
    case wire::Status::problem:
      return count("error");
  }
  if (lookup) {  // Found nothing to read, and learnt about writing in the same round trip.
    f.misses.Increment();
    f.download_miss.Increment();
  }
  count(status == wire::Status::skipped ? "skipped" : "needed");
}

void Metrics::observe_negotiation(std::chrono::nanoseconds latency) {
  families_->negotiation.Observe(seconds(latency));
}

void Metrics::count_request(Route route, std::string_view method, int status,
                            std::chrono::nanoseconds duration) {
  Families& f = *families_;
  const std::size_t method_index = index_of_method(method);
  const auto status_index = static_cast<std::size_t>(
      std::clamp(status - kStatusFirst, 0, static_cast<int>(kStatusCount) - 1));
  const std::size_t status_class = status_index / 100;
  const std::size_t slot =
      (static_cast<std::size_t>(route) * kMethods.size() + method_index) * kStatusClasses +
      status_class;
  resolved(f.by_route[slot], [&]() -> Counter& {
    return f.http_requests.Add({{"route", std::string(route_name(route))},
                                {"method", std::string(kMethods[method_index])},
                                {"status", std::to_string(status_class + 1) + "xx"}});
  }).Increment();
  resolved(f.by_status[method_index * kStatusCount + status_index], [&]() -> Histogram& {
    return f.http_duration.Add(
        {{"method", std::string(kMethods[method_index])}, {"status", std::to_string(status)}},
        kHttpBuckets);
  }).Observe(seconds(duration));
}

void Metrics::count_proxy_bytes(Direction direction, std::uint64_t bytes) {
  (direction == Direction::in ? families_->bytes_in : families_->bytes_out)
      .Increment(static_cast<double>(bytes));
}

void Metrics::count_upload(UploadResult result) {
  families_->uploads[static_cast<std::size_t>(result)]->Increment();
}

void Metrics::count_store_error(Errc code) {
  families_->store_errors
      .Add({{"driver", families_->driver}, {"code", std::string(wire::problem_code(code))}})
      .Increment();
}

void Metrics::count_rate_limited() {
  families_->rate_limited.Increment();
}

std::string Metrics::text(const Gauges& gauges) {
  families_->connections.Set(static_cast<double>(gauges.open_connections));
  families_->transfers.Set(static_cast<double>(gauges.transfers));
  if (gauges.storage_bytes) {
    families_->storage_bytes.Add({{"driver", families_->driver}})
        .Set(static_cast<double>(*gauges.storage_bytes));
  }
  families_->store_ready.Set(gauges.store ? 1 : 0);
  if (gauges.store) {
    for (const auto condition : {storage::Condition::enforced, storage::Condition::refused,
                                 storage::Condition::ignored, storage::Condition::unknown}) {
      families_->conditional_write.Add({{"result", std::string(storage::to_text(condition))}})
          .Set(gauges.store->condition == condition ? 1 : 0);
    }
    families_->clock_skew.Set(static_cast<double>(gauges.store->clock_ahead.count()));
  }
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace vc::gateway
