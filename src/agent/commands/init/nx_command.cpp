#include "agent/commands/init/nx_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::string_view kRunCommands = "nx:run-commands";
// Options of nx:run-commands that a command in velocity.yml says too, or that only color it.
constexpr std::array<std::string_view, 4> kKnownOptions{"command", "commands", "cwd", "color"};

// From the project's folder to the workspace: "../..".
std::string way_up(std::string_view directory) {
  std::string up = "..";
  for (const char c : directory) {
    up += c == '/' ? "/.." : "";
  }
  return directory.empty() ? "." : up;
}

std::string single_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return quoted + "'";
}

std::string in_folder(std::string_view command, std::string cwd, const NxPlace& place) {
  while (cwd.starts_with("./")) {
    cwd.erase(0, 2);
  }
  while (cwd.ends_with('/')) {
    cwd.pop_back();
  }
  if (cwd == place.directory) {
    return std::string(command);
  }
  std::string folder = way_up(place.directory);
  folder += cwd.empty() || cwd == "." ? "" : "/" + cwd;
  const bool is_plain = std::ranges::all_of(folder, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-/").contains(c);
  });
  return fmt::format("cd {} && {}", is_plain ? folder : single_quoted(folder), command);
}

std::string option(const NxTarget& target, const std::string& name) {
  const auto found = target.options.find(name);
  return found == target.options.end() ? "" : found->second;
}

// "" when one command cannot say it.
std::string own_command(const NxTarget& target, const NxPlace& place) {
  const bool is_known = std::ranges::all_of(target.options, [](const auto& each) {
    return std::ranges::find(kKnownOptions, each.first) != kKnownOptions.end();
  });
  std::string command = target.command.empty() ? option(target, "command") : target.command;
  if (command.empty()) {
    command = option(target, "commands");  // There when it is one alone.
  }
  command = nx_interpolated(command, target, place);
  // What Nx would still put in: {args.x}.
  const bool has_more = target.has_complex_options || command.contains("{args.");
  return is_known && !has_more ? command : "";
}

}  // namespace

std::string nx_interpolated(std::string_view text, const NxTarget& target, const NxPlace& place) {
  std::string out;
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    const std::size_t close = open == std::string_view::npos ? open : text.find('}', open);
    out += text.substr(0, open);
    if (close == std::string_view::npos) {
      out += open == std::string_view::npos ? "" : text.substr(open);
      break;
    }
    const std::string_view name = text.substr(open + 1, close - open - 1);
    const auto value = name.starts_with("options.")
                           ? target.options.find(std::string(name.substr(8)))
                           : target.options.end();
    text.remove_prefix(close + 1);
    if (name == "projectRoot") {
      out += place.directory.empty() ? "." : place.directory;
    } else if (name == "projectName") {
      out += place.project;
    } else if (name == "workspaceRoot") {
      text.remove_prefix(text.starts_with('/') ? 1 : 0);
    } else if (value != target.options.end()) {
      out += value->second;
    } else {
      out += fmt::format("{{{}}}", name);
    }
  }
  return out;
}

NxCommand nx_command(const std::string& name, const NxTarget& target, const NxPlace& place) {
  const std::string script = option(target, "script");
  if (place.directory.empty() || target.executor == "nx:run-script" ||
      (target.executor.empty() && place.has_script)) {
    return {.text =
                fmt::format("{} run {}", place.package_manager, script.empty() ? name : script)};
  }
  if (target.executor == "nx:noop") {
    return {.text = "true"};
  }
  if (target.executor == kRunCommands) {
    if (const std::string command = own_command(target, place); !command.empty()) {
      return {.text =
                  in_folder(command, nx_interpolated(option(target, "cwd"), target, place), place)};
    }
  }
  // Its own cache and order would be in the way of ours.
  const std::string run = fmt::format("npx nx run {} --excludeTaskDependencies --skipNxCache",
                                      single_quoted(fmt::format("{}:{}", place.project, name)));
  return {.text = run, .is_by_nx = true};
}

}  // namespace vc::agent
