#include "agent/config/config_error.hpp"

#include "agent/source_text.hpp"

#include <utility>

namespace vc::agent {

Diagnostic config_error(const Config& config, int code, const SourcePosition& at,
                        std::string message, std::string help) {
  if (at.file == config.file && at.line > 0) {
    return SourceText(config.file, config.text)
        .error(code, at, std::move(message), std::move(help));
  }
  return {.code = code,
          .message = std::move(message),
          .at = at,
          .source_line = {},
          .help = std::move(help)};
}

}  // namespace vc::agent
