#include "agent/run/lookup.hpp"

#include "agent/fingerprint/parallel_for.hpp"
#include "agent/remote/remembered_rights.hpp"
#include "agent/run/key_waves.hpp"
#include "agent/verify/verified_sample.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <numeric>

namespace vc::agent {

namespace {

// What the manifest of a cached result says it made; nullopt when it cannot be read.
std::optional<Digest> outputs_in(const LocalEntry& entry) {
  const auto head = read_archive_head(archive_source(entry));
  return head ? std::optional(outputs_digest(head->manifest.outputs)) : std::nullopt;
}

class Lookup {
 public:
  Lookup(RunContext& context, std::stop_token stop) : context_(context), stop_(std::move(stop)) {
    result_.tasks.resize(context.graph.tasks.size());
  }

  LookupResult run() {
    classify();
    KeyWaves keys(context_.workspace, context_.graph, context_.fingerprints);
    while (!wave_.empty()) {
      look_up_wave();
      wave_ = next_wave(keys);
    }
    if (context_.options.verify_percent) {
      recall();  // What is in place is looked for in the tiers too.
    }
    for (TaskId task = 0; task < result_.tasks.size(); ++task) {
      if (result_.tasks[task].place == Place::deferred) {
        recall();  // Their turn comes when the tiers are in use.
        guess_duration(task);
      } else if (may_be_undone(task)) {
        recall();
      }
    }
    return std::move(result_);
  }

  std::vector<TaskLookup> run_wave(std::span<const TaskId> tasks) {
    has_recalled_ = true;
    may_connect_ = false;
    wave_.assign(tasks.begin(), tasks.end());
    look_up_wave();
    const SteadyTime now = context_.clock.steady_now();
    std::vector<TaskLookup> found;
    found.reserve(tasks.size());
    for (const TaskId task : tasks) {
      found.push_back(std::move(result_.tasks[task]));
      found.back().asked = now;
    }
    return found;
  }

 private:
  // When everything is in place: no network, no cache, nothing to remember.
  void look_up_wave() {
    look_on_disk();
    if (!misses_any() && !context_.options.verify_percent) {
      return;
    }
    recall();
    look_in_local_cache();
    if (misses_any()) {
      ask_remote();
    }
  }

  // What is known now of what hits have made may be all that further keys wait for.
  std::vector<TaskId> next_wave(KeyWaves& keys) {
    for (const TaskId task : wave_) {
      if (const auto& made = result_.tasks[task].outputs) {
        keys.tell(task, made);
      }
    }
    std::vector<TaskId> next;
    for (const TaskId task : keys.take_decided().keyed) {
      if (result_.tasks[task].place == Place::deferred) {
        result_.tasks[task].place = Place::nowhere;
        next.push_back(task);
      }
    }
    return next;
  }

  bool misses_any() const {
    return std::ranges::any_of(
        wave_, [&](TaskId task) { return result_.tasks[task].place == Place::nowhere; });
  }

  bool may_reuse() const { return context_.options.reuse == Reuse::allowed; }

  std::vector<TaskId> missing() const {
    std::vector<TaskId> tasks;
    std::ranges::copy_if(wave_, std::back_inserter(tasks),
                         [&](TaskId task) { return result_.tasks[task].place == Place::nowhere; });
    return tasks;
  }

  // Of this wave.
  template <class Work>
  void for_each_missing(const Work& work) {
    const std::vector<TaskId> tasks = missing();
    parallel_for(tasks.size(), context_.options.threads,
                 [&](std::size_t i, unsigned) { work(tasks[i], result_.tasks[tasks[i]]); });
  }

  void classify() {
    for (TaskId task = 0; task < result_.tasks.size(); ++task) {
      const TaskNode& node = context_.node(task);
      Place& place = result_.tasks[task].place;
      if (!node.has_command) {
        place = Place::no_command;
      } else if (!node.definition.is_cached()) {
        place = Place::never_cached;
      } else if (context_.fingerprints[task].is_deferred) {
        place = Place::deferred;
      } else {
        wave_.push_back(task);
      }
    }
  }

  // Whether it is in place, and a task before it executes, which may remove it: then it is put back
  // from the tiers.
  bool may_be_undone(TaskId task) const {
    return result_.tasks[task].place == Place::current &&
           std::ranges::any_of(context_.node(task).dependencies, [&](TaskId dependency) {
             return result_.tasks[dependency].place == Place::never_cached;
           });
  }

  void guess_duration(TaskId task) {
    const auto record = read_output_record(context_.state_directory, context_.node(task).label);
    result_.tasks[task].duration_ms = record ? record->duration_ms : 0;
  }

  void look_on_disk() {
    const Profile::Span span = context_.profiled("compare outputs in place");
    const bool may_use = may_reuse() && can_read(context_.options.local);
    for_each_missing([&](TaskId task, TaskLookup& lookup) {
      auto record = read_output_record(context_.state_directory, context_.node(task).label);
      if (!record) {
        return;
      }
      lookup.duration_ms = record->duration_ms;  // Also of an older key: a good guess.
      if (may_use && record->key == context_.key(task) &&
          outputs_are_current(context_.scopes.of(task), *record, context_.options.verification)) {
        lookup.place = Place::current;
        if (context_.node(task).outputs_count) {
          lookup.outputs = outputs_digest(record->entries);
        }
        if (record->log.size() <= kLogBytesKept) {
          lookup.record = OutputRecord{.key = record->key,
                                       .duration_ms = record->duration_ms,
                                       .log = std::move(record->log)};
        }
      }
    });
  }

  // Which scopes' entries of the local cache this run may use.
  void recall() {
    if (context_.remote == nullptr || has_recalled_) {
      return;
    }
    has_recalled_ = true;
    const RemoteOptions& remote = context_.remote->options();
    auto remembered =
        recall_rights(context_.state_directory, remote.url, remote.token, context_.clock.now());
    if (remembered) {
      result_.rights = std::move(remembered->capabilities);
    }
    const bool may_ask = context_.options.remote != TierAccess::none;
    if (may_ask && (!remembered || !remembered->is_fresh)) {
      connect();
    }
    if (result_.rights) {
      context_.tiers.use_scopes(result_.rights->read_scopes, result_.rights->write_scope);
    }
  }

  // Asks the gateway and remembers its answer. While it cannot be reached what was remembered
  // stands; when it refuses the token, nothing does.
  void connect() {
    const RemoteOptions& remote = context_.remote->options();
    result_.asked_remote = true;
    if (const wire::Capabilities* rights = context_.remote->rights(stop_)) {
      result_.rights = *rights;
      // Without the memory the next run asks again, nothing worse.
      static_cast<void>(remember_rights(context_.state_directory, remote.url, remote.token, *rights,
                                        context_.clock.now()));
      return;
    }
    const auto trouble = context_.remote->troubles().first();
    if (trouble && trouble->kind == TroubleKind::authentication) {
      forget_rights(context_.state_directory, remote.url, remote.token);
      result_.rights.reset();
      context_.tiers.use_scopes({}, "");
    }
  }

  void look_in_local_cache() {
    if (!may_reuse()) {
      return;
    }
    const Profile::Span span = context_.profiled("look in local cache");
    for_each_missing([&](TaskId task, TaskLookup& lookup) {
      if (const auto cached = context_.tiers.find(context_.key(task))) {
        lookup.place = Place::local;
        if (context_.node(task).outputs_count) {
          lookup.outputs = outputs_in(cached->entry);
        }
      }
    });
  }

  void ask_remote() {
    if (!may_reuse() || !context_.may_read_remote()) {
      return;
    }
    const Profile::Span span = context_.profiled("ask remote cache");
    if (may_connect_) {
      use_latest_rights();
    }
    const std::vector<TaskId> tasks = missing();
    std::vector<Digest> keys;
    keys.reserve(tasks.size());
    for (const TaskId task : tasks) {
      keys.push_back(context_.key(task));
    }
    std::vector<RemoteAnswer> answers = context_.remote->look_up(keys, stop_);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      take(tasks[i], std::move(answers[i]));
    }
  }

  void use_latest_rights() {
    const auto before = result_.rights;
    connect();
    if (result_.rights && (!before || before->read_scopes != result_.rights->read_scopes ||
                           before->write_scope != result_.rights->write_scope)) {
      // The rights have changed since they were remembered: look again with the new ones.
      context_.tiers.use_scopes(result_.rights->read_scopes, result_.rights->write_scope);
      for (TaskId task = 0; task < result_.tasks.size(); ++task) {
        TaskLookup& lookup = result_.tasks[task];
        if (lookup.place == Place::local) {
          lookup.place = Place::nowhere;
          lookup.outputs.reset();
          wave_.push_back(task);  // It may be of an earlier one.
        }
      }
      std::ranges::sort(wave_);
      const auto repeated = std::ranges::unique(wave_);
      wave_.erase(repeated.begin(), repeated.end());
      look_in_local_cache();
    }
  }

  void take(TaskId task, RemoteAnswer answer) {
    TaskLookup& lookup = result_.tasks[task];
    if (answer.artifact) {
      lookup.place = Place::remote;
      lookup.duration_ms = answer.artifact->duration_ms;
      if (context_.node(task).outputs_count) {
        const auto sealed = Digest::parse(answer.artifact->outputs);
        lookup.outputs = sealed ? std::optional(*sealed) : std::nullopt;
      }
      lookup.artifact = std::move(answer.artifact);
    } else {
      tell_doubt(context_, task, answer, stop_);
    }
  }

  RunContext& context_;
  std::stop_token stop_;
  std::vector<TaskId> wave_;
  bool has_recalled_ = false;
  bool may_connect_ = true;  // And with what it says change which tiers are used.
  LookupResult result_;
};

}  // namespace

void tell_doubt(RunContext& context, TaskId task, const RemoteAnswer& answer,
                const std::stop_token& stop) {
  if (answer.doubt.empty()) {
    return;
  }
  context.progress.notice(Severity::warning, fmt::format("{}: the remote result is not used: {}",
                                                         context.node(task).label, answer.doubt));
  context.remote->report(context.key(task), answer.scope, answer.doubt, stop);
}

LookupResult look_up_tasks(RunContext& context, std::stop_token stop) {
  LookupResult result = Lookup(context, std::move(stop)).run();
  std::vector<TaskId> all(result.tasks.size());
  std::iota(all.begin(), all.end(), TaskId{0});
  mark_verified(context, all, result.tasks);
  return result;
}

std::vector<TaskLookup> look_up_wave(RunContext& context, std::span<const TaskId> tasks,
                                     std::stop_token stop) {
  std::vector<TaskLookup> found = Lookup(context, std::move(stop)).run_wave(tasks);
  mark_verified(context, tasks, found);
  return found;
}

}  // namespace vc::agent
