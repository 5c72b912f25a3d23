#include "agent/verify/verified_sample.hpp"

#include "agent/run/restore_plan.hpp"

#include <algorithm>
#include <charconv>

namespace vc::agent {

Result<unsigned> parse_verify_percent(std::string_view text) {
  constexpr unsigned kAll = 100;
  if (text.empty()) {
    return kVerifyPercentDefault;
  }
  if (text == "all") {
    return kAll;
  }
  unsigned percent = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), percent);
  if (failure != std::errc() || std::string_view(end, text.data() + text.size()) != "%" ||
      percent == 0 || percent > kAll) {
    return fail(Errc::invalid, "--verify takes a share of the cached results, 1% to 100%, or all");
  }
  return percent;
}

std::vector<TaskId> verified_sample(std::vector<TaskId> candidates,
                                    const std::vector<TaskFingerprint>& keys, unsigned percent) {
  constexpr std::size_t kWhole = 100;
  std::ranges::sort(candidates, {}, [&](TaskId task) { return keys[task].key; });
  candidates.resize((candidates.size() * percent + kWhole - 1) / kWhole);
  return candidates;
}

void mark_verified(RunContext& context, std::span<const TaskId> tasks,
                   std::vector<TaskLookup>& lookups) {
  if (!context.options.verify_percent) {
    return;
  }
  std::vector<TaskId> candidates;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const Place place = lookups[i].place;
    if (is_hit(place) && (place != Place::current || context.tiers.find(context.key(tasks[i])))) {
      candidates.push_back(tasks[i]);
    }
  }
  const std::vector<TaskId> sample =
      verified_sample(std::move(candidates), context.fingerprints, *context.options.verify_percent);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    lookups[i].is_verified = std::ranges::find(sample, tasks[i]) != sample.end();
  }
}

}  // namespace vc::agent
