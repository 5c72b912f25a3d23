// Orders a graph so that what others wait for comes first, or finds a circle in it.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <span>
#include <vector>

namespace vc::agent {

using Node = std::uint32_t;
// The nodes one node waits for.
using DependenciesOf = std::function<std::span<const Node>(Node)>;

// All nodes below `count`, dependencies first; else the nodes of one circle, each waiting for the
// next and the last for the first. Linear time, no recursion, and the same for the same graph.
std::expected<std::vector<Node>, std::vector<Node>> topological_order(
    std::uint32_t count, const DependenciesOf& dependencies_of);

}  // namespace vc::agent
