// parallel_for(): calls `work(i, worker)` for every i below `count`, on up to `threads` threads,
// this one among them. Which thread takes which i is decided as they go; `worker` < max(threads, 1)
// names the thread, for what each wants to have for itself.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <system_error>
#include <thread>
#include <vector>

namespace vc::agent {

template <class Work>
void parallel_for(std::size_t count, unsigned threads, const Work& work) {
  std::atomic<std::size_t> next = 0;
  const auto run = [&](unsigned worker) {
    for (std::size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
      work(i, worker);
    }
  };
  std::vector<std::jthread> others;
  try {
    for (unsigned worker = 1; worker < std::min<std::size_t>(threads, count); ++worker) {
      others.emplace_back(run, worker);
    }
  } catch (const std::system_error&) {  // NOLINT(bugprone-empty-catch): fewer threads do it too.
  }
  run(0);
}

}  // namespace vc::agent
