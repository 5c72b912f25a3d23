#include "agent/run/output_guard.hpp"

#include <fmt/core.h>

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace vc::agent {

namespace {

// Relative to the package, whose path ends with a slash or is empty.
std::unordered_set<std::string> inputs_of(const TaskFingerprint& fingerprint,
                                          std::string_view package) {
  std::unordered_set<std::string> inputs;
  for_each_own_ingredient(fingerprint, [&](const Ingredient& ingredient) {
    if (ingredient.kind == IngredientKind::input && ingredient.name.starts_with(package)) {
      inputs.emplace(ingredient.name.substr(package.size()));
    }
  });
  return inputs;
}

}  // namespace

Result<void> OutputGuard::check(TaskId task) {
  const OutputScope& scope = context_.scopes.of(task);
  const TaskDefinition& definition = context_.node(task).definition;
  // What is not kept is not removed, and where nothing is stored nothing is restored.
  if (scope.globs->empty() || (definition.incremental && !definition.cache)) {
    return {};
  }
  const std::string package = scope.package.empty() ? "" : scope.package + "/";
  // Neither is looked at before there is an output: mostly there is none yet.
  std::optional<std::unordered_set<std::string>> inputs;
  const auto is_input = [&](std::string_view path) {
    if (!inputs) {
      inputs = inputs_of(context_.fingerprints[task], package);
    }
    return inputs->contains(std::string(path));
  };
  const auto is_tracked = [&](std::string_view path) {
    const GitRepository* git = repository();
    return git != nullptr && git->tracked().contains(git->prefix() + package + std::string(path));
  };
  VC_TRY(const auto overlap, protected_overlap(scope, [&](std::string_view path) {
           return is_input(path) || is_tracked(path);
         }));
  if (overlap.empty()) {
    return {};
  }
  const std::string& first = overlap.front();
  std::string globs;
  for (const std::string& pattern : scope.globs->patterns()) {
    globs += (globs.empty() ? "" : ", ") + pattern;
  }
  return fail(
      Errc::invalid,
      fmt::format("{}{} matches outputs [{}] but {}{}", package, first, globs,
                  is_input(first) ? "is an input of the same task" : "is tracked by git",
                  overlap.size() == 1 ? std::string()
                                      : fmt::format(", and {} more files do", overlap.size() - 1)),
      "nothing was removed: outputs must name only what the task makes");
}

const GitRepository* OutputGuard::repository() {
  std::call_once(opened_, [this] {
    if (auto opened = GitRepository::open(context_.config.root)) {
      repository_.emplace(*std::move(opened));
    }
  });
  return repository_ ? &*repository_ : nullptr;
}

}  // namespace vc::agent
