#include "agent/commands/init.hpp"

#include "agent/commands/init/detect.hpp"
#include "agent/commands/init/draft.hpp"
#include "agent/commands/init/velocity_schema.hpp"
#include "agent/config.hpp"
#include "agent/exit_code.hpp"
#include "agent/turbo/turbo_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

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

// What to look at: the comments of the file, where people see them.
void print_remarks(const Draft& draft, std::ostream& out) {
  for (const std::string& comment : draft.comments) {
    out << "Check: " << comment << '\n';
  }
  for (const DraftTask& task : draft.tasks) {
    for (const std::string& comment : task.comments) {
      out << "Check: " << task.name << ": " << comment << '\n';
    }
  }
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
  const std::string text = render_draft(*draft, std::string(kSchemaPath));
  // What other tools' files say may be more than ours can: better no file than a wrong one.
  const fs::path file = options.directory / "velocity.yml";
  const auto config = parse_config(text, file, Environment());
  if (!config) {
    err << render(config.error());
    return refuse(err, fmt::format("{} cannot be translated", draft->found),
                  "nothing was written; see docs/velocity-yml.md");
  }
  auto written = write_file_atomically(file, text);
  written = written ? write_schema(options.directory) : written;
  if (!written) {
    err << "velocity: " << written.error().message << "\n";
    if (!written.error().hint.empty()) {
      err << "help: " << written.error().hint << "\n";
    }
    return to_int(ExitCode::cache_required);
  }
  std::vector<std::string> names;
  for (const DraftTask& task : draft->tasks) {
    names.push_back(task.name);
  }
  out << fmt::format("Found {}.\nWrote velocity.yml with the tasks {}.\n", draft->found,
                     fmt::join(names, ", "));
  print_remarks(*draft, out);
  out << fmt::format("Next: look through it, then run: velocity-cli run {}\n", names.front());
  return to_int(ExitCode::ok);
}

}  // namespace vc::agent
