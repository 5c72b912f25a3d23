#include "agent/commands/why.hpp"

#include "agent/commands/session.hpp"
#include "agent/explain/explanation.hpp"
#include "agent/explain/remote_notes.hpp"

#include <algorithm>
#include <limits>
#include <memory>

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

// By TaskId: whether the remote cache is asked what was in its key.
std::vector<bool> asked_of_remote(const RunContext& run, const RunMemory& memory, Against against) {
  std::vector<bool> asked(run.graph.tasks.size());
  for (TaskId task = 0; task < asked.size(); ++task) {
    const TaskNode& node = run.node(task);
    asked[task] = node.requested && (against == Against::remote ||
                                     (against == Against::nearest && run.may_read_remote() &&
                                      !memory.store().last_key(node.label)));
  }
  return asked;
}

Result<std::unique_ptr<RemoteNotes>> notes_elsewhere(const RunContext& run) {
  if (run.remote == nullptr) {
    return fail(Errc::unavailable, run.config.file + " names no remote that can be used");
  }
  if (!run.may_read_remote()) {
    return fail(Errc::unavailable, run.config.remote.url + " is not to be read");
  }
  const auto warn = [&progress = run.progress](std::string_view text) {
    progress.notice(Severity::warning, text);
  };
  return RemoteNotes::look(run, *run.remote, warn, {});
}

// Null when nobody asks, or nobody answers; the latter is told.
std::unique_ptr<RemoteNotes> look_at_remote(const RunContext& run, const std::vector<bool>& asked,
                                            Against against) {
  if (std::ranges::find(asked, true) == asked.end()) {
    return nullptr;
  }
  auto remote = notes_elsewhere(run);
  if (remote) {
    return *std::move(remote);
  }
  if (against == Against::remote) {
    run.progress.notice(
        Severity::warning,
        "compared with the last run here, not with a trusted one: " + remote.error().message);
  }
  return nullptr;
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
  RunContext& run = (*session)->run_context();
  const RunMemory memory(run);
  const std::vector<bool> asked = asked_of_remote(run, memory, arguments.against);
  const auto remote = look_at_remote(run, asked, arguments.against);
  std::vector<Explanation> explanations;
  for (TaskId task = 0; task < run.graph.tasks.size(); ++task) {
    if (run.node(task).requested) {
      explanations.push_back(explain(task, run, lookups.tasks[task].place, memory,
                                     asked[task] ? remote.get() : nullptr));
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
