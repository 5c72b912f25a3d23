// Packages of a uv workspace: the pyproject.toml of each member, and of the root.
#include "agent/native/native_files.hpp"
#include "agent/native/native_packages.hpp"
#include "agent/native/python_project.hpp"
#include "agent/native/read_manifest.hpp"
#include "agent/workspace/loaded_package.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::string_view kProjectFile = "pyproject.toml";

ReadManifest<PythonProject> read_project(const fs::path& root, const std::string& directory) {
  return read_manifest(root, path_in(directory, kProjectFile), parse_python_project);
}

class UvSearch {
 public:
  explicit UvSearch(const NativeSearch& search) : search_(search) {}

  NativePackages run() {
    auto root = read_project(search_.root, "");
    root.report(found_.diagnostics);
    root_ = std::move(root.parsed).value_or(PythonProject());
    std::set<std::string> folders(search_.folders.begin(), search_.folders.end());
    if (search_.discovers && root_.has_workspace) {
      add_members(folders);
    }
    read_all({folders.begin(), folders.end()});
    for (const auto& [directory, project] : projects_) {
      add_package(directory, project);
    }
    found_.shared = shared_root_files(search_.root,
                                      {"pyproject.toml", "uv.lock", "uv.toml", ".python-version"});
    return std::move(found_);
  }

 private:
  void add_members(std::set<std::string>& folders) {
    std::vector<PackagePattern> patterns = root_.members;
    for (const PackagePattern& excluded : root_.exclude) {
      patterns.push_back({.text = "!" + excluded.text, .at = excluded.at});
    }
    MemberFolders listed = member_folders(search_.root, patterns, kProjectFile);
    std::ranges::move(listed.errors, std::back_inserter(found_.diagnostics));
    folders.insert(listed.folders.begin(), listed.folders.end());
    if (root_.has_project) {
      folders.emplace("");  // uv's rule: the root is a member.
    }
  }

  void read_all(const std::vector<std::string>& folders) {
    std::vector<ReadManifest<PythonProject>> read(folders.size());
    for_each_folder(folders.size(), [&](std::size_t i) {
      if (folders[i].empty()) {
        read[i].parsed = root_;
      } else {
        read[i] = read_project(search_.root, folders[i]);
      }
    });
    for (std::size_t i = 0; i < folders.size(); ++i) {
      read[i].report(found_.diagnostics);
      std::optional<PythonProject>& project = read[i].parsed;
      if (!project || !project->has_project) {
        continue;
      }
      if (!project->name.empty()) {
        by_name_.emplace(normalized_python_name(project->name), folders[i]);
      }
      projects_.emplace(folders[i], *std::move(project));
    }
  }

  void add_package(const std::string& directory, const PythonProject& project) {
    NativePackage package{.directory = directory,
                          .name = project.name,
                          .version = project.version,
                          .manifest = path_in(directory, kProjectFile),
                          .uses = {}};
    for (const PythonDependency& dependency : project.dependencies) {
      add_uses(directory, project, dependency, package.uses);
    }
    found_.packages.push_back(std::move(package));
  }

  void add_uses(const std::string& directory, const PythonProject& project,
                const PythonDependency& dependency, std::vector<NativeUse>& uses) const {
    std::string_view base = directory;
    auto source = project.sources.find(dependency.name);
    bool has_source = source != project.sources.end();
    if (!has_source && root_.has_workspace) {  // The root's sources are for all members.
      source = root_.sources.find(dependency.name);
      has_source = source != root_.sources.end();
      base = "";
    }
    for (const std::string& path : has_source ? source->second.paths : std::vector<std::string>()) {
      if (auto folder = folder_within(base, path)) {
        uses.push_back({.directory = *std::move(folder), .may_circle = dependency.for_tests});
      }
    }
    const auto member = by_name_.find(dependency.name);
    if (member != by_name_.end() && (!has_source || source->second.workspace)) {
      uses.push_back({.directory = member->second, .may_circle = dependency.for_tests});
    }
  }

  const NativeSearch& search_;
  PythonProject root_;
  std::map<std::string, PythonProject> projects_;  // By directory.
  std::map<std::string, std::string> by_name_;     // Directories, by normalised name.
  NativePackages found_;
};

}  // namespace

NativePackages uv_packages(const NativeSearch& search) {
  return UvSearch(search).run();
}

}  // namespace vc::agent
