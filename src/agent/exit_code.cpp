#include "agent/exit_code.hpp"

namespace vc::agent {

ExitCode exit_code_of(Errc code) {
  switch (code) {
    case Errc::invalid:
    case Errc::not_found:
    case Errc::too_large:
      return ExitCode::usage;
    case Errc::canceled:
      return ExitCode::task_failed;
    case Errc::unauthenticated:
    case Errc::denied:
    case Errc::conflict:
    case Errc::no_space:
    case Errc::overloaded:
    case Errc::unavailable:
    case Errc::timeout:
    case Errc::corrupt:
    case Errc::io:
      break;
  }
  return ExitCode::cache_required;
}

}  // namespace vc::agent
