#include "agent/run/output_guard.hpp"

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <unordered_set>

namespace vc::agent {

Result<void> OutputGuard::check(TaskId task) {
  const OutputScope& scope = context_.scopes.of(task);
  if (scope.globs->empty()) {
    return {};
  }
  const std::string package = scope.package.empty() ? "" : scope.package + "/";
  std::unordered_set<std::string> inputs;
  for_each_ingredient(context_.fingerprints[task], [&](const Ingredient& ingredient) {
    if (ingredient.kind == IngredientKind::input && ingredient.name.starts_with(package)) {
      inputs.insert(ingredient.name.substr(package.size()));
    }
  });
  const GitRepository* git = repository();
  const auto is_tracked = [&](std::string_view path) {
    return git != nullptr && git->tracked().contains(git->prefix() + package + std::string(path));
  };
  VC_TRY(const auto overlap, protected_overlap(scope, [&](std::string_view path) {
           return inputs.contains(std::string(path)) || is_tracked(path);
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
                  inputs.contains(first) ? "is an input of the same task" : "is tracked by git",
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
