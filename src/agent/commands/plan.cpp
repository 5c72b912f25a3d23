#include "agent/commands/plan.hpp"

#include "agent/commands/run.hpp"
#include "agent/commands/session.hpp"
#include "agent/key_json.hpp"
#include "agent/quantities.hpp"
#include "wire/json_writer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <vector>

namespace vc::agent {

namespace {

constexpr std::size_t kKeyColumns = 16;

struct PlannedState {
  std::string_view text;
  std::string_view json;
  bool is_cached;
};

PlannedState state_of(Place place) {
  switch (place) {
    case Place::current:
    case Place::local:
      return {.text = "CACHE HIT (local)", .json = "hit_local", .is_cached = true};
    case Place::remote:
      return {.text = "CACHE HIT (remote)", .json = "hit_remote", .is_cached = true};
    case Place::never_cached:
      return {.text = "not cached (cache: false)", .json = "never_cached", .is_cached = false};
    case Place::deferred:
      return {.text = "deferred (until its dependencies are done)",
              .json = "deferred",
              .is_cached = false};
    case Place::no_command:
    case Place::nowhere:
      break;
  }
  return {.text = "CACHE MISS", .json = "miss", .is_cached = false};
}

template <class Visit>
void for_each_task(const LookupResult& lookups, const Visit& visit) {
  for (TaskId task = 0; task < lookups.tasks.size(); ++task) {
    if (lookups.tasks[task].place != Place::no_command) {
      visit(task, lookups.tasks[task], state_of(lookups.tasks[task].place));
    }
  }
}

template <class Items>
void add_texts(wire::JsonWriter& json, std::string_view name, const Items& items) {
  json.name(name);
  json.open('[');
  for (const std::string_view item : items) {
    json.text(item);
  }
  json.close(']');
}

// Files and variables in the key; files as seen from the workspace root.
void add_ingredients(wire::JsonWriter& json, const RunContext& run, TaskId task) {
  const std::string& directory = run.workspace.packages[run.node(task).package].directory;
  const std::string prefix = directory.empty() ? "" : directory + "/";
  std::set<std::string> inputs;
  std::vector<std::string> variables;
  for_each_ingredient(run.fingerprints[task], [&](const Ingredient& ingredient) {
    switch (ingredient.kind) {
      case IngredientKind::manifest:
      case IngredientKind::input:
        inputs.insert(prefix + ingredient.name);
        break;
      case IngredientKind::global_input:
        inputs.insert(ingredient.name);
        break;
      case IngredientKind::environment:
        variables.push_back(ingredient.name);
        break;
      default:
        break;
    }
  });
  add_texts(json, "inputs", inputs);
  add_texts(json, "env", variables);
}

}  // namespace

std::string plan_table(const RunContext& run, const LookupResult& lookups) {
  std::size_t width = std::string_view("task").size();
  std::size_t tasks = 0;
  std::size_t cached = 0;
  for_each_task(lookups, [&](TaskId task, const TaskLookup&, const PlannedState& state) {
    width = std::max(width, run.node(task).label.size());
    ++tasks;
    cached += state.is_cached ? 1 : 0;
  });
  std::string out = fmt::format("{:<{}}  {:<{}}  state\n", "task", width, "key", kKeyColumns);
  for_each_task(lookups, [&](TaskId task, const TaskLookup& lookup, const PlannedState& state) {
    out += fmt::format(
        "{:<{}}  {:<{}}  {}{}\n", run.node(task).label, width,
        lookup.place == Place::deferred ? "-" : run.key(task).hex().substr(0, kKeyColumns),
        kKeyColumns, state.text,
        lookup.duration_ms == 0 || state.is_cached
            ? ""
            : ", took " + duration_text(lookup.duration_ms) + " before");
  });
  return out + fmt::format("{} task{}, {} cached\n", tasks, tasks == 1 ? "" : "s", cached);
}

std::string plan_json(const RunContext& run, const LookupResult& lookups, std::string_view remote) {
  std::string out;
  wire::JsonWriter json(out);
  json.open('{');
  json.member("remote", remote);
  json.name("tasks");
  json.open('[');
  for (TaskId task = 0; task < lookups.tasks.size(); ++task) {
    const TaskLookup& lookup = lookups.tasks[task];
    const TaskNode& node = run.node(task);
    json.open('{');
    json.member("task", node.label);
    json.member("package", run.workspace.packages[node.package].name);
    json.member("directory", run.workspace.packages[node.package].directory);
    if (node.has_command) {
      json.member("command", node.definition.command);
    }
    write_key(json, run.key(task));
    json.member("state", node.has_command ? state_of(lookup.place).json : "no_command");
    json.member("duration_ms", lookup.duration_ms);
    json.name("requested");
    json.boolean(node.requested);
    add_texts(json, "outputs", node.definition.outputs.patterns);
    add_ingredients(json, run, task);
    json.name("dependencies");
    json.open('[');
    for (const TaskId dependency : node.dependencies) {
      json.text(run.node(dependency).label);
    }
    json.close(']');
    json.close('}');
  }
  json.close(']');
  json.close('}');
  return out + "\n";
}

int run_plan(const PlanArguments& arguments, CommandContext& context) {
  const SelectionArguments& selection = arguments.selection;
  // Standard output is for the plan alone; warnings go beside it.
  const auto progress = make_progress({}, context.err, context.err, context.clock);
  auto session = Session::load(selection, Purpose::look, context, *progress);
  if (!session) {
    return to_int(session.error());
  }
  const LookupResult lookups = (*session)->look_up({});
  if (const std::string broken = (*session)->broken_requirement(); !broken.empty()) {
    context.err << "error: --remote=required: " << broken << '\n';
    return to_int(ExitCode::cache_required);
  }
  const RunContext& run = (*session)->run_context();
  const std::string remote = (*session)->describe_remote(lookups);
  if (selection.format == OutputFormat::json) {
    context.out << plan_json(run, lookups, remote);
  } else {
    context.out << remote << '\n' << plan_table(run, lookups);
  }
  bool all_cached = true;
  for_each_task(lookups, [&](TaskId, const TaskLookup&, const PlannedState& state) {
    all_cached = all_cached && state.is_cached;
  });
  const bool is_failure = arguments.exit_code == PlanExitCode::by_result && !all_cached;
  return to_int(is_failure ? ExitCode::task_failed : ExitCode::ok);
}

}  // namespace vc::agent
