#include "agent/run/lookup.hpp"

#include "agent/fingerprint/parallel_for.hpp"
#include "agent/remote/remembered_rights.hpp"
#include "agent/verify/verified_sample.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace vc::agent {

namespace {

class Lookup {
 public:
  Lookup(RunContext& context, std::stop_token stop) : context_(context), stop_(std::move(stop)) {
    result_.tasks.resize(context.graph.tasks.size());
  }

  LookupResult run() {
    classify();
    look_on_disk();
    if (!has(Place::nowhere) && !context_.options.verify_percent) {
      return std::move(result_);  // A no-op: no network, no cache, nothing to remember.
    }
    recall();
    look_in_local_cache();
    if (has(Place::nowhere)) {
      ask_remote();
    }
    return std::move(result_);
  }

 private:
  bool has(Place place) const {
    return std::ranges::any_of(result_.tasks,
                               [&](const TaskLookup& task) { return task.place == place; });
  }

  bool may_reuse() const { return context_.options.reuse == Reuse::allowed; }

  template <class Work>
  void for_each_in(Place place, const Work& work) {
    std::vector<TaskId> tasks;
    for (TaskId task = 0; task < result_.tasks.size(); ++task) {
      if (result_.tasks[task].place == place) {
        tasks.push_back(task);
      }
    }
    parallel_for(tasks.size(), context_.options.threads,
                 [&](std::size_t i, unsigned) { work(tasks[i], result_.tasks[tasks[i]]); });
  }

  void classify() {
    for (TaskId task = 0; task < result_.tasks.size(); ++task) {
      const TaskNode& node = context_.node(task);
      if (!node.has_command) {
        result_.tasks[task].place = Place::no_command;
      } else if (!node.definition.is_cached()) {
        result_.tasks[task].place = Place::never_cached;
      }
    }
  }

  void look_on_disk() {
    const Profile::Span span = context_.profiled("compare outputs in place");
    const bool may_use = may_reuse() && can_read(context_.options.local);
    for_each_in(Place::nowhere, [&](TaskId task, TaskLookup& lookup) {
      auto record = read_output_record(context_.state_directory, context_.node(task).label);
      if (!record) {
        return;
      }
      lookup.duration_ms = record->duration_ms;  // Also of an older key: a good guess.
      if (may_use && record->key == context_.key(task) &&
          outputs_are_current(context_.scopes.of(task), *record, context_.options.verification)) {
        lookup.place = Place::current;
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
    if (context_.remote == nullptr) {
      return;
    }
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
    for_each_in(Place::nowhere, [&](TaskId task, TaskLookup& lookup) {
      if (context_.tiers.find(context_.key(task))) {
        lookup.place = Place::local;
      }
    });
  }

  void ask_remote() {
    if (!may_reuse() || !context_.may_read_remote()) {
      return;
    }
    const Profile::Span span = context_.profiled("ask remote cache");
    const auto before = result_.rights;
    connect();
    if (result_.rights && (!before || before->read_scopes != result_.rights->read_scopes ||
                           before->write_scope != result_.rights->write_scope)) {
      // The rights have changed since they were remembered: look again with the new ones.
      context_.tiers.use_scopes(result_.rights->read_scopes, result_.rights->write_scope);
      for (TaskLookup& task : result_.tasks) {
        task.place = task.place == Place::local ? Place::nowhere : task.place;
      }
      look_in_local_cache();
    }
    std::vector<TaskId> tasks;
    std::vector<Digest> keys;
    for (TaskId task = 0; task < result_.tasks.size(); ++task) {
      if (result_.tasks[task].place == Place::nowhere) {
        tasks.push_back(task);
        keys.push_back(context_.key(task));
      }
    }
    std::vector<RemoteAnswer> answers = context_.remote->look_up(keys, stop_);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      take(tasks[i], std::move(answers[i]));
    }
  }

  void take(TaskId task, RemoteAnswer answer) {
    TaskLookup& lookup = result_.tasks[task];
    if (answer.artifact) {
      lookup.place = Place::remote;
      lookup.duration_ms = answer.artifact->duration_ms;
      lookup.artifact = std::move(answer.artifact);
    } else {
      tell_doubt(context_, task, answer, stop_);
    }
  }

  RunContext& context_;
  std::stop_token stop_;
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
  if (context.options.verify_percent) {
    mark_verified(context, result.tasks, *context.options.verify_percent);
  }
  return result;
}

}  // namespace vc::agent
