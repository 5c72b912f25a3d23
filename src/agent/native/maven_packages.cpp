// Modules of a Maven build: what the root's pom.xml lists, and what those list in turn.
//
// A pom that only lists modules or is inherited (packaging `pom`) has nothing to build: it is no
// package, but counts for every module. Profiles are not looked at.
#include "agent/diagnostic_codes.hpp"
#include "agent/native/maven_pom.hpp"
#include "agent/native/native_files.hpp"
#include "agent/native/native_packages.hpp"
#include "agent/native/read_manifest.hpp"
#include "agent/workspace.hpp"
#include "agent/workspace/loaded_package.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::string_view kPomFile = "pom.xml";

class MavenSearch {
 public:
  explicit MavenSearch(const NativeSearch& search) : search_(search) {}

  NativePackages run() {
    std::set<std::string> wanted;
    for (const std::string& folder : search_.folders) {
      wanted.insert(path_in(folder, kPomFile));
    }
    if (search_.discovers) {
      wanted.emplace(kPomFile);
    }
    const bool root_is_listed = !search_.folders.empty() && search_.folders.front().empty();
    read_all(std::move(wanted));
    // A root without modules is a project, not a workspace.
    if (const auto root = poms_.find(std::string(kPomFile));
        root != poms_.end() && root->second.modules.empty() && !root->second.is_pom &&
        !root_is_listed) {
      poms_.erase(root);
    }
    for (const auto& [path, pom] : poms_) {
      by_artifact_.emplace(pom.own.artifact, path);
    }
    SharedFiles parents{.name = "pom.xml of parents", .paths = {}};
    for (const auto& [path, pom] : poms_) {
      if (pom.is_pom || !pom.modules.empty()) {
        parents.paths.push_back(path);
      } else {
        add_package(path, pom);
      }
    }
    if (!parents.paths.empty()) {
      found_.shared.push_back(std::move(parents));
    }
    std::ranges::move(shared_root_files(search_.root, {".mvn/maven.config", ".mvn/jvm.config",
                                                       ".mvn/extensions.xml"}),
                      std::back_inserter(found_.shared));
    std::ranges::sort(found_.packages, {}, &NativePackage::directory);
    return std::move(found_);
  }

 private:
  void read_all(std::set<std::string> wanted) {
    while (!wanted.empty() && poms_.size() <= kPackagesMax) {
      const std::vector<std::string> paths(wanted.begin(), wanted.end());
      std::vector<ReadManifest<MavenPom>> read(paths.size());
      for_each_folder(paths.size(), [&](std::size_t i) {
        read[i] = read_manifest(search_.root, paths[i], parse_maven_pom);
      });
      wanted.clear();
      for (std::size_t i = 0; i < paths.size(); ++i) {
        read[i].report(found_.diagnostics);
        if (std::optional<MavenPom>& pom = read[i].parsed) {
          poms_.emplace(paths[i], *std::move(pom));
        }
      }
      for (const std::string& path : paths) {
        if (const auto pom = poms_.find(path); pom != poms_.end()) {
          follow(path, pom->second, wanted);
        }
      }
      std::erase_if(wanted, [&](const std::string& path) { return poms_.contains(path); });
    }
  }

  // To the modules, and to the parent when it lies in the workspace.
  void follow(const std::string& path, const MavenPom& pom, std::set<std::string>& wanted) {
    const std::string folder = folder_of_file(path);
    for (const MavenModule& module : pom.modules) {
      if (const auto child = pom_at(folder, module.path)) {
        if (search_.discovers) {
          wanted.insert(*child);
        }
      } else {
        report(module);
      }
    }
    if (pom.has_parent && !pom.parent_path.empty()) {
      if (const auto parent = pom_at(folder, pom.parent_path)) {
        wanted.insert(*parent);
      }
    }
  }

  void report(const MavenModule& module) {
    Diagnostic diagnostic{
        .code = codes::kNoSuchDirectory,
        .message = fmt::format("module \"{}\" has no pom.xml in this workspace", module.path),
        .at = module.at,
        .source_line = {},
        .help = "modules are folders relative to this pom"};
    // With `packages:` it is nobody's business.
    diagnostic.severity = search_.discovers ? Severity::error : Severity::warning;
    found_.diagnostics.push_back(std::move(diagnostic));
  }

  // The path of a pom that is named by itself or by its folder.
  std::optional<std::string> pom_at(const std::string& folder, std::string_view named) const {
    auto path = folder_within(folder, named);
    if (!path) {
      return std::nullopt;
    }
    if (!path->empty() && is_regular_file(search_.root, *path)) {
      return path;
    }
    std::string inside = path_in(*path, kPomFile);
    return is_regular_file(search_.root, inside) ? std::optional(std::move(inside)) : std::nullopt;
  }

  // Its own dependencies, and those that its parents in the workspace pass on.
  void add_package(const std::string& path, const MavenPom& pom) {
    NativePackage package{.directory = folder_of_file(path),
                          .name = pom.own.artifact,
                          .version = pom.version,
                          .manifest = path,
                          .uses = {}};
    if (by_artifact_.count(pom.own.artifact) > 1) {
      package.name = pom.own.group + ":" + pom.own.artifact;
    }
    std::set<std::string> seen;
    std::optional<std::string> next = path;
    while (next && seen.insert(*next).second && poms_.contains(*next)) {
      const MavenPom& each = poms_.at(*next);
      for (const MavenCoordinates& dependency : each.dependencies) {
        add_uses(dependency, package.uses);
      }
      next = each.has_parent && !each.parent_path.empty()
                 ? pom_at(folder_of_file(*next), each.parent_path)
                 : std::nullopt;
    }
    std::erase(package.uses, NativeUse{.directory = package.directory});
    found_.packages.push_back(std::move(package));
  }

  // A group that a property spells may be any.
  void add_uses(const MavenCoordinates& dependency, std::vector<NativeUse>& uses) const {
    const auto [first, last] = by_artifact_.equal_range(dependency.artifact);
    for (auto entry = first; entry != last; ++entry) {
      const MavenPom& pom = poms_.at(entry->second);
      const bool is_any = dependency.group.contains("${") || pom.own.group.contains("${");
      if (is_any || pom.own.group == dependency.group) {
        uses.push_back({.directory = folder_of_file(entry->second)});
      }
    }
  }

  const NativeSearch& search_;
  std::map<std::string, MavenPom> poms_;                 // By path.
  std::multimap<std::string, std::string> by_artifact_;  // Paths of poms.
  NativePackages found_;
};

}  // namespace

NativePackages maven_packages(const NativeSearch& search) {
  return MavenSearch(search).run();
}

}  // namespace vc::agent
