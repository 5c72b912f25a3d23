#include "agent/commands/trace_fix.hpp"

#include "agent/config.hpp"
#include "agent/config/dependency_reader.hpp"
#include "agent/exit_code.hpp"
#include "agent/task_graph/task_catalog.hpp"
#include "agent/trace/proposal.hpp"
#include "agent/trace/yaml_addition.hpp"
#include "wire/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace vc::agent {

namespace {

// A text of JSON is one of YAML.
std::string map_of(const DependencyPattern& pattern) {
  std::string text;
  wire::JsonWriter(text).text(written_form(pattern));
  return fmt::format("{{task: {}, on: outputs}}", text);
}

// Gathers the changes of all files before any is written.
class DefinitionFixer {
 public:
  DefinitionFixer(const Config& config, const Workspace& workspace)
      : config_(config), workspace_(workspace), catalog_(config, workspace) {}

  // False: the task is no longer there.
  bool add(const TraceReport& report) {
    const std::size_t hash = report.task.rfind('#');
    const auto package = catalog_.find_package(report.task.substr(0, hash));
    const std::string name = hash == std::string::npos ? "" : report.task.substr(hash + 1);
    if (!package) {
      return false;
    }
    const TaskDefinition* definition = catalog_.definition(*package, name);
    if (definition == nullptr) {
      return false;
    }
    ProposalBasis basis{.has_inputs = definition->inputs.has_value()};
    for (const PackageId used : workspace_.packages[*package].dependencies) {
      basis.packages.insert(workspace_.packages[used].name);
    }
    proposals_.push_back(propose(report, basis));
    const Proposal& proposal = proposals_.back();
    const std::string file = file_for(workspace_.packages[*package], name);
    std::vector<std::string> dependencies;
    std::vector<std::string> on_outputs;
    for (const DependencyPattern& pattern : definition->depends_on) {
      (pattern.on == DependencyOn::outputs ? on_outputs : dependencies)
          .push_back(pattern.on == DependencyOn::outputs ? map_of(pattern) : written_form(pattern));
    }
    const PatternList no_inputs;
    change(file, {.keys = {"pipeline", name, "inputs"},
                  .before = definition->inputs.value_or(no_inputs).patterns,
                  .items = proposal.inputs});
    change(file, {.keys = {"pipeline", name, "outputs"},
                  .before = definition->outputs.patterns,
                  .items = proposal.outputs});
    change(file, {.keys = {"pipeline", name, "depends_on"},
                  .before = std::move(dependencies),
                  .items = proposal.depends_on,
                  .before_as_yaml = std::move(on_outputs)});
    add_global(proposal.global_inputs);
    return true;
  }

  const std::vector<Proposal>& proposals() const { return proposals_; }

  struct File {
    std::string before;
    std::string after;
    bool by_hand = false;  // In a shape that this does not change.
  };

  // By path relative to the root.
  const std::map<std::string, File>& files() const { return files_; }

 private:
  // The definition that several packages share is not changed for the sake of one.
  std::string file_for(const Package& package, const std::string& task) const {
    const auto count = std::ranges::count_if(
        workspace_.packages, [&](const Package& each) { return catalog_.has(each.id, task); });
    const bool is_shared = count > 1 || package.overrides.contains(task);
    return is_shared && !package.directory.empty() ? package.directory + "/velocity.yml"
                                                   : config_.file;
  }

  void add_global(const std::vector<std::string>& patterns) {
    std::vector<std::string> news;
    for (const std::string& pattern : patterns) {
      if (globals_.insert(pattern).second &&
          std::ranges::find(config_.global_inputs, pattern) == config_.global_inputs.end()) {
        news.push_back(pattern);
      }
    }
    change(config_.file, {.keys = {"global_inputs"}, .before = {}, .items = std::move(news)});
  }

  void change(const std::string& name, const YamlAddition& addition) {
    if (addition.items.empty()) {
      return;
    }
    const auto [at, is_new] = files_.try_emplace(name);
    File& file = at->second;
    if (is_new) {
      auto text = read_file_if_exists(config_.root / name, kConfigBytesMax);
      file.by_hand = !text.has_value();
      file.before = text ? text->value_or("") : "";
      file.after = file.before;
    }
    const auto changed = file.by_hand ? std::nullopt : add_to_yaml(file.after, addition);
    if (!changed || !is_good(name, *changed)) {
      file.by_hand = true;
    } else {
      file.after = *changed;
    }
  }

  bool is_good(const std::string& name, std::string_view text) const {
    return name == config_.file ? parse_config(text, config_.root / name, Environment{}).has_value()
                                : parse_package_config(text, fs::path(name)).has_value();
  }

  const Config& config_;
  const Workspace& workspace_;
  const TaskCatalog catalog_;
  std::vector<Proposal> proposals_;
  std::map<std::string, File> files_;
  std::set<std::string> globals_;
};

void print_list(std::string_view key, const std::vector<std::string>& items, std::ostream& out) {
  if (!items.empty()) {
    out << fmt::format("  {}:\n", key);
  }
  for (const std::string& item : items) {
    out << fmt::format("    - \"{}\"\n", item);
  }
}

void print_proposals(const DefinitionFixer& fixer, std::ostream& out) {
  for (const auto& [name, file] : fixer.files()) {
    out << name << '\n'
        << (file.by_hand ? "  cannot be changed by a program; add by hand:\n"
                         : line_difference(file.before, file.after));
  }
  const bool by_hand =
      std::ranges::any_of(fixer.files(), [](const auto& each) { return each.second.by_hand; });
  for (const Proposal& proposal : fixer.proposals()) {
    if ((by_hand && proposal.changes_anything()) || !proposal.notes.empty()) {
      out << proposal.task << ":\n";
    }
    if (by_hand) {
      print_list("inputs", proposal.inputs, out);
      print_list("outputs", proposal.outputs, out);
      print_list("depends_on", proposal.depends_on, out);
      print_list("global_inputs (of the workspace)", proposal.global_inputs, out);
    }
    for (const std::string& note : proposal.notes) {
      out << "  note: " << note << '\n';
    }
  }
  if (fixer.files().empty()) {
    out << "nothing to add\n";
  }
}

void print_json(const DefinitionFixer& fixer, std::ostream& out) {
  std::string text;
  wire::JsonWriter json(text);
  const auto array = [&](std::string_view name, const std::vector<std::string>& items) {
    json.name(name);
    json.open('[');
    for (const std::string& item : items) {
      json.text(item);
    }
    json.close(']');
  };
  json.open('{');
  json.name("tasks");
  json.open('[');
  for (const Proposal& proposal : fixer.proposals()) {
    json.open('{');
    json.member("task", proposal.task);
    array("inputs", proposal.inputs);
    array("outputs", proposal.outputs);
    array("depends_on", proposal.depends_on);
    array("global_inputs", proposal.global_inputs);
    array("notes", proposal.notes);
    json.close('}');
  }
  json.close(']');
  json.close('}');
  out << text << '\n';
}

int write_files(const DefinitionFixer& fixer, const fs::path& root, CommandContext& context) {
  int code = to_int(ExitCode::ok);
  for (const auto& [name, file] : fixer.files()) {
    if (file.by_hand) {
      code = to_int(ExitCode::usage);
      continue;
    }
    if (const auto written = write_file_atomically(root / name, file.after); !written) {
      context.err << "error: " << written.error().message << '\n';
      code = to_int(ExitCode::usage);
    } else {
      context.err << "written: " << name << '\n';
    }
  }
  return code;
}

}  // namespace

int fix_definitions(const std::vector<TraceReport>& reports, const fs::path& config_file,
                    const TraceArguments& arguments, CommandContext& context) {
  const auto config = load_config(config_file, context.environment);
  if (!config) {
    context.err << render(config.error());
    return to_int(ExitCode::usage);
  }
  const auto workspace = discover_workspace(*config);
  if (!workspace) {
    context.err << render(workspace.error());
    return to_int(ExitCode::usage);
  }
  DefinitionFixer fixer(*config, *workspace);
  for (const TraceReport& report : reports) {
    if (!fixer.add(report)) {
      context.err << fmt::format("warning: {} was traced and is no task any more\n", report.task);
    }
  }
  if (arguments.format == OutputFormat::json) {
    print_json(fixer, context.out);
  } else {
    print_proposals(fixer, context.out);
  }
  return arguments.fix == Fix::write ? write_files(fixer, config->root, context)
                                     : to_int(ExitCode::ok);
}

}  // namespace vc::agent
