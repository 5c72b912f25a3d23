// Gateway: the running server: driver, app and HTTP server, in the order in which they need each
// other.
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "gateway/app.hpp"
#include "gateway/config.hpp"
#include "net/http_server.hpp"
#include "storage/driver.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace vc::gateway {

class Gateway {
 public:
  // Listens when it returns. `clock` and `log` must outlive it.
  static Result<std::unique_ptr<Gateway>> start(const Config& config, const Clock& clock, Log& log);
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;
  Gateway(Gateway&&) = delete;
  Gateway& operator=(Gateway&&) = delete;

  std::uint16_t port() const { return server_->port(); }

  // /readyz fails from now on; everything else goes on.
  void begin_drain() { app_->begin_drain(); }

  // Stops accepting, lets requests finish; whether all of them did.
  bool drain(std::chrono::milliseconds patience) { return server_->drain(patience); }

 private:
  Gateway() = default;

  std::unique_ptr<storage::Driver> driver_;
  std::unique_ptr<App> app_;
  std::unique_ptr<net::HttpServer> server_;
};

// Serves until SIGTERM or SIGINT, then shuts down as the configuration says.
void serve(const class Signals& signals, const Config& config, Gateway& gateway, Log& log);

}  // namespace vc::gateway
