#include "agent/commands/init.hpp"

#include "agent/commands/init/detect.hpp"
#include "agent/commands/init/draft.hpp"
#include "agent/commands/init/velocity_schema.hpp"
#include "agent/config.hpp"
#include "agent/exit_code.hpp"
#include "agent/turbo/turbo_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <ostream>
#include <string_view>
#include <system_error>
#include <vector>

namespace vc::agent {

namespace {

constexpr std::string_view kSchemaPath = ".velocity/velocity.schema.json";
constexpr std::string_view kIgnorePath = ".velocity/.gitignore";
constexpr std::string_view kHideAll = "*\n";  // What the agent itself writes there.
constexpr std::string_view kHideAllButSchema = "*\n!.gitignore\n!velocity.schema.json\n";

int refuse(std::ostream& err, std::string_view problem, std::string_view remedy) {
  err << "velocity: " << problem << "\nhelp: " << remedy << "\n";
  return to_int(ExitCode::usage);
}

// Cached state stays out of git, the schema of the editors goes in.
Result<void> write_schema(const fs::path& directory) {
  VC_CHECK(write_file_atomically(directory / kSchemaPath, velocity_schema()));
  VC_TRY(const auto ignored, read_file_if_exists(directory / kIgnorePath));
  if (!ignored || *ignored == kHideAll) {
    VC_CHECK(write_file_atomically(directory / kIgnorePath, kHideAllButSchema));
  }
  return {};
}

// The reason not to write here, or "".
std::string obstacle(const fs::path& directory) {
  std::error_code failed;
  if (!fs::is_directory(directory, failed)) {
    return fmt::format("{} is not a folder", directory.string());
  }
  if (fs::exists(fs::symlink_status(directory / "velocity.yml", failed))) {
    return "velocity.yml exists already";
  }
  const auto outer = find_config(directory);
  // A turbo.json here is what the file is written for.
  const bool is_own =
      outer && is_turbo_file(*outer) && fs::equivalent(outer->parent_path(), directory, failed);
  if (outer && !is_own) {
    return fmt::format("this folder is part of the workspace of {}", outer->string());
  }
  return {};
}

void print_comments(const std::vector<std::string>& comments, std::string_view of,
                    std::ostream& out) {
  for (const std::string& comment : comments) {
    out << "Check: " << of << comment << '\n';
  }
}

void print_comments(const std::vector<DraftTask>& tasks, const std::string& prefix,
                    std::ostream& out) {
  for (const DraftTask& task : tasks) {
    print_comments(task.comments, prefix + task.name + ": ", out);
  }
}

// What to look at: the comments of the files, where people see them.
void print_remarks(const Draft& draft, std::ostream& out) {
  print_comments(draft.comments, "", out);
  print_comments(draft.tasks, "", out);
  print_comments(draft.root_tasks, "//#", out);
  for (const PackageDraft& package : draft.special) {
    print_comments(package.comments, package.directory + ": ", out);
    print_comments(package.tasks, package.directory + ": ", out);
  }
}

struct DraftedFile {
  std::string path;  // Relative to the folder.
  std::string text;
};

// The workspace's own comes last: while it is not there, the others say nothing.
std::vector<DraftedFile> files_of(const Draft& draft) {
  std::vector<DraftedFile> files;
  files.reserve(draft.special.size() + 1);
  for (const PackageDraft& package : draft.special) {
    files.push_back({.path = package.directory + "/velocity.yml",
                     .text = render_package_draft(package, draft)});
  }
  files.push_back({.path = "velocity.yml", .text = render_draft(draft, std::string(kSchemaPath))});
  return files;
}

// What other tools' files say may be more than ours can: better no file than a wrong one.
Diagnostics mistakes_in(const std::vector<DraftedFile>& files, const fs::path& directory) {
  Diagnostics found;
  for (const DraftedFile& file : files) {
    Diagnostics errors;
    if (file.path == "velocity.yml") {
      const auto config = parse_config(file.text, directory / file.path, Environment());
      errors = config ? errors : config.error();
    } else {
      const auto config = parse_package_config(file.text, file.path);
      errors = config ? errors : config.error();
    }
    std::ranges::move(errors, std::back_inserter(found));
  }
  return found;
}

Result<void> write_files(const std::vector<DraftedFile>& files, const fs::path& directory) {
  for (const DraftedFile& file : files) {
    VC_CHECK(write_file_atomically(directory / file.path, file.text));
  }
  return write_schema(directory);
}

std::vector<std::string> task_names(const Draft& draft) {
  std::vector<std::string> names;
  const auto add = [&](const std::vector<DraftTask>& tasks) {
    for (const DraftTask& task : tasks) {
      if (std::ranges::find(names, task.name) == names.end()) {
        names.push_back(task.name);
      }
    }
  };
  add(draft.tasks);
  add(draft.root_tasks);
  for (const PackageDraft& package : draft.special) {
    add(package.tasks);
  }
  return names;
}

}  // namespace

int run_init(const InitOptions& options, std::ostream& out, std::ostream& err) {
  const std::string problem = obstacle(options.directory);
  if (problem.ends_with("is not a folder")) {
    return refuse(err, problem, "name an existing folder");
  }
  if (!problem.empty() && !options.force) {
    return refuse(err, problem, "velocity-cli init --force writes a new one");
  }
  const auto draft = draft_for(options.directory);
  if (!draft) {
    err << render(draft.error());
    return to_int(ExitCode::usage);
  }
  const std::vector<DraftedFile> files = files_of(*draft);
  for (const DraftedFile& file : files) {
    std::error_code failed;
    if (!options.force && fs::exists(fs::symlink_status(options.directory / file.path, failed))) {
      return refuse(err, file.path + " exists already",
                    "velocity-cli init --force writes a new one");
    }
  }
  if (const Diagnostics mistakes = mistakes_in(files, options.directory); !mistakes.empty()) {
    err << render(mistakes);
    return refuse(err, fmt::format("{} cannot be translated", draft->found),
                  "nothing was written; see docs/velocity-yml.md");
  }
  if (const auto written = write_files(files, options.directory); !written) {
    err << "velocity: " << written.error().message << "\n";
    if (!written.error().hint.empty()) {
      err << "help: " << written.error().hint << "\n";
    }
    return to_int(ExitCode::cache_required);
  }
  const std::vector<std::string> names = task_names(*draft);
  out << fmt::format("Found {}.\nWrote velocity.yml with the tasks {}.\n", draft->found,
                     fmt::join(names, ", "));
  for (const PackageDraft& package : draft->special) {
    out << fmt::format("Wrote {}/velocity.yml: what is special there.\n", package.directory);
  }
  print_remarks(*draft, out);
  out << fmt::format("Next: look through it, then run: velocity-cli run {}\n", names.front());
  return to_int(ExitCode::ok);
}

}  // namespace vc::agent
