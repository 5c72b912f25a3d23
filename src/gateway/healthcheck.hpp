// healthcheck: `velocity-server healthcheck` asks the gateway that runs on this machine with the
// same arguments and environment whether it is ready. It is what a container's health check runs,
// so that the image needs neither a shell nor curl.
#pragma once

#include "core/env.hpp"
#include "core/result.hpp"
#include "net/http_client.hpp"

#include <span>
#include <string>

namespace vc::gateway {

// Whether the first argument asks for it.
bool is_healthcheck(std::span<const std::string> arguments);

// Where that gateway answers: VC_HOST, with loopback for the unspecified addresses (RFC 4291
// section 2.5.2), and VC_PORT; for port 0 the one in VC_PORT_FILE. Only these options are used, so
// that no credentials are needed to ask. `arguments` are the gateway's own, without `healthcheck`.
Result<std::string> readiness_url(std::span<const std::string> arguments,
                                  const Environment& environment);

// GET of `url`; success is 200. Blocks for at most three seconds.
Result<void> check_ready(const std::string& url, net::HttpClient& client);

// All of it. The exit status: 0 when ready; otherwise, whatever the reason, 1 with one line on
// stderr (Docker reserves the other values).
int run_healthcheck(std::span<const std::string> arguments, const Environment& environment);

}  // namespace vc::gateway
