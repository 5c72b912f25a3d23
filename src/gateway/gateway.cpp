#include "gateway/gateway.hpp"

#include "core/files.hpp"
#include "gateway/signals.hpp"
#include "storage/key_files.hpp"

#include <thread>

namespace vc::gateway {
namespace {

Result<SigningKey> seal_key(const Config& config, const storage::Driver& driver) {
  if (!config.seal_key_file.empty()) {
    VC_TRY(const Bytes seed,
           storage::load_or_create_key(config.seal_key_file, SigningKey::kSeedSize));
    return SigningKey::from_seed(seed);
  }
  auto key = driver.seal_key();
  if (!key) {
    return fail(Errc::invalid, "this storage driver keeps no seal key",
                "set VC_SEAL_KEY_FILE to the same key on every gateway");
  }
  return *std::move(key);
}

std::unique_ptr<Authenticator> authenticator(const Config& config) {
  if (config.auth_token.empty()) {
    return std::make_unique<AnonymousAuthenticator>(default_principal("anonymous"));
  }
  auto tokens = std::make_unique<TokenAuthenticator>();
  tokens->add(config.auth_token, default_principal("token:default"));
  return tokens;
}

void log_start(const Config& config, std::uint16_t port, Log& log) {
  for (const auto& warning : config.warnings) {
    log.warn(warning);
  }
  if (config.auth_token.empty()) {
    log.warn("VC_ALLOW_ANONYMOUS: everybody who reaches this gateway may read and write");
  }
  const bool local = config.storage.driver == "local";
  const std::string root =
      local ? fs::absolute(config.storage.local.root).lexically_normal().string() : "-";
  log.info("velocity-server is listening",
           {{"version", VC_VERSION},
            {"host", config.http.host},
            {"port", std::int64_t{port}},
            {"driver", config.storage.driver},
            {"root", root},
            {"auth", config.auth_token.empty() ? "anonymous" : "token"},
            {"read", "default"},
            {"write", "default"},
            {"public_url", config.public_url.empty() ? "from the request" : config.public_url}});
}

}  // namespace

Result<std::unique_ptr<Gateway>> Gateway::start(const Config& config, const Clock& clock,
                                                Log& log) {
  std::unique_ptr<Gateway> gateway(new Gateway);
  VC_TRY(gateway->driver_, storage::make_driver(config.storage, clock, log));
  VC_TRY(SigningKey seal, seal_key(config, *gateway->driver_));
  gateway->app_ =
      std::make_unique<App>(*gateway->driver_, clock, log,
                            AppOptions{.authenticator = authenticator(config),
                                       .seal = std::move(seal),
                                       .public_url = config.public_url,
                                       .requests_per_second_max = config.requests_per_second_max,
                                       .transfers_max = config.transfers_max,
                                       .lookups = {.threads = config.lookup_threads},
                                       .disk_threads = config.disk_threads});
  VC_TRY(gateway->server_,
         net::HttpServer::start(config.http, *gateway->app_, gateway->app_->disk(), log));
  gateway->app_->count_connections_of(*gateway->server_);
  log_start(config, gateway->port(), log);
  if (!config.port_file.empty()) {
    VC_CHECK(write_file_atomically(config.port_file, std::to_string(gateway->port()) + "\n"));
  }
  return gateway;
}

Gateway::~Gateway() {
  if (server_) {
    server_->drain(std::chrono::milliseconds(0));
  }
}

void serve(const Signals& signals, const Config& config, Gateway& gateway, Log& log) {
  signals.wait_for_shutdown(log);
  gateway.begin_drain();
  log.info("shutting down; not ready any more",
           {{"serving_s", std::int64_t{config.shutdown_delay.count()}}});
  std::this_thread::sleep_for(config.shutdown_delay);
  if (gateway.drain(config.shutdown_timeout)) {
    log.info("stopped; every request was finished");
  } else {
    log.warn("stopped; requests were cut off after VC_SHUTDOWN_TIMEOUT");
  }
}

}  // namespace vc::gateway
