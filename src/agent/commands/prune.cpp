#include "agent/commands/prune.hpp"

#include "agent/beneath.hpp"
#include "agent/diagnostic_codes.hpp"
#include "agent/exit_code.hpp"
#include "agent/prune/prune.hpp"
#include "agent/task_graph/name_suggestion.hpp"
#include "agent/task_graph/task_catalog.hpp"
#include "wire/json_writer.hpp"

#include <fmt/format.h>

#include <fcntl.h>

#include <algorithm>

namespace vc::agent {

namespace {

std::string relative_inside(const fs::path& path, const fs::path& folder) {
  std::string relative = path.lexically_relative(folder).generic_string();
  if (relative.ends_with('/')) {
    relative.pop_back();
  }
  return relative.starts_with("..") ? "" : relative;
}

bool is_marker(const DirectoryEntry& entry) {
  return entry.name == kPruneMarker && entry.kind == FileKind::regular;
}

// What is left when the mark itself was interrupted.
bool is_half_marker(const DirectoryEntry& entry) {
  return entry.name.starts_with(kTemporaryPrefix) && entry.kind == FileKind::regular;
}

// The mark stays, so that whoever is interrupted in here can begin again.
Result<void> remove_all_but_the_marker(int directory_fd,
                                       const std::vector<DirectoryEntry>& entries) {
  for (const DirectoryEntry& entry : entries) {
    if (!is_marker(entry)) {
      VC_CHECK(remove_tree(directory_fd, entry.name));
    }
  }
  return {};
}

// Empty but for the mark, or with --force as it is.
Result<UniqueFd> open_output(const fs::path& output, const fs::path& root, Force force) {
  if (!relative_inside(root, output).empty()) {
    return fail(Errc::invalid, fmt::format("the workspace lies in {}", output.string()),
                "name a folder of its own: --out-dir out");
  }
  VC_CHECK(make_directories(output));
  VC_TRY(UniqueFd fd, open_file(output, O_RDONLY | O_DIRECTORY));
  VC_TRY(const auto entries, list_directory(fd.get()));
  const bool is_ours =
      std::ranges::all_of(entries, is_half_marker) || std::ranges::any_of(entries, is_marker);
  if (is_ours) {
    VC_CHECK(remove_all_but_the_marker(fd.get(), entries));
  } else if (!entries.empty() && force == Force::no) {
    return fail(Errc::invalid,
                fmt::format("{} is not empty, and not made by prune", output.string()),
                "name another --out-dir, or add to what is there with --force");
  }
  // First of all, so that an interrupted prune can be repeated.
  if (is_ours) {
    VC_CHECK(write_file_atomically(output / kPruneMarker,
                                   "Made by velocity-cli prune, and emptied "
                                   "by the next one.\n"));
  }
  return fd;
}

std::string as_json(const Workspace& workspace, const PrunedWorkspace& pruned,
                    const fs::path& output) {
  std::string out;
  wire::JsonWriter json(out);
  json.open('{');
  json.member("out_dir", output.string());
  json.name("packages");
  json.open('[');
  for (const PackageId package : pruned.packages) {
    json.open('{');
    json.member("name", workspace.packages[package].name);
    json.member("directory", workspace.packages[package].directory);
    json.close('}');
  }
  json.close(']');
  json.member("files", static_cast<std::uint64_t>(pruned.files));
  json.member("lockfile", workspace.lockfile);
  json.member("whole_lockfile", pruned.whole_lockfile);
  json.name("notes");
  json.open('[');
  for (const std::string& note : pruned.notes) {
    json.text(note);
  }
  json.close(']');
  json.close('}');
  return out + "\n";
}

std::string as_text(const Workspace& workspace, const PrunedWorkspace& pruned,
                    const fs::path& output) {
  std::string out;
  for (const PackageId package : pruned.packages) {
    out += fmt::format("{} ({})\n", workspace.packages[package].name,
                       workspace.packages[package].directory);
  }
  return out + fmt::format("{} of {} packages, {} files, in {}\n", pruned.packages.size(),
                           workspace.packages.size(), pruned.files, output.string());
}

class PruneCommand {
 public:
  PruneCommand(const PruneArguments& arguments, CommandContext& context)
      : arguments_(arguments), context_(context) {}

  int run() {
    if (!load() || !find_packages()) {
      return to_int(ExitCode::usage);
    }
    std::error_code failure;
    const fs::path output =
        fs::weakly_canonical(context_.directory / arguments_.out_dir, failure).lexically_normal();
    if (failure) {
      return failed({.code = Errc::invalid,
                     .message = fmt::format("{}: {}", arguments_.out_dir, failure.message()),
                     .hint = {}});
    }
    const auto fd = open_output(output, config_.root, arguments_.force);
    if (!fd) {
      return failed(fd.error());
    }
    request_.layout = arguments_.layout;
    request_.output = relative_inside(output, config_.root);
    const auto pruned = prune(config_, workspace_, request_, fd->get());
    if (!pruned) {
      return failed(pruned.error());
    }
    if (!pruned->whole_lockfile.empty()) {
      context_.err << fmt::format("warning: all of {} is copied: {}\n", workspace_.lockfile,
                                  pruned->whole_lockfile);
    }
    for (const std::string& note : pruned->notes) {
      context_.err << fmt::format("warning: {}\n", note);
    }
    context_.out << (arguments_.format == OutputFormat::json
                         ? as_json(workspace_, *pruned, output)
                         : as_text(workspace_, *pruned, output));
    return to_int(ExitCode::ok);
  }

 private:
  bool load() {
    const auto file = find_config(context_.directory);
    if (!file) {
      context_.err << fmt::format("error: no velocity.yml or turbo.json in {} or above\n",
                                  context_.directory.string())
                   << "help: run this inside a workspace\n";
      return false;
    }
    auto config = load_config(*file, context_.environment);
    if (!config) {
      context_.err << render(config.error());
      return false;
    }
    config_ = *std::move(config);
    context_.err << render(config_.warnings);
    auto workspace = discover_workspace(config_);
    if (!workspace) {
      context_.err << render(workspace.error());
      return false;
    }
    workspace_ = *std::move(workspace);
    context_.err << render(workspace_.warnings);
    return true;
  }

  bool find_packages() {
    const TaskCatalog catalog(config_, workspace_);
    Diagnostics errors;
    for (const std::string& name : arguments_.packages) {
      const auto package = catalog.find_package(name);
      if (package) {
        request_.packages.push_back(*package);
      } else {
        errors.push_back({.code = codes::kUnknownPackage,
                          .message = fmt::format("no package is called \"{}\"", name),
                          .at = {},
                          .source_line = {},
                          .help = name_suggestion(name, catalog.package_names(), "packages")});
      }
    }
    if (needs_root()) {
      errors.push_back({.code = codes::kCannotPrune,
                        .message = "the root of the workspace is a package itself, and needed",
                        .at = {},
                        .source_line = {},
                        .help = "all of it would be copied: do so without prune"});
    }
    context_.err << render(errors);
    return errors.empty();
  }

  // As the package that it may be: its files are all there are.
  bool needs_root() const {
    const PackageSet wanted = needed_packages(workspace_, request_.packages);
    return wanted.front() && workspace_.packages.front().directory.empty();
  }

  int failed(const Error& error) {
    context_.err << fmt::format("error: {}\n", error.message);
    if (!error.hint.empty()) {
      context_.err << fmt::format("help: {}\n", error.hint);
    }
    return to_int(exit_code_of(error.code));
  }

  const PruneArguments& arguments_;
  CommandContext& context_;
  Config config_;
  Workspace workspace_;
  PruneRequest request_;
};

}  // namespace

int run_prune(const PruneArguments& arguments, CommandContext& context) {
  return PruneCommand(arguments, context).run();
}

}  // namespace vc::agent
