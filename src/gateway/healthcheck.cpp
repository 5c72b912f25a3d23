#include "gateway/healthcheck.hpp"

#include "core/files.hpp"
#include "gateway/config.hpp"
#include "wire/problem.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>

namespace vc::gateway {
namespace {

constexpr std::chrono::seconds kPatience{3};
constexpr int kExitReady = 0;
constexpr int kExitNotReady = 1;

// What to connect to when a server listens on `host`.
std::string reachable_host(const std::string& host) {
  if (host == "0.0.0.0" || host.empty()) {
    return "127.0.0.1";
  }
  if (host == "::") {
    return "[::1]";
  }
  return host.contains(':') ? "[" + host + "]" : host;
}

Result<std::uint16_t> port_from(const fs::path& port_file) {
  if (port_file.empty()) {
    return fail(Errc::invalid, "with VC_PORT=0 only VC_PORT_FILE tells the port; it is not set");
  }
  VC_TRY(const std::string text, read_file(port_file));
  std::uint16_t port = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), port);
  if (parsed.ec != std::errc() || port == 0) {
    return fail(Errc::corrupt, port_file.string() + " holds no port");
  }
  return port;
}

Result<void> ask(std::span<const std::string> arguments, const Environment& environment) {
  VC_TRY(const std::string url, readiness_url(arguments, environment));
  const auto client = net::make_http_client();
  return check_ready(url, *client);
}

}  // namespace

bool is_healthcheck(std::span<const std::string> arguments) {
  return !arguments.empty() && arguments.front() == "healthcheck";
}

Result<std::string> readiness_url(std::span<const std::string> arguments,
                                  const Environment& environment) {
  VC_TRY(const OptionValues values, parse_options(option_table(), arguments, environment));
  auto port = static_cast<std::uint16_t>(values.integer("VC_PORT"));
  if (port == 0) {
    VC_TRY(port, port_from(values.text("VC_PORT_FILE")));
  }
  return fmt::format("http://{}:{}/readyz", reachable_host(values.text("VC_HOST")), port);
}

Result<void> check_ready(const std::string& url, net::HttpClient& client) {
  VC_TRY(const net::ClientResponse answer, client.send({.url = url,
                                                        .proxy = net::Proxy::none,
                                                        .timeout = kPatience,
                                                        .stall_timeout = kPatience}));
  if (answer.status == 200) {
    return {};
  }
  const wire::Problem problem = wire::parse_problem(answer.status, answer.body);
  return fail(Errc::unavailable,
              fmt::format("{} answered {}: {}", url, answer.status, problem.detail));
}

int run_healthcheck(std::span<const std::string> arguments, const Environment& environment) {
  const auto ready = ask(arguments.subspan(1), environment);
  if (ready) {
    return kExitReady;
  }
  std::string reason;
  for (const char c : ready.error().message) {  // A line for each mistake in a configuration.
    reason += c == '\n' ? "; " : std::string(1, c);
  }
  std::fprintf(stderr, "velocity-server healthcheck: %s\n", reason.c_str());
  return kExitNotReady;
}

}  // namespace vc::gateway
