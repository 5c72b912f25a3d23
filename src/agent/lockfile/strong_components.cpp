#include "agent/lockfile/strong_components.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace vc::agent {

namespace {

class Tarjan {
 public:
  explicit Tarjan(const Adjacency& leads_to) : leads_to_(leads_to), seen_(leads_to.size()) {}

  std::vector<std::vector<std::uint32_t>> run() && {
    for (std::uint32_t node = 0; node < leads_to_.size(); ++node) {
      if (seen_[node].number == 0) {
        visit_all_from(node);
      }
    }
    return std::move(components_);
  }

 private:
  struct Seen {
    std::uint32_t number = 0;  // In the order of discovery, from 1; 0 is not yet.
    std::uint32_t low = 0;     // The smallest number it is known to reach.
    bool is_open = false;      // In no component yet.
  };

  struct Visit {
    std::uint32_t node = 0;
    std::size_t next = 0;  // Of what it leads to.
  };

  void enter(std::uint32_t node) {
    ++count_;
    seen_[node] = {.number = count_, .low = count_, .is_open = true};
    open_.push_back(node);
    path_.push_back({.node = node});
  }

  void visit_all_from(std::uint32_t start) {
    enter(start);
    while (!path_.empty()) {
      Visit& visit = path_.back();
      Seen& here = seen_[visit.node];
      if (visit.next < leads_to_[visit.node].size()) {
        const std::uint32_t target = leads_to_[visit.node][visit.next++];
        if (seen_[target].number == 0) {
          enter(target);
        } else if (seen_[target].is_open) {
          here.low = std::min(here.low, seen_[target].number);
        }
        continue;
      }
      const std::uint32_t node = visit.node;
      path_.pop_back();
      if (!path_.empty()) {
        Seen& above = seen_[path_.back().node];
        above.low = std::min(above.low, here.low);
      }
      if (here.low == here.number) {
        close(node);
      }
    }
  }

  void close(std::uint32_t first) {
    auto& component = components_.emplace_back();
    do {
      component.push_back(open_.back());
      seen_[open_.back()].is_open = false;
      open_.pop_back();
    } while (component.back() != first);
  }

  const Adjacency& leads_to_;
  std::vector<Seen> seen_;
  std::vector<std::uint32_t> open_;
  std::vector<Visit> path_;
  std::vector<std::vector<std::uint32_t>> components_;
  std::uint32_t count_ = 0;
};

}  // namespace

std::vector<std::vector<std::uint32_t>> strong_components(const Adjacency& leads_to) {
  return Tarjan(leads_to).run();
}

}  // namespace vc::agent
