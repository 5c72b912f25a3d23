// Modules of a Go workspace: go.work, and the go.mod of each folder that it uses.
#include "agent/diagnostic_codes.hpp"
#include "agent/native/go_files.hpp"
#include "agent/native/native_files.hpp"
#include "agent/native/native_packages.hpp"
#include "agent/native/read_manifest.hpp"
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

bool is_folder_path(std::string_view text) {
  return text == "." || text == ".." || text.starts_with("./") || text.starts_with("../") ||
         text.starts_with('/');
}

class GoSearch {
 public:
  explicit GoSearch(const NativeSearch& search) : search_(search) {}

  NativePackages run() {
    auto work = read_manifest(search_.root, "go.work", parse_go_file);
    work.report(found_.diagnostics);
    work_ = std::move(work.parsed).value_or(GoFile());
    std::set<std::string> folders(search_.folders.begin(), search_.folders.end());
    for (const GoFolder& use : work_.uses) {
      add_used(use, folders);
    }
    read_modules({folders.begin(), folders.end()});
    for (const auto& [directory, module] : modules_) {
      add_package(directory, module);
    }
    share_files();
    return std::move(found_);
  }

 private:
  void add_used(const GoFolder& use, std::set<std::string>& folders) {
    const auto folder = folder_within("", use.path);
    const bool has_module = folder && is_regular_file(search_.root, path_in(*folder, "go.mod"));
    if (has_module) {
      workspace_folders_.insert(*folder);
      if (search_.discovers) {
        folders.insert(*folder);
      }
      return;
    }
    Diagnostic diagnostic{
        .code = codes::kNoSuchDirectory,
        .message = fmt::format("\"use {}\" names no folder with a go.mod", use.path),
        .at = use.at,
        .source_line = {},
        .help = "folders are relative to go.work"};
    if (!folder) {
      // Legal, and out of our sight.
      diagnostic.severity = Severity::warning;
      diagnostic.message = fmt::format(
          "\"use {}\" lies outside of the workspace: its changes go unnoticed", use.path);
      diagnostic.help = "move velocity.yml to the folder that holds both";
    }
    found_.diagnostics.push_back(std::move(diagnostic));
  }

  void read_modules(const std::vector<std::string>& folders) {
    std::vector<ReadManifest<GoFile>> read(folders.size());
    for_each_folder(folders.size(), [&](std::size_t i) {
      read[i] = read_manifest(search_.root, path_in(folders[i], "go.mod"), parse_go_file);
    });
    for (std::size_t i = 0; i < folders.size(); ++i) {
      read[i].report(found_.diagnostics);
      if (std::optional<GoFile>& module = read[i].parsed) {
        if (workspace_folders_.contains(folders[i])) {
          by_module_.emplace(module->module, folders[i]);
        }
        modules_.emplace(folders[i], *std::move(module));
      }
    }
  }

  // Where a required module comes from: the workspace's own are always taken from there, whatever
  // version is asked for.
  std::optional<std::string> folder_of(const std::string& directory, const GoFile& module,
                                       const std::string& required) const {
    const bool in_workspace = workspace_folders_.contains(directory);
    const auto own = by_module_.find(required);
    if (in_workspace && own != by_module_.end()) {
      return own->second;
    }
    const auto replaced = [&](const std::vector<GoReplacement>& list, std::string_view base) {
      const auto entry = std::ranges::find(list, required, &GoReplacement::module);
      return entry == list.end() || !is_folder_path(entry->by) ? std::nullopt
                                                               : folder_within(base, entry->by);
    };
    auto folder = in_workspace ? replaced(work_.replacements, "") : std::nullopt;
    return folder ? folder : replaced(module.replacements, directory);
  }

  void add_package(const std::string& directory, const GoFile& module) {
    NativePackage package{.directory = directory,
                          .name = module.module,
                          .version = {},
                          .manifest = path_in(directory, "go.mod"),
                          .uses = {}};
    for (const std::string& required : module.requirements) {
      if (auto folder = folder_of(directory, module, required)) {
        // Modules may require each other; only packages inside of them may not import in a circle.
        package.uses.push_back({.directory = *std::move(folder), .may_circle = true});
      }
    }
    found_.packages.push_back(std::move(package));
  }

  // One list of versions is chosen for the whole workspace, from all of its go.mod files.
  void share_files() {
    found_.shared = shared_root_files(search_.root, {"go.work", "go.work.sum"});
    SharedFiles modules{.name = "go.mod and go.sum of the workspace's modules", .paths = {}};
    for (const std::string& folder : workspace_folders_) {
      for (const std::string_view name : {"go.mod", "go.sum"}) {
        if (const std::string path = path_in(folder, name); is_regular_file(search_.root, path)) {
          modules.paths.push_back(path);
        }
      }
    }
    if (!modules.paths.empty()) {
      std::ranges::sort(modules.paths);
      found_.shared.push_back(std::move(modules));
    }
  }

  const NativeSearch& search_;
  GoFile work_;
  std::set<std::string> workspace_folders_;       // That go.work uses and that are modules.
  std::map<std::string, GoFile> modules_;         // By directory.
  std::map<std::string, std::string> by_module_;  // Directories of the workspace's modules.
  NativePackages found_;
};

}  // namespace

NativePackages go_packages(const NativeSearch& search) {
  return GoSearch(search).run();
}

}  // namespace vc::agent
