#include "agent/commands/version.hpp"

#include "agent/exit_code.hpp"
#include "agent/fingerprint.hpp"

#include <fmt/core.h>

namespace vc::agent {

int run_version(const VersionArguments& arguments, CommandContext& context) {
  if (arguments.format == OutputFormat::json) {
    context.out << fmt::format(
        "{{\"version\":\"{}\",\"fingerprint_version\":{},\"protocol_version\":1}}\n", VC_VERSION,
        kFingerprintVersion);
  } else {
    context.out << "velocity-cli " VC_VERSION "\n";
  }
  return to_int(ExitCode::ok);
}

}  // namespace vc::agent
