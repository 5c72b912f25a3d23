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

void mark_verified(RunContext& context, std::vector<TaskLookup>& lookups, unsigned percent) {
  std::vector<TaskId> candidates;
  for (TaskId task = 0; task < lookups.size(); ++task) {
    const Place place = lookups[task].place;
    if (is_hit(place) && (place != Place::current || context.tiers.find(context.key(task)))) {
      candidates.push_back(task);
    }
  }
  for (const TaskId task : verified_sample(std::move(candidates), context.fingerprints, percent)) {
    lookups[task].is_verified = true;
  }
}

}  // namespace vc::agent
