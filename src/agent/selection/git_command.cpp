#include "agent/selection/git_command.hpp"

#include "agent/find_executable.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace vc::agent {

namespace {

// What a hook of git sets for the commands it runs.
constexpr std::array<std::string_view, 7> kHookVariables{
    "GIT_DIR",       "GIT_WORK_TREE",  "GIT_INDEX_FILE",       "GIT_PREFIX",
    "GIT_NAMESPACE", "GIT_COMMON_DIR", "GIT_LITERAL_PATHSPECS"};

bool is_object_name(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

GitCommand::GitCommand(ToolRunner& runner, fs::path directory, const Environment& environment)
    : runner_(runner),
      directory_(std::move(directory)),
      environment_(environment.all().begin(), environment.all().end()) {
  for (const std::string_view name : kHookVariables) {
    environment_.erase(std::string(name));
  }
  environment_["GIT_OPTIONAL_LOCKS"] = "0";  // A look changes nothing.
  environment_["LC_ALL"] = "C";
}

Result<void> GitCommand::check_repository() {
  const auto inside = run({"rev-parse", "--is-inside-work-tree"});
  if (inside && inside->starts_with("true")) {
    return {};
  }
  if (!inside && inside.error().code == Errc::unavailable) {
    return std::unexpected(inside.error());
  }
  if (inside || inside.error().message.contains("not a git repository")) {
    return fail(Errc::unavailable, directory_.string() + " is in no git repository",
                "select by names and folders, or run where .git is");
  }
  return fail(Errc::unavailable, "git cannot read the repository: " + inside.error().message,
              "try `git status` in " + directory_.string());
}

Result<std::string> GitCommand::run(std::vector<std::string> arguments) {
  auto executable = find_executable("git", directory_, environment_);
  if (!executable) {
    return fail(Errc::unavailable, executable.error().message,
                "what has changed is known only to git: install it");
  }
  arguments.insert(arguments.begin(), {"git", "-c", "core.fsmonitor=false"});
  auto output = runner_.run({.executable = *std::move(executable),
                             .argv = std::move(arguments),
                             .directory = directory_,
                             .environment = environment_});
  if (!output) {
    output.error().message = trimmed(output.error().message);
  }
  return output;
}

Result<std::vector<std::string>> GitCommand::run_for_list(std::vector<std::string> arguments) {
  VC_TRY(const std::string output, run(std::move(arguments)));
  std::vector<std::string> records;
  // Every record ends with a zero: what is behind the last one is a complaint.
  for (std::size_t at = 0;;) {
    const std::size_t end = output.find('\0', at);
    if (end == std::string::npos) {
      return records;
    }
    records.push_back(output.substr(at, end - at));
    at = end + 1;
  }
}

std::optional<std::string> GitCommand::commit(std::string_view revision) {
  const auto output = run({"rev-parse", "--verify", "--quiet", "--end-of-options",
                           fmt::format("{}^{{commit}}", revision)});
  if (!output) {
    return std::nullopt;
  }
  std::string name = output->substr(0, output->find('\n'));
  return is_object_name(name) ? std::optional(std::move(name)) : std::nullopt;
}

}  // namespace vc::agent
