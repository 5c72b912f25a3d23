#include "agent/task_graph/topological_order.hpp"

#include <algorithm>

namespace vc::agent {

namespace {

struct Visit {
  Node node;
  std::size_t next = 0;  // Index into its dependencies.
};

// What lies on the path from the first visit of `node` on: the circle its second would close.
std::vector<Node> circle_through(Node node, const std::vector<Visit>& path) {
  const auto begin = std::ranges::find(path, node, &Visit::node);
  std::vector<Node> circle;
  std::transform(begin, path.end(), std::back_inserter(circle),
                 [](const Visit& step) { return step.node; });
  return circle;
}

}  // namespace

std::expected<std::vector<Node>, std::vector<Node>> topological_order(
    std::uint32_t count, const DependenciesOf& dependencies_of) {
  enum class State : std::uint8_t { unseen, open, done };

  std::vector<State> states(count, State::unseen);
  std::vector<Node> order;
  order.reserve(count);
  std::vector<Visit> path;
  for (Node start = 0; start < count; ++start) {
    if (states[start] != State::unseen) {
      continue;
    }
    states[start] = State::open;
    path.push_back({.node = start});
    while (!path.empty()) {
      Visit& visit = path.back();
      const auto dependencies = dependencies_of(visit.node);
      if (visit.next == dependencies.size()) {
        states[visit.node] = State::done;
        order.push_back(visit.node);
        path.pop_back();
        continue;
      }
      const Node next = dependencies[visit.next++];
      if (states[next] == State::unseen) {
        states[next] = State::open;
        path.push_back({.node = next});
      } else if (states[next] == State::open) {
        return std::unexpected(circle_through(next, path));
      }
    }
  }
  return order;
}

}  // namespace vc::agent
