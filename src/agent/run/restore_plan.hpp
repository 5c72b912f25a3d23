// RestorePlan: which results that a cache has are put in place when, and which not at all.
//
// A result that is cached needs no dependency to be put in place, so that it goes ahead of the
// order of the graph. Only where something behind it executes does it wait its turn: should an
// input be edited during that execution, the result is not used.
#pragma once

#include "agent/run/lookup.hpp"
#include "agent/run/run_context.hpp"

#include <span>
#include <vector>

namespace vc::agent {

struct RestorePlan {
  std::vector<TaskId> ahead;    // First what a task waits for that executes; else as in the graph.
  std::vector<TaskId> in_turn;  // When their dependencies are done.
  std::vector<TaskId> left;     // Nobody needs them, as far as is known now.
  std::vector<bool> needed;     // By TaskId: something that executes comes after it.
};

constexpr bool is_hit(Place place) {
  return place == Place::current || place == Place::local || place == Place::remote;
}

// Pure. `lookups` by TaskId.
RestorePlan plan_restores(const TaskGraph& graph, std::span<const TaskLookup> lookups,
                          RestoreScope scope);

}  // namespace vc::agent
