#include "gateway/healthcheck.hpp"

#include "core/files.hpp"
#include "core/temp_dir.hpp"
#include "net/testing/scripted_http.hpp"

#include <gtest/gtest.h>

namespace vc::gateway {
namespace {

using HealthVariables = std::map<std::string, std::string, std::less<>>;

Result<std::string> asked_at(HealthVariables variables, std::vector<std::string> arguments = {}) {
  return readiness_url(arguments, Environment(std::move(variables)));
}

Result<void> told(net::ScriptedHttp::Answer answer) {
  net::ScriptedHttp http;
  http.will_answer(std::move(answer));
  return check_ready("http://127.0.0.1:8080/readyz", http);
}

TEST(Healthcheck, AsksWhereTheConfigurationSaysThatTheGatewayListens) {
  EXPECT_EQ(asked_at({}).value(), "http://127.0.0.1:8080/readyz");
  EXPECT_EQ(asked_at({{"VC_PORT", "9000"}}).value(), "http://127.0.0.1:9000/readyz");
  EXPECT_EQ(asked_at({{"VC_PORT", "9000"}}, {"--port=9001"}).value(),
            "http://127.0.0.1:9001/readyz");
  EXPECT_EQ(asked_at({{"VC_HOST", "10.0.0.7"}}).value(), "http://10.0.0.7:8080/readyz");
  EXPECT_EQ(asked_at({{"VC_HOST", "::"}}).value(), "http://[::1]:8080/readyz");
  EXPECT_EQ(asked_at({{"VC_HOST", "fd00::7"}}).value(), "http://[fd00::7]:8080/readyz");
}

TEST(Healthcheck, NeedsNoCredentialsToAsk) {
  EXPECT_TRUE(asked_at({{"VC_STORAGE_DRIVER", "s3"}, {"VC_S3_BUCKET", "cache"}}).has_value());
}

TEST(Healthcheck, FindsAPortThatTheSystemChoseInThePortFile) {
  const auto folder = TempDir::create().value();
  const std::string port_file = folder.path() / "port";
  const HealthVariables variables{{"VC_PORT", "0"}, {"VC_PORT_FILE", port_file}};
  EXPECT_FALSE(asked_at(variables).has_value()) << "the gateway has not written it yet";
  ASSERT_TRUE(write_file_atomically(port_file, "40123\n").has_value());
  EXPECT_EQ(asked_at(variables).value(), "http://127.0.0.1:40123/readyz");
  ASSERT_TRUE(write_file_atomically(port_file, "no port\n").has_value());
  EXPECT_FALSE(asked_at(variables).has_value());
  EXPECT_FALSE(asked_at({{"VC_PORT", "0"}}).has_value());
}

TEST(Healthcheck, OnlyReadyIsHealthy) {
  EXPECT_TRUE(told(net::ClientResponse{.status = 200}).has_value());
  EXPECT_FALSE(told(net::ClientResponse{.status = 204}).has_value());
  EXPECT_FALSE(told(fail(Errc::unavailable, "connection refused")).has_value());
  const auto draining = told(net::ClientResponse{
      .status = 503, .body = R"({"status":503,"code":"draining","detail":"shutting down"})"});
  ASSERT_FALSE(draining.has_value());
  EXPECT_EQ(draining.error().message, "http://127.0.0.1:8080/readyz answered 503: shutting down");
}

}  // namespace
}  // namespace vc::gateway
