#include "agent/explain/difference.hpp"

#include "agent/output_path.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

namespace vc::agent {

namespace {

using Kind = IngredientKind;

constexpr std::array kOrderOfTelling{
    Kind::version,    Kind::package,      Kind::task,
    Kind::definition, Kind::script,       Kind::input,
    Kind::manifest,   Kind::environment,  Kind::tool,
    Kind::argument,   Kind::global_input, Kind::lockfile,
    Kind::platform,   Kind::dependency,   Kind::dependency_outputs};

std::size_t rank_of(Kind kind) {
  return static_cast<std::size_t>(std::ranges::find(kOrderOfTelling, kind) -
                                  kOrderOfTelling.begin());
}

// Several ingredients of one name are a list, of which each entry is there or not.
bool is_listed(const Ingredient& ingredient) {
  return ingredient.kind == Kind::definition &&
         (ingredient.name == "output" || ingredient.name == "pass_env");
}

using Identity = std::tuple<std::size_t, std::string_view, std::string_view>;

Identity identity_of(const Ingredient& ingredient) {
  return {rank_of(ingredient.kind), ingredient.name,
          is_listed(ingredient) ? std::string_view(ingredient.value) : std::string_view()};
}

std::map<Identity, const Ingredient*> by_identity(const TaskNotes& notes) {
  std::map<Identity, const Ingredient*> out;
  for (const Ingredient& ingredient : notes.ingredients) {
    if (rank_of(ingredient.kind) < kOrderOfTelling.size()) {  // Else it was in no key.
      out.emplace(identity_of(ingredient), &ingredient);
    }
  }
  return out;
}

Difference difference_of(const Ingredient* before, const Ingredient* now) {
  const Ingredient& either = now != nullptr ? *now : *before;
  Difference out{.kind = either.kind, .name = either.name};
  out.change =
      before == nullptr ? Change::added : (now == nullptr ? Change::removed : Change::changed);
  out.before = before == nullptr ? "" : before->value;
  out.now = now == nullptr ? "" : now->value;
  return out;
}

std::string path_text(std::string_view name, std::string_view directory) {
  return printable(directory.empty() ? std::string(name) : fmt::format("{}/{}", directory, name));
}

// "file <digest>" -> "file".
std::string_view word_of(std::string_view value) {
  return value.substr(0, std::min(value.find(' '), value.size()));
}

std::string file_text(const Difference& difference, std::string_view directory) {
  if (difference.name.empty()) {
    return "further files changed";
  }
  const std::string path = path_text(difference.name, directory);
  if (difference.change != Change::changed) {
    return fmt::format("{} {}", path, name_of(difference.change));
  }
  const std::string_view was = word_of(difference.before);
  const std::string_view is = word_of(difference.now);
  if (was == is) {
    return path + " changed";
  }
  if (is == "executable") {
    return path + " became executable";
  }
  if (was == "executable" && is == "file") {
    return path + " is no longer executable";
  }
  return fmt::format("{} became a {}", path, is);
}

// Where it is taken apart, only what it says to this package counts.
std::string lockfile_text(const Difference& difference) {
  const bool is_apart = word_of(difference.now) == "packages";
  if (difference.change != Change::changed || !is_apart) {
    return word_of(difference.before) == "packages" && difference.change == Change::changed
               ? path_text(difference.name, "") + " counts whole now"
               : file_text(difference, "");
  }
  return fmt::format("what {} says to this package changed", path_text(difference.name, ""));
}

std::string from_to(const Difference& difference) {
  return fmt::format("{} -> {}", printable(difference.before), printable(difference.now));
}

std::string definition_text(const Difference& difference) {
  if (difference.name == "command") {
    return "the command changed: " + from_to(difference);
  }
  if (difference.name == "output" || difference.name == "pass_env") {
    return fmt::format("{} {} {}", difference.name == "output" ? "output pattern" : "pass_env",
                       printable(difference.now.empty() ? difference.before : difference.now),
                       name_of(difference.change));
  }
  return fmt::format("{} changed: {}", printable(difference.name), from_to(difference));
}

std::string script_text(const Difference& difference) {
  const std::string_view which =
      difference.name == "0" ? "pre script" : (difference.name == "2" ? "post script" : "script");
  return fmt::format("its {} changed", which);
}

std::string variable_text(const Difference& difference) {
  const bool was_set = difference.change != Change::added && difference.before != "unset";
  const bool is_set = difference.change != Change::removed && difference.now != "unset";
  if (difference.change != Change::changed && was_set == is_set) {
    return fmt::format("variable {} {} (unset)", printable(difference.name),
                       difference.change == Change::added ? "counts now" : "no longer counts");
  }
  return fmt::format("variable {} {}", printable(difference.name),
                     !was_set ? "set" : (is_set ? "changed" : "unset"));
}

std::string tool_text(const Difference& difference) {
  constexpr std::string_view kText = "text ";
  const std::string tool = printable(difference.name);
  if (difference.before.starts_with(kText) && difference.now.starts_with(kText)) {
    return fmt::format("tool `{}`: {} -> {}", tool, difference.before.substr(kText.size()),
                       difference.now.substr(kText.size()));
  }
  return fmt::format("tool `{}` {}", tool, name_of(difference.change));
}

std::string outputs_text(const Difference& difference) {
  const std::string label = printable(difference.name);
  switch (difference.change) {
    case Change::added:
      return fmt::format("outputs of {} count now", label);
    case Change::removed:
      return fmt::format("outputs of {} no longer count", label);
    case Change::changed:
      break;
  }
  if (difference.now.empty()) {
    return fmt::format("outputs of {} are not known yet", label);
  }
  if (difference.outputs == 0) {
    return fmt::format("outputs of {} changed", label);
  }
  return fmt::format(
      "outputs of {} changed: {}{}", label, printable(difference.first_output),
      difference.outputs == 1 ? "" : fmt::format(" and {} more", difference.outputs - 1));
}

}  // namespace

std::string_view name_of(Change change) {
  switch (change) {
    case Change::added:
      return "added";
    case Change::removed:
      return "removed";
    case Change::changed:
      break;
  }
  return "changed";
}

std::vector<Difference> differences(const TaskNotes& before, const TaskNotes& now) {
  const auto old_ones = by_identity(before);
  const auto new_ones = by_identity(now);
  std::map<Identity, Difference> found;
  for (const auto& [identity, ingredient] : old_ones) {
    const auto other = new_ones.find(identity);
    if (other == new_ones.end() || other->second->value != ingredient->value) {
      found.emplace(identity,
                    difference_of(ingredient, other == new_ones.end() ? nullptr : other->second));
    }
  }
  for (const auto& [identity, ingredient] : new_ones) {
    if (!old_ones.contains(identity)) {
      found.emplace(identity, difference_of(nullptr, ingredient));
    }
  }
  std::set<std::string> inputs;
  std::vector<Difference> out;
  for (auto& [identity, difference] : found) {
    if (difference.kind == Kind::input) {
      inputs.insert(difference.name);
    }
    if (difference.kind != Kind::manifest || !inputs.contains(difference.name)) {
      out.push_back(std::move(difference));
    }
  }
  return out;
}

std::string describe(const Difference& difference, std::string_view directory) {
  switch (difference.kind) {
    case Kind::version:
      return fmt::format("keys are made in another way since ({})", from_to(difference));
    case Kind::package:
    case Kind::task:
      return fmt::format("the {} moved: {}", name_of(difference.kind), from_to(difference));
    case Kind::definition:
      return definition_text(difference);
    case Kind::script:
      return script_text(difference);
    case Kind::input:
    case Kind::manifest:
      return file_text(difference, directory);
    case Kind::lockfile:
      return lockfile_text(difference);
    case Kind::global_input:
      return file_text(difference, "");
    case Kind::environment:
      return variable_text(difference);
    case Kind::tool:
      return tool_text(difference);
    case Kind::platform:
      return difference.change == Change::changed
                 ? "the platform changed: " + from_to(difference)
                 : "the platform " + std::string(difference.change == Change::added
                                                     ? "counts now"
                                                     : "no longer counts");
    case Kind::argument:
      return "the arguments after -- changed";
    case Kind::dependency_outputs:
      return outputs_text(difference);
    case Kind::dependency:
    case Kind::made_output:
    case Kind::maker:
      break;
  }
  if (difference.change == Change::changed && difference.now.empty()) {
    return fmt::format("the key of {} is not known yet", printable(difference.name));
  }
  return fmt::format("{} {} {}", name_of(difference.kind), printable(difference.name),
                     name_of(difference.change));
}

}  // namespace vc::agent
