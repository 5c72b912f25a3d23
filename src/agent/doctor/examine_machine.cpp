#include "agent/doctor/diagnosis.hpp"
#include "agent/quantities.hpp"
#include "core/text.hpp"

#include <fmt/core.h>

#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace vc::agent {

namespace {

// A large repository has this many folders.
constexpr std::uint64_t kWatchesWanted = 65'536;

std::string first_line(const fs::path& file) {
  const auto text = read_file(file);
  return text ? std::string(trimmed(*text)) : std::string();
}

std::optional<fs::path> on_path(std::string_view program, const Environment& environment) {
  const std::string path(environment.find("PATH").value_or(""));
  for (std::string_view rest = path; !rest.empty();) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    fs::path file = fs::path(rest.substr(0, end)) / program;
    if (end > 0 && ::access(file.c_str(), X_OK) == 0) {
      return file;
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return std::nullopt;
}

Diagnosis program_diagnosis(const std::string& program, std::string_view why,
                            const Environment& environment) {
  const auto file = on_path(program, environment);
  if (!file) {
    return {.health = Health::warn,
            .subject = program,
            .text = fmt::format("is not on PATH, and {}", why),
            .remedy = fmt::format("install {}", program)};
  }
  return {.subject = program, .text = file->string()};
}

}  // namespace

std::string_view name_of(Health health) {
  switch (health) {
    case Health::warn:
      return "warn";
    case Health::fail:
      return "fail";
    case Health::ok:
      break;
  }
  return "ok";
}

Diagnosis examine_local_cache(const fs::path& directory) {
  std::error_code failure;
  fs::path existing = directory;
  while (!fs::exists(existing, failure) && existing.has_parent_path() &&
         existing != existing.parent_path()) {
    existing = existing.parent_path();
  }
  if (::access(existing.c_str(), W_OK | X_OK) != 0) {
    return {.health = Health::fail,
            .subject = "local cache",
            .text = fmt::format("{} cannot be written", existing.string()),
            .remedy = "give yourself the right, or set VELOCITY_CACHE_DIR to another folder"};
  }
  std::uint64_t bytes = 0;
  std::uint64_t files = 0;
  for (fs::recursive_directory_iterator entry(directory, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    std::error_code gone;
    if (entry->is_regular_file(gone) && entry->path().extension() == ".zst") {
      bytes += entry->file_size(gone);
      ++files;
    }
  }
  return {.subject = "local cache",
          .text = fmt::format("{}: {} result{}, {}", directory.string(), files,
                              files == 1 ? "" : "s", size_text(bytes))};
}

std::vector<Diagnosis> examine_repository(const fs::path& root) {
  for (fs::path folder = root;; folder = folder.parent_path()) {
    std::error_code failure;
    if (fs::exists(folder / ".git", failure)) {
      if (fs::exists(folder / ".git" / "shallow", failure)) {
        return {{.health = Health::warn,
                 .subject = "git",
                 .text = fmt::format("{} is a shallow clone", folder.string()),
                 .remedy = "fetch more history (actions/checkout: fetch-depth: 0) where runs "
                           "compare with another commit"}};
      }
      return {{.subject = "git", .text = folder.string()}};
    }
    if (folder == folder.parent_path()) {
      break;
    }
  }
  return {{.health = Health::warn,
           .subject = "git",
           .text = "no repository around the workspace",
           .remedy = "without one, default inputs are all files that .gitignore does not name"}};
}

std::vector<Diagnosis> examine_kernel() {
  std::vector<Diagnosis> out;
  const std::string watches = first_line("/proc/sys/fs/inotify/max_user_watches");
  std::uint64_t number = 0;
  std::from_chars(watches.data(), watches.data() + watches.size(), number);
  const bool few = number < kWatchesWanted;
  out.push_back({.health = few ? Health::warn : Health::ok,
                 .subject = "inotify",
                 .text = watches.empty() ? "no limit is readable" : watches + " watches at most",
                 .remedy = few ? "sysctl fs.inotify.max_user_watches=524288, for watching a "
                                 "large repository"
                               : ""});
  const bool has_notify =
      first_line("/proc/sys/kernel/seccomp/actions_avail").contains("user_notif");
  out.push_back(
      {.health = has_notify ? Health::ok : Health::warn,
       .subject = "seccomp",
       .text = has_notify ? "user notification is available"
                          : "no user notification: reads cannot be traced",
       .remedy = has_notify ? "" : "a kernel of 5.0 or later with CONFIG_SECCOMP_FILTER"});
  return out;
}

std::vector<Diagnosis> examine_programs(const Workspace& workspace,
                                        const Environment& environment) {
  std::vector<Diagnosis> out{
      program_diagnosis("sh", "commands with shell syntax need it", environment)};
  if (!workspace.package_manager.empty()) {
    out.push_back(program_diagnosis(workspace.package_manager,
                                    fmt::format("{} is its lockfile", workspace.lockfile),
                                    environment));
  }
  return out;
}

}  // namespace vc::agent
