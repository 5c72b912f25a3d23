#include "agent/workspace.hpp"

#include "agent/config/config_error.hpp"
#include "agent/diagnostic_codes.hpp"
#include "agent/fingerprint/parallel_for.hpp"
#include "agent/turbo/turbo_config.hpp"
#include "agent/usable_cpus.hpp"
#include "agent/workspace/dependency_edges.hpp"
#include "agent/workspace/loaded_package.hpp"
#include "agent/workspace/lockfile.hpp"
#include "agent/workspace/package_globs.hpp"
#include "agent/workspace/package_sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace vc::agent {

namespace {

// Below this a second thread costs more than it saves.
constexpr std::size_t kPackagesPerThread = 64;
constexpr unsigned kThreadsMax = 8;

Package package_of(const LoadedPackage& loaded, PackageId id) {
  Package package{.id = id, .directory = loaded.directory};
  if (loaded.manifest) {
    package.name = loaded.manifest->name;
    package.version = loaded.manifest->version;
    package.manifest = path_in(loaded.directory, "package.json");
    package.scripts = loaded.manifest->scripts;
    package.manifest_name = loaded.manifest->name;
    package.requirements = loaded.manifest->dependencies;
  }
  if (loaded.config) {
    package.name = loaded.config->name.empty() ? package.name : loaded.config->name;
    package.overrides = loaded.config->pipeline;
  }
  if (package.name.empty()) {
    package.name = loaded.directory.empty() ? "." : loaded.directory;
  }
  return package;
}

std::string described(const Package& package) {
  return package.manifest.empty() ? path_in(package.directory, "velocity.yml") : package.manifest;
}

Diagnostics duplicate_names(const std::vector<Package>& packages) {
  Diagnostics errors;
  std::map<std::string_view, const Package*> first;
  for (const Package& package : packages) {
    const auto [other, is_new] = first.emplace(package.name, &package);
    if (!is_new) {
      errors.push_back(
          {.code = codes::kDuplicatePackage,
           .message = fmt::format("two packages are called \"{}\": {} and {}", package.name,
                                  described(*other->second), described(package)),
           .at = {.file = described(package)},
           .source_line = {},
           .help = "rename one of them, or leave its folder out of the packages"});
    }
  }
  return errors;
}

class Discovery {
 public:
  Discovery(const Config& config, const WorkspaceLimits& limits)
      : config_(config), limits_(limits) {}

  std::expected<Workspace, Diagnostics> run() {
    LoadedPackage root = load_package(config_.root, {.path = ""}, Evidence::any_content);
    if (!root.errors.empty()) {
      return std::unexpected(std::move(root.errors));
    }
    const auto source = package_source(config_, root.manifest);
    if (!source) {
      return std::unexpected(source.error());
    }
    const auto found = find_package_folders(config_.root, source->patterns);
    if (!found) {
      return std::unexpected(Diagnostics{config_error(config_, found.error().code, found.error().at,
                                                      found.error().message, found.error().help)});
    }
    if (source->must_find_each) {
      report_fruitless(*source, *found);
    }
    std::vector<LoadedPackage> loaded = load(*found, source->evidence);
    const Manifest root_manifest = root.manifest.value_or(Manifest());
    // The root is a package of its own only where it is the whole workspace, or asked for.
    if (loaded.empty() || source->root_is_listed || has_root_tasks(config_)) {
      loaded.insert(loaded.begin(), std::move(root));
    }
    return assemble(loaded, root_manifest);
  }

 private:
  void report_fruitless(const PackageSource& source, const FoundFolders& found) {
    for (std::size_t i = 0; i < source.patterns.size(); ++i) {
      if (found.pattern_found_any[i]) {
        continue;
      }
      const PackagePattern& pattern = source.patterns[i];
      const bool is_literal = pattern.text.find_first_of("*?[{\\") == std::string::npos;
      Diagnostic diagnostic = config_error(
          config_, codes::kNoSuchDirectory, pattern.at,
          fmt::format("packages \"{}\" names no folder", pattern.text),
          "patterns are relative to the folder of velocity.yml; links are not followed");
      diagnostic.severity = is_literal ? Severity::error : Severity::warning;
      diagnostics_.push_back(std::move(diagnostic));
    }
  }

  std::vector<LoadedPackage> load(const FoundFolders& found, Evidence evidence) {
    const std::size_t count = found.folders.size();
    std::vector<LoadedPackage> loaded(count);
    const auto useful = static_cast<unsigned>(count / kPackagesPerThread);
    const unsigned threads = std::clamp(std::min(useful, usable_cpus()), 1U, kThreadsMax);
    parallel_for(count, threads, [&](std::size_t i, unsigned /*worker*/) {
      loaded[i] = load_package(config_.root, found.folders[i], evidence);
    });
    std::erase_if(loaded, [](const LoadedPackage& package) { return !package.is_package; });
    if (loaded.size() > limits_.packages_max) {
      diagnostics_.push_back({.code = codes::kTooManyPackages,
                              .message = fmt::format("more than {} packages", limits_.packages_max),
                              .at = {.file = config_.file},
                              .source_line = {},
                              .help = "name the folders of packages in \"packages\""});
    }
    for (LoadedPackage& package : loaded) {
      std::ranges::move(package.errors, std::back_inserter(diagnostics_));
    }
    return loaded;
  }

  std::expected<Workspace, Diagnostics> assemble(const std::vector<LoadedPackage>& loaded,
                                                 const Manifest& root) {
    Workspace workspace{.root = config_.root};
    workspace.root_requirements = root.dependencies;
    workspace.overridden = root.overridden;
    workspace.packages.reserve(loaded.size());
    for (const LoadedPackage& package : loaded) {
      workspace.packages.push_back(
          package_of(package, static_cast<PackageId>(workspace.packages.size())));
    }
    if (has_root_tasks(config_) && workspace.packages.size() > 1) {
      workspace.packages.front().name = kTurboRoot;
    }
    std::ranges::move(duplicate_names(workspace.packages), std::back_inserter(diagnostics_));
    std::ranges::move(add_dependency_edges(loaded, workspace.packages),
                      std::back_inserter(diagnostics_));
    if (config_.turbo != nullptr) {
      std::ranges::move(add_turbo_tasks(config_, loaded, workspace),
                        std::back_inserter(diagnostics_));
    }
    if (has_errors(diagnostics_)) {
      return std::unexpected(std::move(diagnostics_));
    }
    Lockfile lockfile = find_lockfile(config_.root, root.package_manager);
    workspace.lockfile = std::move(lockfile.file);
    workspace.package_manager = std::move(lockfile.package_manager);
    workspace.warnings = std::move(diagnostics_);
    std::ranges::move(lockfile.warnings, std::back_inserter(workspace.warnings));
    return workspace;
  }

  const Config& config_;
  const WorkspaceLimits& limits_;
  Diagnostics diagnostics_;
};

}  // namespace

const Package* Workspace::find(std::string_view name) const {
  const auto package = std::ranges::find(packages, name, &Package::name);
  return package == packages.end() ? nullptr : &*package;
}

std::expected<Workspace, Diagnostics> discover_workspace(const Config& config,
                                                         const WorkspaceLimits& limits) {
  return Discovery(config, limits).run();
}

}  // namespace vc::agent
