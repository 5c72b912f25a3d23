#include "net/http_server.hpp"

#include "net/event_loop.hpp"
#include "net/listener.hpp"

#include <sched.h>

#include <condition_variable>
#include <mutex>

namespace vc::net {

namespace {

unsigned usable_cores() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (::sched_getaffinity(0, sizeof(cores), &cores) != 0) {
    return std::max(1U, std::thread::hardware_concurrency());
  }
  return static_cast<unsigned>(CPU_COUNT(&cores));
}

class LoopServer final : public HttpServer {
 public:
  LoopServer(ServerOptions options, Handler& handler, WorkerPool& workers, Log& log)
      : service_{
            .options = std::move(options), .handler = handler, .workers = workers, .log = log} {}

  LoopServer(const LoopServer&) = delete;
  LoopServer& operator=(const LoopServer&) = delete;
  LoopServer(LoopServer&&) = delete;
  LoopServer& operator=(LoopServer&&) = delete;

  ~LoopServer() override { drain(std::chrono::milliseconds(0)); }

  Result<void> open() {
    const unsigned threads =
        service_.options.threads > 0 ? service_.options.threads : usable_cores();
    VC_TRY(Listeners listeners, listen_on(service_.options, threads));
    port_ = listeners.port;
    for (UniqueFd& listener : listeners.sockets) {
      loops_.push_back(std::make_shared<EventLoop>(service_));
      accept_on(loops_.back(), std::move(listener));
    }
    running_ = loops_.size();
    for (const auto& loop : loops_) {
      loop->start([this] {
        const std::lock_guard lock(mutex_);
        --running_;
        loop_ended_.notify_all();
      });
    }
    return {};
  }

  std::uint16_t port() const override { return port_; }

  std::size_t open_connections() const override { return service_.open_connections; }

  bool drain(std::chrono::milliseconds patience) override {
    const std::lock_guard one_at_a_time(drain_mutex_);
    if (drained_in_time_) {
      return *drained_in_time_;
    }
    for (const auto& loop : loops_) {
      loop->begin_drain();
    }
    {
      std::unique_lock lock(mutex_);
      drained_in_time_ = loop_ended_.wait_for(lock, patience, [this] { return running_ == 0; });
    }
    for (const auto& loop : loops_) {
      loop->abort_connections();
      loop->join();
    }
    return *drained_in_time_;
  }

 private:
  Service service_;
  std::uint16_t port_ = 0;
  std::vector<std::shared_ptr<EventLoop>> loops_;

  std::mutex mutex_;
  std::condition_variable loop_ended_;
  std::size_t running_ = 0;

  std::mutex drain_mutex_;
  std::optional<bool> drained_in_time_;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(ServerOptions options, Handler& handler,
                                                      WorkerPool& workers, Log& log) {
  auto server = std::make_unique<LoopServer>(std::move(options), handler, workers, log);
  VC_CHECK(server->open());
  return server;
}

}  // namespace vc::net
