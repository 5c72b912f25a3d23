// The sample of cached results that `run --verify` makes again.
//
// Chosen by key alone: the same run verifies the same tasks every time and on every machine, so
// that what one run found another one finds again. A key that changes, as keys do with every
// commit, draws anew; `--verify=all` leaves nothing to the draw.
#pragma once

#include "agent/run/lookup.hpp"
#include "agent/run/run_context.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace vc::agent {

inline constexpr unsigned kVerifyPercentDefault = 10;

// "1%" to "100%", or "all"; "" is the default. Errc::invalid says what is meant.
Result<unsigned> parse_verify_percent(std::string_view text);

// Those with the smallest keys: `percent` of them, rounded up, so that one is always among them.
// Pure; `candidates` are indices into `keys`.
std::vector<TaskId> verified_sample(std::vector<TaskId> candidates,
                                    const std::vector<TaskFingerprint>& keys, unsigned percent);

// Marks the sample of the hits among `tasks`, if the run verifies; `lookups` is in their order.
// Only those that an artifact is at hand for, here or in the remote cache: what is only in place
// could not be put back.
void mark_verified(RunContext& context, std::span<const TaskId> tasks,
                   std::vector<TaskLookup>& lookups);

}  // namespace vc::agent
