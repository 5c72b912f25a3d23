// Which nodes of a directed graph reach each other (Tarjan 1972), without recursion.
#pragma once

#include <cstdint>
#include <vector>

namespace vc::agent {

using Adjacency = std::vector<std::vector<std::uint32_t>>;  // By node: where it leads.

// The components, each after all those it leads to; together every node once.
std::vector<std::vector<std::uint32_t>> strong_components(const Adjacency& leads_to);

}  // namespace vc::agent
