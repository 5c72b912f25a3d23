#include "agent/run/older_outputs.hpp"

#include <algorithm>

namespace vc::agent {

StartedFrom OlderOutputs::of_executed(TaskId task, StartedFrom own) {
  const bool is_older = own == StartedFrom::older_outputs || stand_before(task);
  executed_[task] = is_older ? Origin::older_outputs : Origin::empty;
  return is_older ? StartedFrom::older_outputs : StartedFrom::empty;
}

// What counts by its outputs is in the key as it is, so nothing behind such an edge matters.
bool OlderOutputs::stand_before(TaskId task) const {
  std::vector<bool> seen(context_.graph.tasks.size());
  std::vector<TaskId> reached{task};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    const TaskNode& node = context_.node(reached[i]);
    for (const TaskId dependency : node.dependencies) {
      if (!seen[dependency] && !node.counts_outputs_of(dependency)) {
        seen[dependency] = true;
        reached.push_back(dependency);
      }
    }
  }
  reached.erase(reached.begin());
  const auto is_cached = [&](TaskId id) {
    return context_.node(id).has_command && context_.node(id).definition.is_cached();
  };
  // Mostly there is none, and no result has to be opened.
  const bool may_be = std::ranges::any_of(reached, [&](TaskId id) {
    return is_cached(id) && context_.node(id).definition.incremental;
  });
  return may_be && std::ranges::any_of(reached, [&](TaskId id) {
           const Origin origin = executed_[id];
           return is_cached(id) && (origin == Origin::unknown ? is_hit_of_them(id)
                                                              : origin == Origin::older_outputs);
         });
}

// Without its artifact nobody can say of an incremental one.
bool OlderOutputs::is_hit_of_them(TaskId task) const {
  auto entry = context_.tiers.find_written(context_.key(task));
  if (!entry) {
    entry = context_.tiers.find(context_.key(task));
  }
  const auto head = entry ? read_archive_head(archive_source(entry->entry))
                          : fail(Errc::not_found, "no such entry");
  return head ? head->manifest.provenance.contains(std::string(kMadeOfOlderOutputs))
              : context_.node(task).definition.incremental;
}

}  // namespace vc::agent
