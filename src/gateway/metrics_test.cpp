#include "gateway/metrics.hpp"

#include <gtest/gtest.h>

namespace vc::gateway {
namespace {

using wire::Action;
using wire::Status;

class MetricsTest : public testing::Test {
 protected:
  // The value of a sample, by everything in front of it on its line.
  std::string value(const std::string& sample) {
    const std::string text = "\n" + metrics_.text({.open_connections = 3, .storage_bytes = 99});
    const std::size_t at = text.find("\n" + sample + " ");
    if (at == std::string::npos) {
      return "absent";
    }
    const std::size_t start = at + sample.size() + 2;
    return text.substr(start, text.find('\n', start) - start);
  }

  Metrics metrics_{"local"};
};

TEST_F(MetricsTest, ThePromisedNamesAreThereBeforeAnythingHappened) {
  EXPECT_EQ(value("vc_cache_hits"), "0");
  EXPECT_EQ(value("vc_cache_misses"), "0");
  EXPECT_EQ(value("vc_negotiation_latency_count"), "0");
  EXPECT_EQ(value("vc_open_connections"), "3");
  EXPECT_EQ(value(R"(vc_storage_bytes{driver="local"})"), "99");
}

TEST_F(MetricsTest, OnlyDownloadLookupsAreHitsAndMisses) {
  metrics_.count_negotiation(Action::download, Status::found);
  metrics_.count_negotiation(Action::none, Status::found);
  metrics_.count_negotiation(Action::download, Status::missing);
  metrics_.count_negotiation(Action::none, Status::upload_needed);
  metrics_.count_negotiation(Action::none, Status::skipped);
  metrics_.count_negotiation(Action::upload, Status::upload_needed);
  metrics_.count_negotiation(Action::upload, Status::skipped);
  EXPECT_EQ(value("vc_cache_hits"), "2");
  EXPECT_EQ(value("vc_cache_misses"), "3");
  EXPECT_EQ(value(R"(vc_cache_operations_total{operation="download",result="hit"})"), "2");
  EXPECT_EQ(value(R"(vc_cache_operations_total{operation="upload",result="needed"})"), "2");
}

// B5: an outage is neither.
TEST_F(MetricsTest, AnErrorIsNeitherAHitNorAMiss) {
  metrics_.count_negotiation(Action::download, Status::problem);
  EXPECT_EQ(value("vc_cache_hits"), "0");
  EXPECT_EQ(value("vc_cache_misses"), "0");
  EXPECT_EQ(value(R"(vc_cache_requests_total{driver="local",operation="download",)"
                  R"(protocol="native",result="error"})"),
            "1");
}

TEST_F(MetricsTest, RequestsAreCountedByRouteMethodAndStatus) {
  metrics_.count_request(Route::negotiate, "POST", 200, std::chrono::milliseconds(2));
  metrics_.count_request(Route::negotiate, "POST", 200, std::chrono::milliseconds(2));
  metrics_.count_request(Route::none, "BREW", 418, std::chrono::milliseconds(2));
  EXPECT_EQ(value(R"(vc_http_requests_total{method="POST",route="/v1/negotiate",status="2xx"})"),
            "2");
  EXPECT_EQ(value(R"(vc_http_requests_total{method="other",route="none",status="4xx"})"), "1");
  EXPECT_EQ(value(R"(vc_http_duration_seconds_count{method="POST",status="200"})"), "2");
  EXPECT_EQ(value(R"(vc_http_duration_seconds_count{method="other",status="418"})"), "1");
}

TEST_F(MetricsTest, WhatAClientSendsNeverBecomesALabel) {
  metrics_.count_request(Route::none, "X\"}evil", 200, std::chrono::milliseconds(1));
  metrics_.count_request(Route::none, "GET", 9999, std::chrono::milliseconds(1));
  EXPECT_EQ(metrics_.text({}).find("evil"), std::string::npos);
}

TEST_F(MetricsTest, LatencyIsInSecondsFromAQuarterOfAMillisecondUp) {
  metrics_.observe_negotiation(std::chrono::microseconds(200));
  metrics_.observe_negotiation(std::chrono::milliseconds(4));
  EXPECT_EQ(value(R"(vc_negotiation_latency_bucket{le="0.00025"})"), "1");
  EXPECT_EQ(value(R"(vc_negotiation_latency_bucket{le="0.005"})"), "2");
  EXPECT_EQ(value(R"(vc_negotiation_latency_bucket{le="10"})"), "2");
}

}  // namespace
}  // namespace vc::gateway
