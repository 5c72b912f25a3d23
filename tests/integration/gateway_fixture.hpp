// A whole gateway on a loopback port, with the store a test chooses, and a real client in front.
#pragma once

#include "raw_client.hpp"

#include "core/temp_dir.hpp"
#include "gateway/app.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "storage/local_driver.hpp"
#include "storage/memory_driver.hpp"
#include "wire/negotiate.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace vc::gateway {

inline const std::string kToken = "token-of-this-test-1234";
inline const std::string kBearer = "Bearer " + kToken;
inline const Digest kKey = sha256("key");  // Any key.
inline constexpr std::uint64_t kObjectBytesMax = 1 << 20;

// Everything that was logged, as text, to look for what must not be there.
class CapturingLog final : public Log {
 public:
  bool enabled(LogLevel) const override { return true; }

  void write(LogLevel, std::string_view message, std::initializer_list<LogField> fields) override {
    std::string line(message);
    for (const LogField& field : fields) {
      line += fmt::format(" {}=", field.name);
      std::visit([&](const auto& value) { line += fmt::format("{}", value); }, field.value);
    }
    const std::lock_guard lock(mutex_);
    (text_ += line) += '\n';
  }

  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

inline std::unique_ptr<Authenticator> token_authenticator() {
  auto tokens = std::make_unique<TokenAuthenticator>();
  tokens->add(kToken, default_principal("token:default"));
  Principal reader = default_principal("token:reader");
  reader.write.reset();
  tokens->add("token-of-a-reader", std::move(reader));
  return tokens;
}

inline AppOptions default_options() {
  return {.authenticator = token_authenticator(),
          .seal = SigningKey::from_seed(Bytes(SigningKey::kSeedSize, std::byte{1})).value(),
          .disk_threads = 4};
}

struct HttpAnswer {
  int status = 0;
  net::Headers headers;
  std::string body;

  std::string header(std::string_view name) const {
    return std::string(headers.find(name).value_or(""));
  }
};

// One gateway. Its parts are built in the constructor's order and taken down in the other.
class TestGateway {
 public:
  explicit TestGateway(storage::Driver& driver, AppOptions options = default_options(),
                       const Clock* clock = nullptr)
      : app_(driver, clock != nullptr ? *clock : system_clock_, log_, std::move(options)) {
    auto started = net::HttpServer::start({.host = "127.0.0.1", .port = 0, .threads = 2}, app_,
                                          app_.disk(), log_);
    EXPECT_TRUE(started.has_value()) << started.error().message;
    server_ = *std::move(started);
    app_.count_connections_of(*server_);
  }

  ~TestGateway() { server_->drain(std::chrono::seconds(10)); }

  TestGateway(const TestGateway&) = delete;
  TestGateway& operator=(const TestGateway&) = delete;
  TestGateway(TestGateway&&) = delete;
  TestGateway& operator=(TestGateway&&) = delete;

  App& app() { return app_; }

  std::uint16_t port() const { return server_->port(); }

  std::string logged() const { return log_.text(); }

  std::string url(std::string_view path) const {
    return path.starts_with('/') ? fmt::format("http://127.0.0.1:{}{}", port(), path)
                                 : std::string(path);
  }

  // `path` may be a whole URL. The bearer token comes along unless `headers` has another.
  HttpAnswer send(std::string method, std::string_view path, std::string body = "",
                  net::Headers headers = {}) {
    if (!headers.find("Authorization")) {
      headers.add("Authorization", kBearer);
    }
    auto response = client_->send({.method = std::move(method),
                                   .url = url(path),
                                   .headers = std::move(headers),
                                   .body = std::move(body)});
    if (!response) {
      ADD_FAILURE() << response.error().message;
      return {};
    }
    return {response->status, std::move(response->headers), std::move(response->body)};
  }

  wire::NegotiateReply negotiate(const wire::NegotiateRequest& request) {
    const HttpAnswer answer = send("POST", "/v1/negotiate", wire::to_json(request));
    if (answer.status != 200) {
      return {.status = wire::Status::problem,
              .problem = wire::parse_problem(answer.status, answer.body)};
    }
    return wire::parse_reply(answer.body).value();
  }

  wire::NegotiateReply negotiate(const Digest& hash, wire::Action action) {
    wire::NegotiateRequest request;
    request.hash = hash;
    request.action = action;
    return negotiate(request);
  }

  // Negotiates an upload of exactly `body`, with its digest.
  wire::NegotiateReply ask_to_upload(const Digest& hash, std::string_view body) {
    wire::NegotiateRequest request;
    request.hash = hash;
    request.action = wire::Action::upload;
    request.size_bytes = body.size();
    request.sha256 = sha256(body);
    return negotiate(request);
  }

  int upload(const Digest& hash, const std::string& body) {
    const auto ticket = ask_to_upload(hash, body);
    EXPECT_EQ(ticket.status, wire::Status::upload_needed);
    return send("PUT", ticket.url, body, ticket.headers).status;
  }

  // nullopt for a miss.
  std::optional<std::string> download(const Digest& hash) {
    const auto ticket = negotiate(hash, wire::Action::download);
    if (ticket.status == wire::Status::missing) {
      return std::nullopt;
    }
    EXPECT_EQ(ticket.status, wire::Status::found) << ticket.problem.detail;
    const HttpAnswer answer = send("GET", ticket.url, "", ticket.headers);
    EXPECT_EQ(answer.status, 200);
    return answer.body;
  }

  // The value of a metric, by everything in front of it on its line; "absent".
  std::string metric(const std::string& sample) {
    const std::string text = "\n" + send("GET", "/metrics").body;
    const std::size_t at = text.find("\n" + sample + " ");
    if (at == std::string::npos) {
      return "absent";
    }
    const std::size_t start = at + sample.size() + 2;
    return text.substr(start, text.find('\n', start) - start);
  }

 private:
  SystemClock system_clock_;
  CapturingLog log_;
  App app_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<net::HttpClient> client_ = net::make_http_client();
};

// What a URL of this gateway is, for a RawClient.
inline std::string target_of(std::string_view url) {
  return std::string(url.substr(url.find('/', std::string_view("http://").size())));
}

// A store of its own for each test, of the kind that the parameter names.
class GatewayTest : public testing::TestWithParam<std::string> {
 protected:
  GatewayTest() {
    open_store();
    gateway_.emplace(*driver_);
  }

  // Ends gateway and driver and starts both anew over what is on disk.
  void restart(AppOptions options = default_options()) {
    gateway_.reset();
    if (GetParam() == "local") {
      driver_.reset();
      open_store();
    }
    gateway_.emplace(*driver_, std::move(options));
  }

  SystemClock clock_;
  NullLog quiet_;
  TempDir directory_ = TempDir::create().value();
  std::unique_ptr<storage::Driver> driver_;
  std::optional<TestGateway> gateway_;

 private:
  void open_store() {
    if (GetParam() == "memory") {
      driver_ = std::make_unique<storage::MemoryDriver>(
          clock_, storage::MemoryOptions{.object_bytes_max = kObjectBytesMax});
      return;
    }
    auto local = storage::LocalDriver::create(
        {.root = directory_.path() / "data", .object_bytes_max = kObjectBytesMax}, clock_, quiet_);
    ASSERT_TRUE(local.has_value()) << local.error().message;
    driver_ = *std::move(local);
  }
};

inline const auto kBothStores = testing::Values("memory", "local");

inline std::string name_of_store(const testing::TestParamInfo<std::string>& info) {
  return info.param;
}

}  // namespace vc::gateway
