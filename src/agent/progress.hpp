// Progress: what a run tells people while it goes. The seam between the executor and the terminal.
//
// Safe to call from many threads; implementations order the words and never let two tasks share a
// line. A replayed log takes the same way as a fresh one: output() and finished().
#pragma once

#include "agent/diagnostic.hpp"
#include "agent/progress/live_area.hpp"
#include "agent/task_log.hpp"
#include "agent/verify/hit_verification.hpp"
#include "core/clock.hpp"
#include "core/digest.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

enum class TaskResult {
  hit_local,
  hit_remote,
  succeeded,  // It was executed.
  failed,
  interrupted,
  skipped,  // Not started: something it needs failed, or the run was stopped.
};

enum class FailureCause {
  command,
  timeout,        // The command was ended: `why` says after how long.
  configuration,  // It was not allowed to run: `why` says what to correct.
};

struct TaskReport {
  std::string label;
  Digest key;
  TaskResult result = TaskResult::skipped;
  std::uint64_t duration_ms = 0;  // How long the command ran, now or when it was recorded.
  bool is_restored = true;        // false: a hit that nobody needed, and that was left where it is.
  int exit_status = 0;            // Of a failed task; 128 + n for signal n.
  FailureCause cause = FailureCause::command;
  unsigned attempts = 1;       // That were made, of a task that was executed.
  bool is_persistent = false;  // Then the duration is the time until it was ready.
  std::string why;             // Of a failed task: "exit status 2", "killed by SIGKILL".
  std::optional<HitVerification> verification;  // Of a hit that was made again.
  std::string log;                              // Encoded TaskLog of a failed task.
  std::vector<std::string> withheld_variables;  // Of a failed task.
  // outputs_digest() of what it has made, where keys of others count that. nullopt: nobody knows.
  std::optional<Digest> outputs;
};

enum class OutputLogs { full, hash_only, new_only, errors_only, none };

class Progress {
 public:
  virtual ~Progress() = default;
  // `remote` says which remote, which rights, which scope, or why there is none.
  // Also of another run, after end().
  virtual void begin(std::string_view remote, std::size_t tasks) = 0;
  // The task is executed. `reason` is why it is not a hit, "" for the plain absence of a result.
  virtual void started(std::string_view label, const Digest& key, std::string_view reason) = 0;
  // Its cached result is in place, and its command is run again to be compared with that; hit()
  // follows.
  virtual void verifying(std::string_view label, const Digest& key) = 0;
  // Something about a task that goes on: "1st attempt failed: exit status 1".
  virtual void remark(std::string_view label, std::string_view text) = 0;
  virtual void output(std::string_view label, OutputStream stream, std::string_view bytes) = 0;
  // Replays `log` (encoded) as output; the report follows with finished().
  virtual void hit(const TaskReport& report, std::string_view log) = 0;
  virtual void finished(const TaskReport& report) = 0;
  virtual void notice(Severity severity, std::string_view text) = 0;
  // The tasks are done and something else is not: a line now and then.
  virtual void waiting(std::string_view text) = 0;
  // Several times a second, from one thread: redraws what moves, pushes out what waits.
  virtual void tick() = 0;
  // Failures whole, then the last line.
  virtual void end(std::string_view summary) = 0;
  // Nobody reads us any more (`| head`).
  virtual bool is_broken() const = 0;
};

enum class ProgressStyle {
  prefixed,  // Lines as they come, `web#build: ` before each.
  github,    // A ::group:: for each finished task.
  gitlab,    // A section_start for each finished task.
  live,      // prefixed, with one status area below.
};

struct ProgressOptions {
  ProgressStyle style = ProgressStyle::prefixed;
  OutputLogs logs = OutputLogs::full;
  Colour colour = Colour::off;
  // Of the terminal, now; `live` only.
  std::function<TerminalSize()> size = [] { return TerminalSize{}; };
};

// `out` gets the report, `err` the notices. Everything must outlive the object.
std::unique_ptr<Progress> make_progress(const ProgressOptions& options, std::ostream& out,
                                        std::ostream& err, const Clock& clock);

}  // namespace vc::agent
