// Lockfiles: any bytes are a graph whose numbers are in bounds, or an error with a reason. The
// first byte chooses the format.
#include "agent/lockfile/lock_closures.hpp"
#include "agent/lockfile/lock_graph.hpp"
#include "core/assert.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace {

using namespace vc;
using namespace vc::agent;

constexpr std::array<std::string_view, 4> kFiles{"package-lock.json", "bun.lock", "pnpm-lock.yaml",
                                                 "yarn.lock"};

void expect_sound(const LockGraph& graph) {
  for (const LockNode& node : graph.nodes) {
    for (const LockId id : node.dependencies) {
      VC_ASSERT(id < graph.nodes.size());
    }
  }
  for (const auto& [directory, id] : graph.importers) {
    VC_ASSERT(id < graph.nodes.size() && graph.nodes[id].identity.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view file = kFiles[data[0] % kFiles.size()];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::vector<ManifestDependency> wanted{
      {.name = "a", .range = "^1.0.0"},
      {.name = "@s/b", .range = "*", .kind = DependencyKind::peer}};
  const LockContext context{
      .importers = {{.directory = "", .name = "root", .dependencies = &wanted},
                    {.directory = "packages/web", .name = "web", .dependencies = &wanted}},
      .overridden = {"c"}};
  const auto graph = read_lockfile(file, text, context);
  if (!graph) {
    VC_ASSERT(!graph.error().message.empty());
    return 0;
  }
  expect_sound(*graph);
  Workspace workspace;
  workspace.packages.push_back({.id = 0, .name = "web", .directory = "packages/web"});
  VC_ASSERT(closure_digests(*graph, workspace).size() == 1);
  return 0;
}
