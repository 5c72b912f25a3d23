#include "agent/commands/watch.hpp"

#include "agent/commands/run.hpp"
#include "agent/commands/session.hpp"
#include "agent/executor.hpp"
#include "agent/persistent/persistent_tasks.hpp"
#include "agent/posix_processes.hpp"
#include "agent/reaper.hpp"
#include "agent/signal_watch.hpp"
#include "agent/watch/changes.hpp"
#include "agent/watch/round_keys.hpp"

#include <fmt/core.h>

#include <signal.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <utility>

namespace vc::agent {

namespace {

// Where a signal goes: to the executor while there is one, to what still runs between the rounds,
// and to whoever waits for changes. A second one kills.
class WatchSignals {
 public:
  WatchSignals() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  void deliver(int signal) {
    const std::scoped_lock lock(mutex_);
    const bool is_first = signal_ == 0;
    signal_ = is_first ? signal : signal_;
    ::eventfd_write(wake_.get(), 1);
    if (executor_ != nullptr) {
      executor_->interrupt(signal);
    } else if (processes_ != nullptr) {
      persistent_->expect_end();
      processes_->signal_all(is_first ? signal : SIGKILL);
    }
  }

  // Both null, or neither.
  void go_to(Processes* processes, PersistentTasks* persistent) {
    const std::scoped_lock lock(mutex_);
    processes_ = processes;
    persistent_ = persistent;
  }

  void go_to(Executor* executor) {
    const std::scoped_lock lock(mutex_);
    executor_ = executor;
    if (executor != nullptr && signal_ != 0) {
      executor->interrupt(signal_);
    }
  }

  int wake() const { return wake_.get(); }

  int signal() const {
    const std::scoped_lock lock(mutex_);
    return signal_;
  }

 private:
  UniqueFd wake_;
  mutable std::mutex mutex_;
  int signal_ = 0;
  Executor* executor_ = nullptr;
  Processes* processes_ = nullptr;
  PersistentTasks* persistent_ = nullptr;
};

// A session and where it says what is wrong: most are loaded only to see that nothing changed.
struct Loaded {
  explicit Loaded(const CommandContext& outer)
      : context{.environment = outer.environment,
                .directory = outer.directory,
                .out = outer.out,
                .err = said,
                .clock = outer.clock,
                .http = outer.http,
                .pause = outer.pause,
                .terminal = outer.terminal} {}

  std::ostringstream said;
  CommandContext context;
  std::unique_ptr<Session> session;  // Null when something is wrong.
};

// Directories that tasks fill themselves.
DirectoryWatch::Skip outputs_of(const RunContext& run) {
  std::map<std::string, std::vector<GlobSet>> by_package;
  for (TaskId task = 0; task < run.graph.tasks.size(); ++task) {
    const OutputScope& scope = run.scopes.of(task);
    if (!scope.globs->empty()) {
      by_package[scope.package].push_back(*scope.globs);
    }
  }
  return [by_package = std::move(by_package)](std::string_view path) {
    for (const auto& [package, globs] : by_package) {
      const bool is_inside = package.empty() || (path.starts_with(package) &&
                                                 path.substr(package.size()).starts_with('/'));
      const std::string_view below =
          package.empty() ? path : path.substr(std::min(path.size(), package.size() + 1));
      if (is_inside &&
          std::ranges::any_of(globs, [&](const GlobSet& set) { return set.matches(below); })) {
        return true;
      }
    }
    return false;
  };
}

class WatchLoop {
 public:
  WatchLoop(const RunArguments& arguments, CommandContext& context, Progress& progress,
            PosixProcesses& processes, WatchSignals& signals)
      : arguments_(arguments),
        context_(context),
        progress_(progress),
        processes_(processes),
        signals_(signals),
        persistent_(processes, progress, context.clock),
        changes_([&progress] { progress.tick(); }) {}

  int run() {
    auto loaded = load();
    tell(*loaded);
    if (!loaded->session) {
      return to_int(ExitCode::usage);
    }
    signals_.go_to(&processes_, &persistent_);
    while (loaded) {
      run_once(*loaded);
      loaded = await_change();
    }
    persistent_.end_all();
    signals_.go_to(nullptr, nullptr);
    progress_.end(fmt::format("ended after {} round{}", round_, round_ == 1 ? "" : "s"));
    return exit_code_of_signal(signals_.signal());
  }

 private:
  // Rounds that only their own tasks cause: one that writes what it reads would go on for ever.
  static constexpr int kRoundsOfItself = 3;

  std::unique_ptr<Loaded> load() {
    auto loaded = std::make_unique<Loaded>(context_);
    auto session = Session::load(arguments_.selection, Purpose::run, loaded->context, progress_);
    if (session) {
      loaded->session = *std::move(session);
      loaded->session->run_context().persistent = &persistent_;
    }
    return loaded;
  }

  void run_once(Loaded& loaded) {
    tell(loaded);
    const RunContext& run = loaded.session->run_context();
    // Before the tasks run: what is edited meanwhile is for another round.
    tell_trouble(changes_.follow(run.config.root, outputs_of(run)));
    keys_ = keys_of(run);
    run_round(arguments_,
              {.session = *loaded.session,
               .progress = progress_,
               .processes = processes_,
               .start = context_.clock.steady_now(),
               .interrupt_through = [this](Executor* executor) { signals_.go_to(executor); }},
              loaded.context);
    tell(loaded);
    if (signals_.signal() == 0) {
      progress_.waiting(changes_.directories() > 0
                            ? fmt::format("watching {} folders for changes", changes_.directories())
                            : "looking for changes every second");
    }
  }

  // Null after a signal.
  std::unique_ptr<Loaded> await_change() {
    bool was_meanwhile = changes_.has_pending();
    while (signals_.signal() == 0 && changes_.wait(signals_.wake())) {
      tell_trouble(changes_.take_trouble());
      auto loaded = load();
      if (!loaded->session) {
        tell_once(loaded->said.str());
        continue;
      }
      told_.clear();
      const std::string changed = changed_tasks(loaded->session->run_context(), keys_);
      if (changed.empty()) {
        was_meanwhile = false;
        continue;
      }
      rounds_of_itself_ = was_meanwhile ? rounds_of_itself_ + 1 : 0;
      was_meanwhile = false;
      if (rounds_of_itself_ <= kRoundsOfItself) {
        progress_.waiting(fmt::format("round {}: {} changed", ++round_, changed));
        return loaded;
      }
      progress_.notice(Severity::warning,
                       fmt::format("inputs of {} change whenever it runs: waiting for another "
                                   "change",
                                   changed));
      keys_ = keys_of(loaded->session->run_context());
      rounds_of_itself_ = 0;
    }
    return nullptr;
  }

  void tell(Loaded& loaded) const {
    context_.err << loaded.said.str() << std::flush;
    loaded.said.str("");
  }

  void tell_trouble(const std::string& why) {
    if (!why.empty()) {
      progress_.notice(Severity::warning,
                       why +
                           "; files are looked at every second instead (as root: sysctl "
                           "fs.inotify.max_user_watches=524288)");
    }
  }

  // A mistake in a file that is being edited need not be told at every other change.
  void tell_once(const std::string& said) {
    if (said != told_) {
      told_ = said;
      progress_.waiting(said + "waiting for changes");
    }
  }

  const RunArguments& arguments_;
  CommandContext& context_;
  Progress& progress_;
  PosixProcesses& processes_;
  WatchSignals& signals_;
  PersistentTasks persistent_;
  Changes changes_;
  RoundKeys keys_;  // Of the last round.
  std::string told_;
  int round_ = 1;
  int rounds_of_itself_ = 0;
};

}  // namespace

int run_watch(const WatchArguments& arguments, CommandContext& context) {
  // Both before there is a second thread.
  auto reaper = Reaper::start();
  WatchSignals signals;
  auto watch = SignalWatch::start([&](int signal) { signals.deliver(signal); });

  const SelectionArguments& selection = arguments.run.selection;
  const auto progress = make_progress(
      progress_options(context.environment, context.terminal, arguments.run.logs, selection.format),
      selection.format == OutputFormat::json ? context.err : context.out, context.err,
      context.clock);
  for (const std::string& problem :
       {reaper ? "" : reaper.error().message, watch ? "" : watch.error().message}) {
    if (!problem.empty()) {
      progress->notice(Severity::warning, "tasks may outlive an interrupted run: " + problem);
    }
  }
  Reaper no_reaper;
  PosixProcesses processes(reaper ? *reaper : no_reaper, context.clock);
  return WatchLoop(arguments.run, context, *progress, processes, signals).run();
}

}  // namespace vc::agent
