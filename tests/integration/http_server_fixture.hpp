// A running server whose handler each test writes for itself.
#pragma once

#include "raw_client.hpp"

#include "core/log.hpp"
#include "core/worker_pool.hpp"
#include "net/http_server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace vc::net {

// Counts and waits for what happens on other threads.
class Counter {
 public:
  void add() {
    const std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }

  bool wait_for(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(RawClient::kPatienceSeconds),
                             [&] { return count_ >= count; });
  }

  int count() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

class ScriptedHandler final : public Handler {
 public:
  using Script = std::function<BodyPlan(const RequestHead&)>;

  // Also while requests are answered.
  void set(Script script) {
    const std::scoped_lock lock(mutex_);
    script_ = std::make_shared<const Script>(std::move(script));
  }

  BodyPlan on_request(const RequestHead& head) override {
    ++requests;
    std::shared_ptr<const Script> script;
    {
      const std::scoped_lock lock(mutex_);
      script = script_;
    }
    return (*script)(head);
  }

  Response refusal(int status, std::string_view reason) override {
    ++refusals;
    return {.status = status, .headers = {{"X-Refusal", "1"}}, .body = std::string(reason)};
  }

  std::atomic<int> requests{0};
  std::atomic<int> refusals{0};

 private:
  std::mutex mutex_;
  std::shared_ptr<const Script> script_;
};

class WarningCounter final : public Log {
 public:
  bool enabled(LogLevel level) const override { return level >= LogLevel::warn; }

  void write(LogLevel, std::string_view, std::initializer_list<LogField>) override {
    warnings.add();
  }

  Counter warnings;
};

class HttpServerTest : public testing::Test {
 protected:
  HttpServerTest() { handler_.set(echo); }

  void start() {
    auto started = HttpServer::start(options_, handler_, workers_, log_);
    ASSERT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
  }

  std::uint16_t port() const { return server_->port(); }

  static Response text(std::string body) { return {.status = 200, .body = std::move(body)}; }

  // Answers inline with what was asked.
  static BodyPlan echo(const RequestHead& head) {
    std::string asked = std::string(head.method()) + " " + std::string(head.target()) + " ";
    return BufferBody{.bytes_max = 64,
                      .then = [asked = std::move(asked)](std::string body, Reply reply) {
                        reply.send(text(asked + body));
                      }};
  }

  ServerOptions options_{.host = "127.0.0.1", .port = 0, .threads = 2};
  ScriptedHandler handler_;
  WarningCounter log_;
  // After what workers use, before the server that uses them.
  WorkerPool workers_{2, 16};
  std::unique_ptr<HttpServer> server_;
};

inline constexpr std::string_view kGet = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

// A request with a body that may be announced longer than it is.
inline std::string put_head(std::string_view target, std::uint64_t length,
                            std::string_view more = {}) {
  return "PUT " + std::string(target) +
         " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n" +
         std::string(more) + "\r\n";
}

}  // namespace vc::net
