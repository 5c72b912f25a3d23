#include "agent/prune/prune.hpp"

#include "agent/output_path.hpp"
#include "agent/prune/copy_files.hpp"
#include "agent/prune/native_root.hpp"
#include "agent/prune/prune_lockfile.hpp"
#include "agent/prune/source_files.hpp"
#include "agent/turbo/root_packages.hpp"
#include "core/glob.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <utility>

namespace vc::agent {

namespace {

// What decides how packages are installed: in both parts of a docker layout.
constexpr std::array<std::string_view, 7> kInstallFiles{
    ".npmrc",        ".yarnrc",      ".yarnrc.yml", "pnpm-workspace.yaml",
    ".pnpmfile.cjs", "package.json", "bunfig.toml"};
// The programs that settings of yarn name.
constexpr std::array<std::string_view, 2> kInstallFolders{".yarn/plugins", ".yarn/releases"};
// What decides how they are built.
constexpr std::array<std::string_view, 3> kBuildFiles{".gitignore", "turbo.json", "turbo.jsonc"};

class Pruning {
 public:
  Pruning(const Config& config, const Workspace& workspace, const PruneRequest& request,
          int root_fd, int output_fd)
      : config_(config),
        workspace_(workspace),
        request_(request),
        is_docker_(request.layout == PruneLayout::docker),
        root_fd_(root_fd),
        copier_(root_fd, output_fd) {
    const PackageSet wanted = needed_packages(workspace, request.packages);
    for (PackageId package = 0; package < wanted.size(); ++package) {
      if (wanted[package]) {
        result_.packages.push_back(package);
      }
    }
  }

  Result<PrunedWorkspace> run() {
    VC_TRY(GitRepository repository, GitRepository::open(workspace_.root));
    for (const PackageId package : result_.packages) {
      VC_CHECK(copy_package(workspace_.packages[package], repository));
    }
    for (const std::string_view name : kInstallFiles) {
      VC_CHECK(copy_if_there(std::string(name), full()));
      if (is_docker_) {
        VC_CHECK(copy_if_there(std::string(name), "json/"));
      }
    }
    for (const std::string_view name : kBuildFiles) {
      VC_CHECK(copy_if_there(std::string(name), full()));
    }
    VC_CHECK(copy_if_there(config_.file, full()));
    VC_CHECK(copy_global_inputs(repository));
    VC_CHECK(copy_install_folders(repository));
    VC_CHECK(copy_native_root());
    VC_CHECK(write_lockfile());
    return std::move(result_);
  }

 private:
  std::string_view full() const { return is_docker_ ? "full/" : ""; }

  Result<void> copy(const SourceEntry& entry, std::string_view prefix) {
    result_.files += entry.kind == FileKind::directory ? 0 : 1;
    return copier_.copy(entry, prefix);
  }

  // Without the packages inside it, which are copied for themselves or not at all.
  SourceFolder folder_of(const std::string& directory) const {
    SourceFolder folder{.directory = directory, .left_out = {request_.output}};
    for (const Package& package : workspace_.packages) {
      if (package.directory != directory && !package.directory.empty()) {
        folder.left_out.push_back(package.directory);
      }
    }
    std::ranges::sort(folder.left_out);
    return folder;
  }

  Result<void> copy_package(const Package& package, GitRepository& repository) {
    VC_TRY(const auto entries, list_sources(root_fd_, repository, folder_of(package.directory)));
    VC_CHECK(copy({.path = package.directory, .kind = FileKind::directory}, full()));
    for (const SourceEntry& entry : entries) {
      VC_CHECK(copy(entry, full()));
    }
    if (!is_docker_) {
      return {};
    }
    if (!package.manifest.empty()) {
      VC_CHECK(copy({.path = package.manifest, .kind = FileKind::regular}, "json/"));
    }
    for (const std::string& manifest : package.native_manifests) {
      VC_CHECK(copy_if_there(manifest, "json/"));
    }
    return {};
  }

  Result<void> copy_if_there(const std::string& path, std::string_view prefix) {
    struct stat status{};
    if (::fstatat(root_fd_, path.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(status.st_mode)) {
      return {};
    }
    return copy({.path = path, .kind = FileKind::regular}, prefix);
  }

  Result<void> copy_install_folders(GitRepository& repository) {
    for (const std::string_view name : kInstallFolders) {
      struct stat status{};
      const std::string path(name);
      if (::fstatat(root_fd_, path.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
          !S_ISDIR(status.st_mode)) {
        continue;
      }
      VC_TRY(const auto entries, list_sources(root_fd_, repository, folder_of(path)));
      for (const SourceEntry& entry : entries) {
        VC_CHECK(copy(entry, full()));
        VC_CHECK(is_docker_ ? copy(entry, "json/") : Result<void>());
      }
    }
    return {};
  }

  Result<void> copy_native_root() {
    PackageSet stays(workspace_.packages.size());
    for (const PackageId package : result_.packages) {
      stays[package] = true;
    }
    NativeRoot root = native_root_files(workspace_, stays);
    result_.notes = std::move(root.notes);
    for (const NativeRootFile& file : root.files) {
      VC_CHECK(copy_or_write(file, full()));
      VC_CHECK(is_docker_ ? copy_or_write(file, "json/") : Result<void>());
    }
    return {};
  }

  Result<void> copy_or_write(const NativeRootFile& file, std::string_view prefix) {
    if (!file.content) {
      return copy_if_there(file.path, prefix);
    }
    ++result_.files;
    return copier_.write(std::string(prefix) + file.path, *file.content);
  }

  // They are part of every key, and tasks read them.
  Result<void> copy_global_inputs(GitRepository& repository) {
    VC_TRY(const GlobSet globs, GlobSet::compile(config_.global_inputs));
    if (globs.empty()) {
      return {};
    }
    VC_TRY(const auto entries, list_sources(root_fd_, repository, folder_of("")));
    for (const SourceEntry& entry : entries) {
      if (entry.kind != FileKind::directory && globs.matches(entry.path)) {
        VC_CHECK(copy(entry, full()));
      }
    }
    return {};
  }

  // A path that leads elsewhere is the package manager's to complain about.
  Result<void> copy_patches(std::string_view lockfile) {
    for (const std::string& path : patch_files(workspace_.lockfile, lockfile)) {
      if (!check_output_path(path)) {
        continue;
      }
      VC_CHECK(copy_if_there(path, full()));
      if (is_docker_) {
        VC_CHECK(copy_if_there(path, "json/"));
      }
    }
    return {};
  }

  Result<void> write_lockfile() {
    const std::string& name = workspace_.lockfile;
    if (name.empty()) {
      return {};
    }
    const SourceEntry whole{.path = name, .kind = FileKind::regular};
    auto pruned = pruned_lockfile();
    if (!pruned) {
      result_.whole_lockfile = pruned.error().message;
    }
    const auto text = pruned ? pruned : read_file(workspace_.root / name);
    VC_CHECK(text ? copy_patches(*text) : Result<void>());
    // In a docker layout both the image's install step and a reader of the folder find it.
    for (const std::string_view prefix : {std::string_view(), std::string_view("json/")}) {
      if (!prefix.empty() && !is_docker_) {
        continue;
      }
      if (pruned) {
        VC_CHECK(copier_.write(std::string(prefix) + name, *pruned));
        ++result_.files;
      } else {
        VC_CHECK(copy(whole, prefix));
      }
    }
    return {};
  }

  Result<std::string> pruned_lockfile() const {
    std::vector<std::string> directories;
    directories.reserve(result_.packages.size());
    for (const PackageId id : result_.packages) {
      const Package& package = workspace_.packages[id];
      if (!package.manifest.empty()) {
        directories.push_back(package.directory);
      }
    }
    return prune_lockfile(workspace_, directories);
  }

  const Config& config_;
  const Workspace& workspace_;
  const PruneRequest& request_;
  bool is_docker_;
  int root_fd_;
  FileCopier copier_;
  PrunedWorkspace result_;
};

}  // namespace

PackageSet needed_packages(const Workspace& workspace, const std::vector<PackageId>& packages) {
  PackageSet needed(workspace.packages.size());
  for (const PackageId package : packages) {
    needed[package] = true;
  }
  for (const PackageId package : packages_of_root(workspace)) {
    needed[package] = true;
  }
  add_all(needed, reached_from(workspace, needed, EdgeDirection::dependencies));
  return needed;
}

Result<PrunedWorkspace> prune(const Config& config, const Workspace& workspace,
                              const PruneRequest& request, int output_fd) {
  VC_TRY(const UniqueFd root, open_file(workspace.root, O_RDONLY | O_DIRECTORY));
  return Pruning(config, workspace, request, root.get(), output_fd).run();
}

}  // namespace vc::agent
