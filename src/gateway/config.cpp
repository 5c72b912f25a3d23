#include "gateway/config.hpp"

#include "gateway/azure_config.hpp"
#include "gateway/gcs_config.hpp"
#include "gateway/public_url.hpp"
#include "gateway/s3_config.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <array>

namespace vc::gateway {
namespace {

constexpr std::size_t kTokenBytesWeak = 16;
constexpr std::size_t kTokenBytesMax = 4096;

LogFormat log_format(std::string_view word) {
  if (word == "auto") {
    return ::isatty(STDERR_FILENO) == 1 ? LogFormat::human : LogFormat::json;
  }
  return word == "json" ? LogFormat::json : LogFormat::human;
}

LogLevel log_level(std::string_view word) {
  constexpr std::array<std::string_view, 4> kWords = {"debug", "info", "warn", "error"};
  return static_cast<LogLevel>(std::ranges::find(kWords, word) - kWords.begin());
}

// B8: no token is never an accident.
Result<std::string> check_token(const OptionValues& values, std::vector<std::string>& warnings) {
  std::string token = values.text("VC_AUTH_TOKEN");
  const bool anonymous = values.boolean("VC_ALLOW_ANONYMOUS");
  if (token.empty() && !anonymous) {
    return fail(Errc::invalid, "VC_AUTH_TOKEN is not set, so nobody could be told from anybody",
                "set VC_AUTH_TOKEN or VC_AUTH_TOKEN_FILE (openssl rand -hex 24 makes a good one), "
                "or VC_ALLOW_ANONYMOUS=true on a network you trust");
  }
  if (anonymous && !token.empty()) {
    return fail(Errc::invalid, "VC_AUTH_TOKEN together with VC_ALLOW_ANONYMOUS=true",
                "decide for one of them");
  }
  const bool printable = std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!printable || token.size() > kTokenBytesMax) {
    return fail(Errc::invalid,
                "VC_AUTH_TOKEN must be at most 4096 printable ASCII characters without spaces",
                "no client could send this one");
  }
  if (!token.empty() && token.size() < kTokenBytesWeak) {
    warnings.push_back(fmt::format(
        "VC_AUTH_TOKEN has {} characters and can be guessed; use at least {}: openssl rand -hex 24",
        token.size(), kTokenBytesWeak));
  }
  return token;
}

Result<std::string> public_url(const OptionValues& values) {
  for (const std::string_view name : {"VC_PUBLIC_URL", "VC_BASE_URL"}) {
    if (const std::string url = values.text(name); !url.empty()) {
      auto parsed = parse_public_url(url);
      return parsed ? std::move(parsed)
                    : Result<std::string>(std::unexpected(std::move(parsed).error().within(name)));
    }
  }
  return "";
}

std::size_t count(const OptionValues& values, std::string_view name) {
  return static_cast<std::size_t>(values.integer(name));
}

std::chrono::seconds duration(const OptionValues& values, std::string_view name) {
  return std::chrono::seconds(values.integer(name));
}

}  // namespace

Result<Config> load_config(std::span<const std::string> arguments, const Environment& environment) {
  VC_TRY(OptionValues values, parse_options(option_table(), arguments, environment));
  Config config;
  config.warnings = std::move(values.warnings);
  VC_TRY(config.auth_token, check_token(values, config.warnings));
  VC_TRY(config.public_url, public_url(values));

  config.http.host = values.text("VC_HOST");
  config.http.port = static_cast<std::uint16_t>(values.integer("VC_PORT"));
  config.http.threads = static_cast<unsigned>(values.integer("VC_THREADS"));
  config.http.connections_max = count(values, "VC_MAX_CONNECTIONS");
  config.http.head_timeout = duration(values, "VC_HEAD_TIMEOUT");
  config.http.idle_timeout = duration(values, "VC_IDLE_TIMEOUT");
  config.port_file = values.text("VC_PORT_FILE");

  config.requests_per_second_max = static_cast<double>(values.integer("VC_RATE_LIMIT"));
  config.transfers_max = count(values, "VC_MAX_TRANSFERS");
  config.disk_threads = count(values, "VC_DISK_THREADS");
  config.lookup_threads = count(values, "VC_LOOKUP_THREADS");

  config.storage.driver = values.text("VC_STORAGE_DRIVER");
  config.storage.local = {
      .root = values.text("VC_LOCAL_ROOT"),
      .bytes_max = static_cast<std::uint64_t>(values.integer("VC_LOCAL_MAX_SIZE")),
      .age_max = std::chrono::days(values.integer("VC_RETENTION_DAYS")),
      .object_bytes_max = static_cast<std::uint64_t>(values.integer("VC_MAX_OBJECT_SIZE")),
      .url_key_file = values.text("VC_URL_KEY_FILE")};
  if (config.storage.driver == "s3") {
    VC_CHECK(load_s3_config(values, environment, config.storage));
  }
  if (config.storage.driver == "gcs") {
    VC_CHECK(load_gcs_config(values, environment, config.storage));
  }
  if (config.storage.driver == "azure") {
    VC_CHECK(load_azure_config(values, environment, config.storage));
  }
  config.seal_key_file = values.text("VC_SEAL_KEY_FILE");

  config.log_format = log_format(values.text("VC_LOG_FORMAT"));
  config.log_level = log_level(values.text("VC_LOG_LEVEL"));
  config.shutdown_delay = duration(values, "VC_SHUTDOWN_DELAY");
  config.shutdown_timeout = duration(values, "VC_SHUTDOWN_TIMEOUT");
  return config;
}

}  // namespace vc::gateway
