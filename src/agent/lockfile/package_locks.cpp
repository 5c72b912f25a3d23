#include "agent/lockfile/package_locks.hpp"

#include "agent/diagnostic_codes.hpp"
#include "agent/lockfile/lock_closures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace vc::agent {

namespace {

// Changes when a reader comes to see more, or other things, in the same file.
constexpr std::uint32_t kReaderVersion = 1;

void add_text(std::string& bytes, std::string_view text) {
  bytes += fmt::format("{}:", text.size());
  bytes += text;
}

void add_requirements(std::string& bytes, const std::vector<ManifestDependency>& requirements) {
  bytes += fmt::format("{};", requirements.size());
  for (const ManifestDependency& requirement : requirements) {
    add_text(bytes, requirement.name);
    add_text(bytes, requirement.range);
    bytes += static_cast<char>('0' + static_cast<int>(requirement.kind));
  }
}

// Everything but the file's content that closure_digests() and the readers look at.
Digest cache_key(const Workspace& workspace, const Digest& lockfile) {
  std::string bytes = fmt::format("{} {} ", kReaderVersion, lockfile.hex());
  add_text(bytes, workspace.lockfile);
  add_requirements(bytes, workspace.root_requirements);
  bytes += fmt::format("{};", workspace.overridden.size());
  for (const std::string& name : workspace.overridden) {
    add_text(bytes, name);
  }
  for (const Package& package : workspace.packages) {
    add_text(bytes, package.directory);
    add_text(bytes, package.manifest_name);
    add_text(bytes, package.manifest);
    add_requirements(bytes, package.requirements);
    for (const PackageId dependency : package.dependencies) {
      bytes += fmt::format("{},", dependency);
    }
  }
  return sha256(bytes);
}

Diagnostic whole_file_warning(const Workspace& workspace, std::string message, std::string help) {
  return {.severity = Severity::warning,
          .code = codes::kLockfileWhole,
          .message = std::move(message),
          .at = {.file = workspace.lockfile},
          .source_line = {},
          .help = std::move(help)};
}

PackageDigests take_apart(const Workspace& workspace, const Digest& lockfile,
                          Diagnostics& warnings) {
  const auto text = read_file(workspace.root / workspace.lockfile);
  if (!text || sha256(*text) != lockfile) {
    return {};  // It is being written; the run notices by itself.
  }
  const auto graph = read_lockfile(workspace.lockfile, *text, lock_context(workspace));
  if (!graph) {
    warnings.push_back(whole_file_warning(
        workspace, fmt::format("all of it counts for every package: {}", graph.error().message),
        graph.error().hint));
    return PackageDigests(workspace.packages.size());
  }
  PackageDigests digests = closure_digests(*graph, workspace);
  const auto is_missing = [](const std::optional<Digest>& digest) { return !digest; };
  const auto missing = std::ranges::find_if(digests, is_missing);
  if (missing != digests.end()) {
    const auto count = std::ranges::count_if(digests, is_missing);
    const Package& first = workspace.packages[static_cast<std::size_t>(missing - digests.begin())];
    warnings.push_back(whole_file_warning(
        workspace,
        fmt::format("all of it counts for {} packages, \"{}\" is the first: it does not say "
                    "everything that they depend on",
                    count, first.name),
        "bring it up to date with the manifests"));
  }
  return digests;
}

}  // namespace

LockContext lock_context(const Workspace& workspace) {
  LockContext context{.importers = {}, .overridden = workspace.overridden};
  const bool root_is_package =
      !workspace.packages.empty() && workspace.packages.front().directory.empty();
  if (!root_is_package) {
    context.importers.push_back(
        {.directory = "", .name = "", .dependencies = &workspace.root_requirements});
  }
  for (const Package& package : workspace.packages) {
    if (!package.manifest.empty()) {
      context.importers.push_back({.directory = package.directory,
                                   .name = package.manifest_name,
                                   .dependencies = &package.requirements});
    }
  }
  return context;
}

PackageDigests package_locks(const Workspace& workspace, const Digest& lockfile,
                             Diagnostics& warnings) {
  // With one package there is nobody to keep apart.
  if (workspace.packages.size() < 2) {
    return {};
  }
  const fs::path file = workspace.root / ".velocity" / kLockCacheName;
  const Digest key = cache_key(workspace, lockfile);
  if (auto known = load_lock_cache(file, key, workspace.packages.size())) {
    return *std::move(known);
  }
  PackageDigests digests = take_apart(workspace, lockfile, warnings);
  if (!digests.empty()) {
    // One that cannot be written is made again next time.
    static_cast<void>(save_lock_cache(file, key, digests));
  }
  return digests;
}

}  // namespace vc::agent
