// Config: everything velocity-server can be told, checked before anything starts.
#pragma once

#include "core/env.hpp"
#include "core/log.hpp"
#include "core/options.hpp"
#include "core/result.hpp"
#include "net/http_server.hpp"
#include "storage/make_driver.hpp"

#include <chrono>
#include <span>
#include <string>
#include <vector>

namespace vc::gateway {

struct Config {
  net::ServerOptions http;
  fs::path port_file;
  std::string public_url;  // Empty: from each request's own headers.

  std::string auth_token;  // Empty: everybody may come in, and somebody said so.
  double requests_per_second_max = 0;
  std::size_t transfers_max = 0;
  std::size_t disk_threads = 0;
  std::size_t lookup_threads = 0;

  storage::StorageConfig storage;
  fs::path seal_key_file;  // Empty: the one that the driver keeps.

  LogFormat log_format = LogFormat::json;
  LogLevel log_level = LogLevel::info;
  std::chrono::seconds shutdown_delay{0};
  std::chrono::seconds shutdown_timeout{0};

  std::vector<std::string> warnings;  // For the log, once there is one.
};

// One row per option; makes --help, docs/config.md and the parser.
std::span<const Option> option_table();

// Errc::invalid lists every mistake.
Result<Config> load_config(std::span<const std::string> arguments, const Environment& environment);

// What `--help`, `--version` or `--print-config-docs` among the arguments prints; nullopt without.
std::optional<std::string> answer_at_once(std::span<const std::string> arguments);

}  // namespace vc::gateway
