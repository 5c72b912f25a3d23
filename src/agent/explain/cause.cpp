#include "agent/explain/cause.hpp"

#include "agent/output_path.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

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

// The notes of the task `label` as it was when the outputs that count in `notes` were made.
std::optional<TaskNotes> maker_of(std::string_view label, const TaskNotes& notes,
                                  const NotesLookup& lookup) {
  const auto maker = std::ranges::find_if(notes.ingredients, [&](const Ingredient& each) {
    return each.kind == IngredientKind::maker && each.name == label;
  });
  const auto key =
      maker == notes.ingredients.end() ? std::nullopt : std::optional(Digest::parse(maker->value));
  return key && *key ? lookup(label, **key) : std::nullopt;
}

std::map<std::string_view, std::string_view> outputs_of(const TaskNotes& notes) {
  std::map<std::string_view, std::string_view> out;
  for (const Ingredient& each : notes.ingredients) {
    if (each.kind == IngredientKind::made_output) {
      out.emplace(each.name, each.value);
    }
  }
  return out;
}

}  // namespace

void name_outputs(Difference& difference, const TaskNotes& before, const TaskNotes& now,
                  const NotesLookup& lookup) {
  if (difference.kind != IngredientKind::dependency_outputs ||
      difference.change != Change::changed || difference.now.empty()) {
    return;
  }
  const auto maker_before = maker_of(difference.name, before, lookup);
  const auto maker_now = maker_of(difference.name, now, lookup);
  const auto made_before = maker_before ? outputs_of(*maker_before) : decltype(outputs_of(now))();
  const auto made_now = maker_now ? outputs_of(*maker_now) : decltype(made_before)();
  if (made_before.empty() || made_now.empty()) {
    return;
  }
  std::set<std::string_view> others;
  for (const auto& [one, other] : {std::pair(&made_before, &made_now), {&made_now, &made_before}}) {
    for (const auto& [path, value] : *one) {
      const auto found = other->find(path);
      if (found == other->end() || found->second != value) {
        others.insert(path);
      }
    }
  }
  difference.outputs = others.size();
  difference.first_output = others.empty() ? std::string() : std::string(*others.begin());
}

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
  name_outputs(cause.difference, before, now, lookup);
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
    name_outputs(cause.difference, pair->before, pair->now, lookup);
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
