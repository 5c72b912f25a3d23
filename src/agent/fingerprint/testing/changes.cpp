// What happens to a workspace between two looks at it.

#include "agent/fingerprint/testing/blueprint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <ostream>
#include <string_view>
#include <utility>

namespace vc::agent::property {

namespace {

// What it is called, and what it does.
using KindOfChange = std::pair<const char*, std::function<void(Blueprint&, const Change&)>>;

// `change` for the task or package of number `a`.
auto on_task(void (*change)(TaskSpec&, const Change&)) {
  return [change](Blueprint& b, const Change& c) {
    change(b.tasks[static_cast<std::size_t>(c.a) % b.tasks.size()], c);
  };
}

auto on_package(void (*change)(PackageSpec&, const Change&)) {
  return [change](Blueprint& b, const Change& c) {
    change(b.packages[static_cast<std::size_t>(c.a) % b.packages.size()], c);
  };
}

// Takes a number out of a list, or puts it in.
void toggle(std::vector<int>& list, int number) {
  if (std::erase(list, number) == 0) {
    list.push_back(number);
  }
}

bool is_at(const FileSpec& file, const Change& c, const Blueprint& b) {
  const int packages = static_cast<int>(b.packages.size());
  return file.package % packages == c.a % packages && path_of(file.path) == path_of(c.b);
}

const std::array<KindOfChange, kChanges>& kinds() {
  static const std::array<KindOfChange, kChanges> kKinds{{
      {"a file is written",
       [](Blueprint& b, const Change& c) {
         b.files.push_back({.package = c.a, .path = c.b, .kind = 0, .content = c.c});
       }},
      {"a file becomes executable",
       [](Blueprint& b, const Change& c) {
         b.files.push_back({.package = c.a, .path = c.b, .kind = 1, .content = c.c});
       }},
      {"a link is made",
       [](Blueprint& b, const Change& c) {
         b.files.push_back({.package = c.a, .path = c.b, .kind = 2, .content = c.c});
       }},
      {"a file is removed",
       [](Blueprint& b, const Change& c) {
         std::erase_if(b.files, [&](const FileSpec& file) { return is_at(file, c, b); });
       }},
      {"files are written again", [](Blueprint&, const Change&) {}},
      {"a variable is set",
       [](Blueprint& b, const Change& c) { b.variables[c.a % kVariables] = c.b; }},
      {"a tool says something else",
       [](Blueprint& b, const Change& c) {
         b.tools.at(static_cast<std::size_t>(c.a) % kTools) = c.b;
       }},
      {"a command", on_task([](TaskSpec& t, const Change& c) { t.command = c.b; })},
      {"retries, timeout and description",
       on_task([](TaskSpec& t, const Change& c) { t.rules = c.b % 5; })},
      {"outputs", on_task([](TaskSpec& t, const Change& c) { t.outputs = c.b % 3; })},
      {"incremental",
       on_task([](TaskSpec& t, const Change&) { t.is_incremental = !t.is_incremental; })},
      {"platform", on_task([](TaskSpec& t, const Change&) {
         t.is_for_all_platforms = !t.is_for_all_platforms;
       })},
      {"a pattern",
       on_task([](TaskSpec& t, const Change& c) { toggle(t.patterns, c.b % kPatterns); })},
      {"a declared variable",
       on_task([](TaskSpec& t, const Change& c) { toggle(t.variables, c.b % 3); })},
      {"a passed variable",
       on_task([](TaskSpec& t, const Change& c) { toggle(t.passed, c.b % 2); })},
      {"a manifest", on_package([](PackageSpec& p, const Change& c) { p.manifest = c.b; })},
      {"what a package uses",
       on_package([](PackageSpec& p, const Change& c) { toggle(p.uses, c.b); })},
      {"the lockfile", [](Blueprint& b, const Change& c) { b.lockfile = c.a; }},
      {"a file at the root",
       [](Blueprint& b, const Change& c) { b.shared[c.a % kSharedPaths] = c.b; }},
      {"an argument", [](Blueprint& b, const Change& c) { b.argument = c.a % 3; }},
      {"the order of keys", [](Blueprint& b, const Change&) { b.is_reversed = !b.is_reversed; }},
  }};
  return kKinds;
}

const KindOfChange& kind_of(const Change& change) {
  return kinds().at(static_cast<std::size_t>(change.kind) % kChanges);
}

}  // namespace

Blueprint changed(Blueprint blueprint, const Change& change) {
  kind_of(change).second(blueprint, change);
  return blueprint;
}

bool rewrites_files(const Change& change) {
  return std::string_view(kind_of(change).first) == "files are written again";
}

std::ostream& operator<<(std::ostream& out, const Change& change) {
  return out << fmt::format("{} ({}, {}, {})", kind_of(change).first, change.a, change.b, change.c);
}

std::ostream& operator<<(std::ostream& out, const Blueprint& blueprint) {
  out << '\n';
  for (const auto& [path, node] : tree_of(blueprint)) {
    out << "--- " << path << ": ";
    if (path == "velocity.yml") {
      out << '\n' << node.text;
    } else {
      PrintTo(node, &out);
      out << '\n';
    }
  }
  const Environment environment = environment_of(blueprint);
  for (const auto& [name, value] : environment.all()) {
    out << name << '=' << value << '\n';
  }
  return out << fmt::format("tools say {} and {}, argument {}\n", blueprint.tools[0],
                            blueprint.tools[1], blueprint.argument);
}

}  // namespace vc::agent::property
