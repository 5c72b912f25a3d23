// TraceLauncher: how a traced process comes to be. posix_spawn(3) cannot install a filter, so it
// starts our own program with an internal first argument; that installs the filter, hands the
// listener over a socket, and becomes the command.
//
// What it says on the socket, kLauncherSocket: one message `traced` with the listener, or
// `untraced` with why; then end of file when the command has taken over, or `not_started`.
#pragma once

#include "core/fd.hpp"

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

inline constexpr std::string_view kLauncherCommand = "__launch-traced";
inline constexpr int kLauncherSocket = 3;

struct LauncherMessage {
  enum class Kind : int { traced, untraced, not_started };
  Kind kind = Kind::untraced;
  int error_number = 0;
  UniqueFd listener;
};

// What to start instead of `program` with `argv` and the variables. LD_ variables are meant for the
// command and stay away from the launcher's own loader: it renames them back.
struct LauncherWords {
  std::string program;
  std::vector<std::string> argv;
};

LauncherWords launcher_words(const std::string& program, const std::vector<std::string>& argv);
std::map<std::string, std::string> launcher_environment(
    const std::map<std::string, std::string>& environment);

// Waits for the next message; nullopt at the end of file or when the launcher has died.
std::optional<LauncherMessage> receive_from_launcher(int socket);

// `words` follow kLauncherCommand: the program and its argv. Returns only when that cannot start.
int run_launcher(std::vector<std::string> words);

}  // namespace vc::agent
