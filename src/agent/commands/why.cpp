#include "agent/commands/why.hpp"

#include "agent/commands/session.hpp"
#include "agent/explain/explanation.hpp"

#include <limits>

namespace vc::agent {

namespace {

constexpr std::size_t kLinesShown = 20;

std::string json_of(const std::vector<Explanation>& explanations) {
  std::string out;
  wire::JsonWriter json(out);
  json.open('{');
  json.name("tasks");
  json.open('[');
  for (const Explanation& explanation : explanations) {
    write_json(json, explanation);
  }
  json.close(']');
  json.close('}');
  return out + "\n";
}

}  // namespace

int run_why(const WhyArguments& arguments, CommandContext& context) {
  const auto progress = make_progress({}, context.err, context.err, context.clock);
  auto session = Session::load(arguments.selection, Purpose::look, context, *progress);
  if (!session) {
    return to_int(session.error());
  }
  const LookupResult lookups = (*session)->look_up({});
  if (const std::string broken = (*session)->broken_requirement(); !broken.empty()) {
    context.err << "error: --remote=required: " << broken << '\n';
    return to_int(ExitCode::cache_required);
  }
  const RunContext& run = (*session)->run_context();
  const RunMemory memory(run);
  std::vector<Explanation> explanations;
  for (TaskId task = 0; task < run.graph.tasks.size(); ++task) {
    if (run.node(task).requested) {
      explanations.push_back(explain(task, run, lookups.tasks[task].place, memory));
    }
  }
  if (arguments.selection.format == OutputFormat::json) {
    context.out << json_of(explanations);
    return to_int(ExitCode::ok);
  }
  // Of many tasks one sentence each says more than lists.
  const bool shows_all = arguments.detail == Detail::all;
  const std::size_t lines = shows_all ? std::numeric_limits<std::size_t>::max() : kLinesShown;
  for (const Explanation& explanation : explanations) {
    context.out << (shows_all || explanations.size() == 1
                        ? render(explanation, lines, context.clock.now())
                        : sentence(explanation) + "\n");
  }
  return to_int(ExitCode::ok);
}

}  // namespace vc::agent
