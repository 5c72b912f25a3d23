#include "agent/commands/look.hpp"

#include "agent/commands/here.hpp"
#include "agent/exit_code.hpp"
#include "agent/explain/failed_log.hpp"
#include "agent/explain/run_statistics.hpp"
#include "agent/output_path.hpp"
#include "agent/outputs.hpp"
#include "agent/task_graph/name_suggestion.hpp"
#include "agent/task_graph/task_catalog.hpp"
#include "wire/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace vc::agent {

namespace {

struct ListedPackage {
  std::string name;
  std::string directory;
  std::vector<std::string> tasks;
  std::vector<std::string> uses;  // Names of packages.
};

std::vector<ListedPackage> listed(const Config& config, const Workspace& workspace) {
  const TaskCatalog catalog(config, workspace);
  std::vector<ListedPackage> out;
  for (const Package& package : workspace.packages) {
    ListedPackage& one = out.emplace_back(ListedPackage{
        .name = package.name, .directory = package.directory.empty() ? "." : package.directory});
    for (const PackageId used : package.dependencies) {
      one.uses.push_back(workspace.packages[used].name);
    }
    for (const std::string& task : catalog.names()) {
      if (catalog.has(package.id, task)) {
        one.tasks.push_back(task);
      }
    }
  }
  return out;
}

std::string list_json(const std::vector<ListedPackage>& packages) {
  std::string out;
  wire::JsonWriter json(out);
  json.open('{');
  json.name("packages");
  json.open('[');
  for (const ListedPackage& package : packages) {
    json.open('{');
    json.member("name", package.name);
    json.member("directory", package.directory);
    json.name("tasks");
    json.open('[');
    for (const std::string& task : package.tasks) {
      json.text(task);
    }
    json.close(']');
    json.name("uses");
    json.open('[');
    for (const std::string& used : package.uses) {
      json.text(used);
    }
    json.close(']');
    json.close('}');
  }
  json.close(']');
  json.close('}');
  return out + "\n";
}

std::string list_text(const std::vector<ListedPackage>& packages) {
  std::size_t name_width = 0;
  std::size_t directory_width = 0;
  for (const ListedPackage& package : packages) {
    name_width = std::max(name_width, printable(package.name).size());
    directory_width = std::max(directory_width, printable(package.directory).size());
  }
  std::string out;
  for (const ListedPackage& package : packages) {
    out += fmt::format(
        "{:<{}}  {:<{}}  {}\n", printable(package.name), name_width, printable(package.directory),
        directory_width,
        package.tasks.empty() ? "(no tasks)" : fmt::format("{}", fmt::join(package.tasks, " ")));
  }
  return out + fmt::format("{} package{}\n", packages.size(), packages.size() == 1 ? "" : "s");
}

// Labels of the workspace's tasks; none where it cannot be read.
std::vector<std::string> labels_of(const Here& here, const CommandContext& context) {
  std::vector<std::string> labels;
  auto config = load_config(here.config_file, context.environment);
  if (!config) {
    return labels;
  }
  const auto workspace = discover_workspace(*config);
  if (!workspace) {
    return labels;
  }
  for (const ListedPackage& package : listed(*config, *workspace)) {
    for (const std::string& task : package.tasks) {
      labels.push_back(fmt::format("{}#{}", package.name, task));
    }
  }
  return labels;
}

std::string help_without_log(std::string_view task, const std::vector<std::string>& labels) {
  if (labels.empty()) {
    return "name a task as runs do, web#build";
  }
  if (std::ranges::find(labels, task) != labels.end()) {
    return "a run here leaves it, and `velocity-cli clean` removes it";
  }
  std::vector<std::string> called_so;
  std::ranges::copy_if(labels, std::back_inserter(called_so), [&](const std::string& label) {
    return label.ends_with(fmt::format("#{}", task));
  });
  if (!called_so.empty()) {
    return "say of which package; " + known_names(called_so, "tasks");
  }
  return name_suggestion(task, labels, "tasks");
}

}  // namespace

int run_list(const ListArguments& arguments, CommandContext& context) {
  const auto here = find_here(context);
  if (!here) {
    return to_int(ExitCode::usage);
  }
  auto config = load_config(here->config_file, context.environment);
  if (!config) {
    context.err << render(config.error());
    return to_int(ExitCode::usage);
  }
  const auto workspace = discover_workspace(*config);
  if (!workspace) {
    context.err << render(workspace.error());
    return to_int(ExitCode::usage);
  }
  context.err << render(config->warnings) << render(workspace->warnings);
  const auto packages = listed(*config, *workspace);
  context.out << (arguments.format == OutputFormat::json ? list_json(packages)
                                                         : list_text(packages));
  return to_int(ExitCode::ok);
}

int run_logs(const LogsArguments& arguments, CommandContext& context) {
  const auto here = find_here(context);
  if (!here) {
    return to_int(ExitCode::usage);
  }
  auto log = read_failed_log(here->state_directory, arguments.task);
  if (!log) {
    if (auto record = read_output_record(here->state_directory, arguments.task)) {
      log = std::move(record->log);
    }
  }
  if (!log) {
    context.err << fmt::format("error: no log of \"{}\" is kept here\n", printable(arguments.task))
                << "help: "
                << printable(help_without_log(arguments.task, labels_of(*here, context))) << '\n';
    return to_int(ExitCode::usage);
  }
  const auto replayed = replay_log(*log, [&](OutputStream stream, auto, std::string_view bytes) {
    (stream == OutputStream::out ? context.out : context.err) << bytes;
  });
  if (!replayed) {
    context.err << fmt::format("error: the log is damaged: {}\n", replayed.error().message);
    return to_int(ExitCode::usage);
  }
  return to_int(ExitCode::ok);
}

int run_stats(const StatsArguments& arguments, CommandContext& context) {
  const auto here = find_here(context);
  if (!here) {
    return to_int(ExitCode::usage);
  }
  const RunStatistics statistics = statistics_of(read_history(here->state_directory));
  context.out << (arguments.format == OutputFormat::json ? to_json(statistics)
                                                         : render(statistics));
  return to_int(ExitCode::ok);
}

}  // namespace vc::agent
