// Lookup: where the result of every task is, before anything runs: still on disk, in the local
// cache, in the remote one, or nowhere.
//
// The network is asked only when something is neither on disk nor in the local cache, and then once
// for all of it.
#pragma once

#include "agent/run/run_context.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace vc::agent {

enum class Place {
  no_command,    // A node of the graph that runs nothing.
  never_cached,  // `cache: false`.
  current,       // The outputs are in place already.
  local,
  remote,
  nowhere,
  deferred,  // Its key is not known yet: it counts what something makes that has yet to run.
};

// A thousand long logs must not be in memory at once only because they may be replayed.
inline constexpr std::size_t kLogBytesKept = 16 << 10;

struct TaskLookup {
  Place place = Place::nowhere;
  // With Place::current: key, duration and log, unless that is longer than kLogBytesKept.
  std::optional<OutputRecord> record;
  std::optional<RemoteArtifact> artifact;  // With Place::remote.
  std::uint64_t duration_ms = 0;           // How long the command took before; 0 is unknown.
  bool is_refused = false;                 // Its cached result turned out to be of no use.
  bool is_verified = false;                // A hit that `--verify` makes again.
  // Something that stands before it may have executed since it was looked up. Set when it starts.
  bool is_in_turn = false;
  // Of a hit whose outputs count in keys: their digest, as its seal, its manifest or its record has
  // it; nullopt when none says so, and it has to be put in place first.
  std::optional<Digest> outputs;
  std::optional<SteadyTime> asked;  // When, if later than the first ones.
  // Its key is known and says of its dependencies what they have made. Set when it starts.
  bool is_keyed = true;
};

struct LookupResult {
  std::vector<TaskLookup> tasks;  // By TaskId.
  bool asked_remote = false;
  // The rights the run works with, asked for or remembered; nullopt when none are known.
  std::optional<wire::Capabilities> rights;
};

// Of an answer without an artifact: why it is no hit, if there is more to say than that.
void tell_doubt(RunContext& context, TaskId task, const RemoteAnswer& answer,
                const std::stop_token& stop);

// Doubts about remote artifacts are told as notices and reported to the gateway; they are misses.
// Finishes the keys that count what hits have made, and looks those up in their turn: one wave
// after the other, each with at most one batch. What is left is Place::deferred.
LookupResult look_up_tasks(RunContext& context, std::stop_token stop);

// One more wave, during the run: of `tasks`, whose keys are known now. With the rights that are
// known by now. In the order of `tasks`.
std::vector<TaskLookup> look_up_wave(RunContext& context, std::span<const TaskId> tasks,
                                     std::stop_token stop);

}  // namespace vc::agent
