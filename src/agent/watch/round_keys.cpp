#include "agent/watch/round_keys.hpp"

#include "agent/fingerprint/ingredients.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

namespace vc::agent {

namespace {

constexpr std::size_t kTasksNamed = 3;

// Of a deferred task what is known of its key: what is not is what others make, and they have keys.
Digest round_key(const RunContext& context, TaskId task) {
  const TaskFingerprint& fingerprint = context.fingerprints[task];
  return fingerprint.is_deferred ? key_of(fingerprint) : fingerprint.key;
}

}  // namespace

RoundKeys keys_of(const RunContext& context) {
  RoundKeys keys;
  for (TaskId task = 0; task < context.graph.tasks.size(); ++task) {
    keys.emplace(context.node(task).label, round_key(context, task));
  }
  return keys;
}

std::string changed_tasks(const RunContext& context, const RoundKeys& before) {
  std::vector<bool> differs(context.graph.tasks.size());
  std::vector<std::string_view> first;
  for (TaskId task = 0; task < differs.size(); ++task) {
    const auto known = before.find(context.node(task).label);
    differs[task] = known == before.end() || known->second != round_key(context, task);
    const bool follows = std::ranges::any_of(
        context.node(task).dependencies, [&](TaskId dependency) { return differs[dependency]; });
    if (differs[task] && !follows) {
      first.push_back(context.node(task).label);
    }
  }
  std::string text;
  for (std::size_t i = 0; i < std::min(first.size(), kTasksNamed); ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : ", ", first[i]);
  }
  return first.size() > kTasksNamed
             ? fmt::format("{} and {} more", text, first.size() - kTasksNamed)
             : text;
}

}  // namespace vc::agent
