#include "agent/run/changed_outputs.hpp"

namespace vc::agent {

namespace {

bool are_in_place(const RunContext& context, TaskId task, const Digest& counted) {
  const OutputScope& scope = context.scopes.of(task);
  const auto record = read_output_record(context.state_directory, context.node(task).label);
  if (record && outputs_digest(record->entries) == counted &&
      outputs_are_current(scope, *record, Verification::stamps)) {
    return true;
  }
  const auto collected = collect_outputs(scope);
  return collected && outputs_digest(collected->entries) == counted;
}

}  // namespace

std::vector<std::string> changed_outputs(const RunContext& context, TaskId task) {
  std::vector<std::string> changed;
  for (const TaskId made : context.node(task).on_outputs) {
    const std::string& label = context.node(made).label;
    const auto counted = counted_outputs(context.fingerprints[task], label);
    if (!counted || !are_in_place(context, made, *counted)) {
      changed.push_back("outputs of " + label);
    }
  }
  return changed;
}

}  // namespace vc::agent
