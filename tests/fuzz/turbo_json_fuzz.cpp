// turbo.json: any bytes are tasks or a list of mistakes with positions, and what is accepted cannot
// reach out of its package.
#include "agent/config.hpp"
#include "agent/task_graph.hpp"
#include "agent/turbo/turbo_config.hpp"
#include "core/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace vc;
using namespace vc::agent;

void expect_explained(std::string_view text, const Diagnostics& errors) {
  VC_ASSERT(has_errors(errors));
  const auto lines = 1 + std::ranges::count(text, '\n');
  for (const Diagnostic& error : errors) {
    VC_ASSERT(!error.message.empty() && error.code > 0);
    VC_ASSERT(error.at.line >= 0 && error.at.line <= lines && error.at.width >= 1);
  }
  VC_ASSERT(!render(errors, Colour::off).contains('\x1b'));
}

void expect_inside(const PatternList& list) {
  VC_ASSERT(list.patterns.size() == list.positions.size());
  for (std::string_view pattern : list.patterns) {
    pattern.remove_prefix(pattern.starts_with('!') ? 1 : 0);
    VC_ASSERT(!pattern.empty() && !pattern.starts_with('/') && !pattern.starts_with("../"));
    VC_ASSERT(!pattern.contains("/../") && !pattern.ends_with("/.."));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(is_package_turbo_text(text));
  if (const auto config = parse_turbo_config(text, "/nowhere/turbo.json")) {
    for (const auto& [name, task] : config->pipeline) {
      expect_inside(task.outputs);
      expect_inside(task.root_inputs);
      expect_inside(task.inputs.value_or(PatternList()));
    }
    // Two packages, of which one uses the other: overlaps are settled, circles reported.
    Workspace workspace{.root = config->root};
    workspace.packages.push_back({.id = 0, .name = "a", .directory = "a"});
    workspace.packages.push_back({.id = 1, .name = "b", .directory = "b", .dependencies = {0}});
    Selection all;
    for (const auto& [name, task] : config->pipeline) {
      workspace.packages[0].scripts.emplace(name, "true");
      all.tasks.push_back(name);
    }
    const std::vector<LoadedPackage> loaded(workspace.packages.size());
    VC_ASSERT(!has_errors(add_turbo_tasks(*config, loaded, workspace)));
    if (const auto graph = build_task_graph(*config, workspace, all)) {
      for (TaskId id = 0; id < graph->tasks.size(); ++id) {
        VC_ASSERT(std::ranges::all_of(graph->tasks[id].dependencies,
                                      [&](TaskId dependency) { return dependency < id; }));
      }
    } else {
      VC_ASSERT(!render(graph.error()).empty());
    }
  } else {
    expect_explained(text, config.error());
  }
  if (const auto own = parse_turbo_file(text, "a/turbo.json", TurboPlace::package); !own) {
    expect_explained(text, own.error());
  }
  return 0;
}
