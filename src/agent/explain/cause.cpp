#include "agent/explain/cause.hpp"

#include "agent/output_path.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vc::agent {

namespace {

// Forged notes could send us around in circles.
constexpr std::size_t kStepsMax = 1000;

std::string and_others(std::size_t others) {
  return others == 0 ? "" : fmt::format(" and {} more change{}", others, others == 1 ? "" : "s");
}

struct Pair {
  TaskNotes before;
  TaskNotes now;
};

// The same comparison for the dependency that `difference` names.
std::optional<Pair> pair_of(const Difference& difference, const NotesLookup& lookup) {
  const auto key_before = Digest::parse(difference.before);
  const auto key_now = Digest::parse(difference.now);
  if (difference.kind != IngredientKind::dependency || !key_before || !key_now) {
    return std::nullopt;
  }
  auto before = lookup(difference.name, *key_before);
  auto now = lookup(difference.name, *key_now);
  if (!before || !now) {
    return std::nullopt;
  }
  return Pair{.before = *std::move(before), .now = *std::move(now)};
}

}  // namespace

std::optional<Cause> root_cause(const TaskNotes& before, const TaskNotes& now,
                                const NotesLookup& lookup) {
  std::vector<Difference> found = differences(before, now);
  if (found.empty()) {
    return std::nullopt;
  }
  Cause cause{.label = now.label,
              .directory = std::string(now.directory()),
              .difference = found.front(),
              .others = found.size() - 1};
  std::vector<std::string> path;
  for (std::size_t step = 0; step < kStepsMax; ++step) {
    const auto pair = pair_of(cause.difference, lookup);
    if (!pair) {
      break;
    }
    found = differences(pair->before, pair->now);
    if (found.empty()) {
      break;
    }
    path.push_back(cause.label);
    cause.label = pair->now.label;
    cause.directory = std::string(pair->now.directory());
    cause.difference = found.front();
    cause.others = found.size() - 1;
  }
  cause.through.assign(path.rbegin(), path.rend());
  return cause;
}

std::string sentence(const Cause& cause) {
  std::string out = describe(cause.difference, cause.directory) + and_others(cause.others);
  if (!cause.through.empty()) {
    std::string path = printable(cause.label);
    for (const std::string& label : cause.through) {
      path += " -> " + printable(label);
    }
    out += fmt::format(" ({})", path);
  }
  return out;
}

std::string short_reason(const Cause& cause) {
  if (cause.through.empty()) {
    return describe(cause.difference, "") + and_others(cause.others);
  }
  return fmt::format("dependency {} changed ({})", printable(cause.label),
                     describe(cause.difference, ""));
}

}  // namespace vc::agent
