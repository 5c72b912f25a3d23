// Projects of a Gradle build: those its settings file includes in plain words.
#include "agent/config/optional_file.hpp"
#include "agent/diagnostic_codes.hpp"
#include "agent/native/gradle_files.hpp"
#include "agent/native/native_files.hpp"
#include "agent/native/native_packages.hpp"
#include "agent/workspace/loaded_package.hpp"
#include "agent/workspace/manifest.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::array<std::string_view, 2> kSettingsFiles{"settings.gradle", "settings.gradle.kts"};
constexpr std::array<std::string_view, 2> kScriptEndings{".gradle", ".gradle.kts"};

class GradleSearch {
 public:
  explicit GradleSearch(const NativeSearch& search) : search_(search) {}

  NativePackages run() {
    for (const std::string_view file : kSettingsFiles) {
      if (const auto text = text_of(std::string(file))) {
        settings_ = read_gradle_settings(*text);
        warn_of_computed(file);
        break;
      }
    }
    place_projects();
    std::vector<NativePackage> packages;
    packages.reserve(folders_.size());
    for (const auto& [project, folder] : folders_) {
      packages.push_back(package_of(project, folder));
    }
    std::ranges::sort(packages, {}, &NativePackage::directory);
    const auto repeated = std::ranges::unique(packages, {}, &NativePackage::directory);
    packages.erase(repeated.begin(), repeated.end());
    found_.packages = std::move(packages);
    found_.shared = shared_root_files(
        search_.root,
        {"settings.gradle", "settings.gradle.kts", "build.gradle", "build.gradle.kts",
         "gradle.properties", "gradle/libs.versions.toml", "gradle.lockfile",
         "settings-gradle.lockfile", "buildscript-gradle.lockfile",
         "gradle/wrapper/gradle-wrapper.properties", "gradle/verification-metadata.xml"});
    return std::move(found_);
  }

 private:
  std::optional<std::string> text_of(const std::string& path) {
    auto text = read_optional_file(search_.root, path, kManifestBytesMax);
    if (!text) {
      std::ranges::move(text.error(), std::back_inserter(found_.diagnostics));
      return std::nullopt;
    }
    return *std::move(text);
  }

  void warn_of_computed(std::string_view file) {
    if (settings_.has_computed && search_.discovers) {
      found_.diagnostics.push_back(
          {.severity = Severity::warning,
           .code = codes::kProjectsComputed,
           .message = "some projects are included by code, which is not run to find them",
           .at = {.file = std::string(file)},
           .source_line = {},
           .help = "list the folders in \"packages\" of velocity.yml, or include projects by their "
                   "names"});
    }
  }

  // ":a:b" is the folder a/b, and ":a" a project as well, unless nothing is there.
  void place_projects() {
    for (const std::string& project : settings_.projects) {
      for (std::size_t colon = project.find(':', 1);; colon = project.find(':', colon + 1)) {
        const std::string part = project.substr(0, colon);
        const auto folder = folder_of(part);
        std::error_code ignored;
        const bool is_there = folder && fs::is_directory(search_.root / *folder, ignored);
        if (is_there && !folder->empty() &&
            (part == project || !script_of(part, *folder).empty())) {
          folders_.emplace(part, *folder);
        }
        if (colon == std::string::npos) {
          break;
        }
      }
    }
    for (const auto& [project, folder] : folders_) {
      by_accessor_.emplace(gradle_accessor(project), folder);
    }
  }

  // A project lies in its parent's folder.
  std::optional<std::string> folder_of(const std::string& project) const {
    if (const auto placed = settings_.folders.find(project); placed != settings_.folders.end()) {
      return folder_within("", placed->second);
    }
    const std::size_t colon = project.rfind(':');
    std::string parent;
    if (colon != 0 && colon != std::string::npos) {
      const auto found = settings_.folders.find(project.substr(0, colon));
      if (found != settings_.folders.end()) {
        parent = found->second;
      } else {
        parent = project.substr(1, colon - 1);
        std::ranges::replace(parent, ':', '/');
      }
    }
    return folder_within("", path_in(parent, project.substr(colon + 1)));
  }

  // "" when it has none; it may be called after the project.
  std::string script_of(std::string_view project, const std::string& folder) const {
    for (const std::string_view ending : kScriptEndings) {
      for (const std::string_view name :
           {std::string_view("build"), project.substr(project.rfind(':') + 1)}) {
        std::string path = path_in(folder, std::string(name) + std::string(ending));
        if (is_regular_file(search_.root, path)) {
          return path;
        }
      }
    }
    return {};
  }

  NativePackage package_of(const std::string& project, const std::string& folder) {
    NativePackage package{.directory = folder,
                          .name = project.substr(1),
                          .version = {},
                          .manifest = script_of(project, folder),
                          .uses = {}};
    const auto text = package.manifest.empty() ? std::nullopt : text_of(package.manifest);
    for (const GradleReference& reference :
         text ? read_gradle_build(*text) : std::vector<GradleReference>()) {
      if (auto used = folder_of(reference)) {
        package.uses.push_back({.directory = *std::move(used), .may_circle = reference.for_tests});
      }
    }
    return package;
  }

  // An accessor may go on behind the project: `projects.core.dependencyProject`.
  std::optional<std::string> folder_of(const GradleReference& reference) const {
    if (!reference.by_accessor) {
      const auto entry = folders_.find(reference.project);
      return entry == folders_.end() ? std::nullopt : std::optional(entry->second);
    }
    for (std::string accessor = reference.project; !accessor.empty();
         accessor.resize(accessor.contains('.') ? accessor.rfind('.') : 0)) {
      if (const auto entry = by_accessor_.find(accessor); entry != by_accessor_.end()) {
        return entry->second;
      }
    }
    return std::nullopt;
  }

  const NativeSearch& search_;
  GradleSettings settings_;
  std::map<std::string, std::string> folders_;      // By project path.
  std::map<std::string, std::string> by_accessor_;  // Folders.
  NativePackages found_;
};

}  // namespace

NativePackages gradle_packages(const NativeSearch& search) {
  return GradleSearch(search).run();
}

}  // namespace vc::agent
