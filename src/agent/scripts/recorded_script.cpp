#include "agent/scripts/recorded_script.hpp"

#include "agent/command_words.hpp"

#include <fmt/format.h>

#include <optional>

namespace vc::agent {

namespace {

// Takes what stands before the next NUL off the front; nullopt without a NUL.
std::optional<std::string_view> take(std::string_view& rest) {
  const std::size_t end = rest.find('\0');
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return taken;
}

}  // namespace

std::string recording_shell(const fs::path& record, std::string_view event) {
  // The kernel's copy of the environment is as it was passed, whatever this shell makes of it.
  return fmt::format(
      "#!/bin/sh\n"
      "[ \"$npm_lifecycle_event\" = {} ] || exit 0\n"
      "{{ cat /proc/$$/environ && printf '\\0' && printf '%s\\0' \"$(pwd -P)\" \"$@\"; }} >{}\n",
      shell_quoted(std::string(event)), shell_quoted(record.string()));
}

Result<RecordedScript> parse_recorded_script(std::string_view bytes) {
  RecordedScript script;
  std::string_view rest = bytes;
  while (true) {
    const auto variable = take(rest);
    if (!variable) {
      return fail(Errc::corrupt, "the record of a script is cut off");
    }
    if (variable->empty()) {
      break;
    }
    const std::size_t equals = variable->find('=');
    if (equals == 0 || equals == std::string_view::npos ||
        !script.environment.emplace(variable->substr(0, equals), variable->substr(equals + 1))
             .second) {
      return fail(Errc::corrupt, "the record of a script has a variable that is none");
    }
  }
  const auto directory = take(rest);
  if (!directory || !directory->starts_with('/')) {
    return fail(Errc::corrupt, "the record of a script has no directory");
  }
  script.directory = *directory;
  while (!rest.empty()) {
    const auto argument = take(rest);
    if (!argument) {
      return fail(Errc::corrupt, "the record of a script is cut off");
    }
    script.argv.emplace_back(*argument);
  }
  return script;
}

}  // namespace vc::agent
