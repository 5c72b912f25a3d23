// What dependencies contribute to a key: their own keys, or what they have made.
#include "agent/fingerprint.hpp"
#include "agent/fingerprint/ingredients.hpp"

#include <algorithm>
#include <utility>

namespace vc::agent {

namespace {

// Where they lie counts too, for that is where they are read. "" when they are not known.
std::string made_text(const Package& package, const std::optional<Digest>& outputs) {
  return outputs ? outputs->hex() + " " + package.directory : "";
}

}  // namespace

void finish_key(const Workspace& workspace, const TaskGraph& graph, TaskId task,
                KnownOutputs outputs, std::vector<TaskFingerprint>& fingerprints) {
  const TaskNode& node = graph.tasks[task];
  TaskFingerprint& fingerprint = fingerprints[task];
  fingerprint.dependencies.clear();
  // By label: the ids depend on what else is in the graph.
  std::vector<TaskId> dependencies = node.dependencies;
  std::ranges::sort(dependencies, {},
                    [&](TaskId id) -> const std::string& { return graph.tasks[id].label; });
  fingerprint.is_deferred = false;
  for (const TaskId id : dependencies) {
    const TaskNode& used = graph.tasks[id];
    Ingredient ingredient{.kind = IngredientKind::dependency, .name = used.label, .value = {}};
    if (node.counts_outputs_of(id)) {
      ingredient.kind = IngredientKind::dependency_outputs;
      ingredient.value = made_text(workspace.packages[used.package], outputs[id]);
    } else if (!fingerprints[id].is_deferred) {
      ingredient.value = fingerprints[id].key.hex();
    }
    fingerprint.is_deferred = fingerprint.is_deferred || ingredient.value.empty();
    fingerprint.dependencies.push_back(std::move(ingredient));
  }
  fingerprint.key = fingerprint.is_deferred ? Digest() : key_of(fingerprint);
}

bool key_counts(const Workspace& workspace, const TaskGraph& graph, TaskId task,
                KnownOutputs outputs, const TaskFingerprint& fingerprint) {
  return std::ranges::all_of(graph.tasks[task].on_outputs, [&](TaskId id) {
    const TaskNode& used = graph.tasks[id];
    const Ingredient counted{.kind = IngredientKind::dependency_outputs,
                             .name = used.label,
                             .value = made_text(workspace.packages[used.package], outputs[id])};
    return outputs[id] &&
           std::ranges::find(fingerprint.dependencies, counted) != fingerprint.dependencies.end();
  });
}

std::optional<Digest> counted_outputs(const TaskFingerprint& fingerprint, std::string_view label) {
  for (const Ingredient& ingredient : fingerprint.dependencies) {
    if (ingredient.kind == IngredientKind::dependency_outputs && ingredient.name == label) {
      const auto digest =
          Digest::parse(std::string_view(ingredient.value).substr(0, Digest::kHexSize));
      return digest ? std::optional(*digest) : std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace vc::agent
