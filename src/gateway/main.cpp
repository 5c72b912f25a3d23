// velocity-server: reads its configuration, starts the gateway, and serves until it is told to
// stop.
#include "core/clock.hpp"
#include "core/env.hpp"
#include "core/log.hpp"
#include "gateway/config.hpp"
#include "gateway/doctor.hpp"
#include "gateway/gateway.hpp"
#include "gateway/healthcheck.hpp"
#include "gateway/signals.hpp"

#include <cstdio>
#include <string>
#include <vector>

namespace {

constexpr int kExitUsage = 2;
constexpr int kExitFailed = 1;

int give_up(const vc::Error& error, int exit_code) {
  std::fprintf(stderr, "velocity-server: %s\n", error.message.c_str());
  if (!error.hint.empty()) {
    std::fprintf(stderr, "  help: %s\n", error.hint.c_str());
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool doctor = !arguments.empty() && arguments.front() == "doctor";
  if (doctor) {
    arguments.erase(arguments.begin());
  }
  if (const auto text = vc::gateway::answer_at_once(arguments)) {
    std::fputs(text->c_str(), stdout);
    return 0;
  }
  const auto environment = vc::Environment::of_process();
  if (!doctor && vc::gateway::is_healthcheck(arguments)) {
    return vc::gateway::run_healthcheck(arguments, environment);
  }
  const auto config = vc::gateway::load_config(arguments, environment);
  if (!config) {
    return give_up(config.error(), kExitUsage);
  }
  if (doctor) {
    const auto findings = vc::gateway::examine(*config, vc::SystemClock());
    std::fputs(vc::gateway::to_text(findings).c_str(), stdout);
    return vc::gateway::is_usable(findings) ? 0 : kExitFailed;
  }
  const vc::gateway::Signals signals;  // Before the first thread, so that all inherit the mask.
  const vc::SystemClock clock;
  const auto log = vc::make_log(config->log_format, config->log_level);

  const auto gateway = vc::gateway::Gateway::start(*config, clock, *log);
  if (!gateway) {
    return give_up(gateway.error(), kExitFailed);
  }
  vc::gateway::serve(signals, *config, **gateway, *log);
  return 0;
}
