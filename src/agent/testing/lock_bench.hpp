// What tests of lockfile readers say of a LockGraph.
#pragma once

#include "agent/lockfile/lock_graph.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent::testing {

// The identities an importer reaches that contain `name`, or all of them; "?" for what is
// unresolved on the way.
inline std::vector<std::string> reached(const LockGraph& graph, std::string_view directory) {
  const auto importer = graph.importers.find(directory);
  if (importer == graph.importers.end()) {
    ADD_FAILURE() << "no importer \"" << directory << "\"";
    return {};
  }
  std::set<LockId> seen{importer->second};
  std::vector<LockId> waiting{importer->second};
  std::set<std::string> found;
  while (!waiting.empty()) {
    const LockNode& node = graph.nodes[waiting.back()];
    waiting.pop_back();
    if (!node.identity.empty()) {
      found.insert(node.identity);
    }
    if (node.unresolved) {
      found.insert("?");
    }
    for (const LockId id : node.dependencies) {
      if (seen.insert(id).second) {
        waiting.push_back(id);
      }
    }
  }
  return {found.begin(), found.end()};
}

// How many of the reached contain the text.
inline long count_reached(const LockGraph& graph, std::string_view directory,
                          std::string_view text) {
  return std::ranges::count_if(reached(graph, directory), [&](const std::string& identity) {
    return identity.contains(text);
  });
}

}  // namespace vc::agent::testing
