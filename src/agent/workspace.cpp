#include "agent/workspace.hpp"

#include "agent/config/config_error.hpp"
#include "agent/diagnostic_codes.hpp"
#include "agent/fingerprint/parallel_for.hpp"
#include "agent/native/native_folders.hpp"
#include "agent/turbo/root_packages.hpp"
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

Package package_of(const LoadedPackage& loaded, PackageId id, std::string_view native_name) {
  Package package{.id = id, .directory = loaded.directory};
  if (loaded.manifest) {
    package.name = loaded.manifest->name;
    package.version = loaded.manifest->version;
    package.manifest = path_in(loaded.directory, "package.json");
    package.scripts = loaded.manifest->scripts;
    package.manifest_name = loaded.manifest->name;
    package.requirements = loaded.manifest->dependencies;
  }
  package.name = package.name.empty() ? native_name : package.name;
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
  if (!package.manifest.empty()) {
    return package.manifest;
  }
  return package.native_manifests.empty() ? path_in(package.directory, "velocity.yml")
                                          : package.native_manifests.front();
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
    DirectoryListing scratch;
    LoadedPackage root = load_package(config_.root, {.path = ""}, Evidence::any_content, scratch);
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
    std::vector<LoadedPackage> loaded = load(found->folders, source->evidence);
    find_native(*source, root.native_marks, loaded);
    const Manifest root_manifest = root.manifest.value_or(Manifest());
    const bool is_native_root = native_.by_directory.contains("") && !source->root_is_listed;
    if (is_native_root && !loaded.empty() && root.manifest) {
      // Its scripts are usually what starts the whole build.
      root.manifest->name.clear();
      root.manifest->scripts.clear();
    }
    // The root is a package of its own only where it is the whole workspace, or asked for.
    const bool is_asked_for = loaded.empty() || source->root_is_listed || is_native_root;
    root_has_its_tasks_alone_ = !is_asked_for && has_root_tasks(config_);
    if (is_asked_for || root_has_its_tasks_alone_) {
      loaded.insert(loaded.begin(), std::move(root));
    }
    if (loaded.size() > limits_.packages_max) {
      report_too_many();
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

  // Adds the packages of Cargo, Go, uv, Maven and Gradle, and reads what they say of all packages.
  void find_native(const PackageSource& source, NativeMarks marks_of_root,
                   std::vector<LoadedPackage>& loaded) {
    if (config_.turbo != nullptr) {
      return;  // Turborepo sees none of this.
    }
    const bool discovers = !config_.packages;
    if (discovers && source.is_guess) {
      native_ = native_folders(config_.root, {}, discovers);
      if (!native_.by_directory.empty()) {
        loaded.clear();
      }
    }
    const KnownFolder root{.directory = "", .marks = marks_of_root};
    std::vector<KnownFolder> known;
    if (source.root_is_listed) {
      known.push_back(root);
    }
    for (const LoadedPackage& package : loaded) {
      known.push_back({.directory = package.directory, .marks = package.native_marks});
    }
    if (found_nothing_native()) {
      native_ = native_folders(config_.root, known, discovers);
    }
    if (found_nothing_native() && loaded.empty()) {
      native_ = native_folders(config_.root, {root}, false);
    }
    if (loaded.empty() && native_.by_directory.size() == 1 && native_.by_directory.contains("")) {
      // A project alone has its lockfile among its inputs, if its repository wants it there.
      native_.shared.clear();
      native_.by_directory[""].shared.clear();
    }
    std::ranges::move(native_.diagnostics, std::back_inserter(diagnostics_));
    if (discovers) {
      add_native(source, loaded);
    }
  }

  bool found_nothing_native() const {
    return native_.by_directory.empty() && native_.diagnostics.empty();
  }

  void add_native(const PackageSource& source, std::vector<LoadedPackage>& loaded) {
    std::vector<PackageFolder> folders;
    for (const auto& [directory, native] : native_.by_directory) {
      if (!directory.empty() &&
          !std::ranges::binary_search(loaded, directory, {}, &LoadedPackage::directory)) {
        folders.push_back({.path = directory});
      }
    }
    std::vector<LoadedPackage> added = load(folders, Evidence::any_content);
    for (LoadedPackage& package : added) {
      if (source.evidence == Evidence::package_json) {
        package.manifest.reset();  // npm knows nothing of it.
      }
    }
    std::ranges::move(added, std::back_inserter(loaded));
    std::ranges::sort(loaded, {}, &LoadedPackage::directory);
  }

  std::vector<LoadedPackage> load(const std::vector<PackageFolder>& folders, Evidence evidence) {
    const std::size_t count = folders.size();
    std::vector<LoadedPackage> loaded(count);
    const auto useful = static_cast<unsigned>(count / kPackagesPerThread);
    const unsigned threads = std::clamp(std::min(useful, usable_cpus()), 1U, kThreadsMax);
    std::vector<DirectoryListing> scratch(threads);
    parallel_for(count, threads, [&](std::size_t i, unsigned worker) {
      loaded[i] = load_package(config_.root, folders[i], evidence, scratch[worker]);
    });
    std::erase_if(loaded, [](const LoadedPackage& package) { return !package.is_package; });
    for (LoadedPackage& package : loaded) {
      std::ranges::move(package.errors, std::back_inserter(diagnostics_));
    }
    return loaded;
  }

  void report_too_many() {
    diagnostics_.push_back({.code = codes::kTooManyPackages,
                            .message = fmt::format("more than {} packages", limits_.packages_max),
                            .at = {.file = config_.file},
                            .source_line = {},
                            .help = "name the folders of packages in \"packages\""});
  }

  // What its own tool calls the package; "" where that does not count.
  std::string_view native_name(const LoadedPackage& package, std::size_t packages) const {
    const auto native = native_.by_directory.find(package.directory);
    const bool is_root_alone = package.directory.empty() && packages == 1;
    return native == native_.by_directory.end() || is_root_alone ? std::string_view()
                                                                 : native->second.name;
  }

  std::expected<Workspace, Diagnostics> assemble(const std::vector<LoadedPackage>& loaded,
                                                 const Manifest& root) {
    Workspace workspace{.root = config_.root};
    workspace.root_requirements = root.dependencies;
    workspace.overridden = root.overridden;
    workspace.packages.reserve(loaded.size());
    for (const LoadedPackage& package : loaded) {
      workspace.packages.push_back(package_of(package,
                                              static_cast<PackageId>(workspace.packages.size()),
                                              native_name(package, loaded.size())));
    }
    add_root_tasks(workspace);
    std::ranges::move(add_dependency_edges(loaded, workspace.packages),
                      std::back_inserter(diagnostics_));
    apply_native_folders(std::move(native_), workspace);
    std::ranges::move(duplicate_names(workspace.packages), std::back_inserter(diagnostics_));
    if (config_.turbo != nullptr) {
      std::ranges::move(add_turbo_tasks(config_, loaded, workspace),
                        std::back_inserter(diagnostics_));
      workspace.counted_everywhere = packages_of_root(workspace);
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

  // `//#format`: on top of what a root that is a package anyway has, else all that it has.
  void add_root_tasks(Workspace& workspace) const {
    const bool is_beside_others = has_root_tasks(config_) && workspace.packages.size() > 1;
    Package& root = workspace.packages.front();
    if (is_beside_others && (config_.turbo != nullptr || root_has_its_tasks_alone_)) {
      root.name = kTurboRoot;
      root.inherits_no_task = true;
    }
    if (!config_.root_tasks.empty()) {
      root.overrides = config_.root_tasks;
    }
  }

  const Config& config_;
  const WorkspaceLimits& limits_;
  bool root_has_its_tasks_alone_ = false;
  NativeFolders native_;
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
