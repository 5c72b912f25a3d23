// NotesUpload: shares what went into the keys of a trusted run, for `velocity-cli why` elsewhere.
//
// On a thread of its own, beside the run: which commit this is, it asks git while tasks run; the
// notes go up while results do. Nothing here says or fails anything: without the notes somebody
// else's `why` explains less. It has a RemoteCache of its own, so that its troubles are not those
// of the run.
#pragma once

#include "agent/explain/shared_notes.hpp"
#include "agent/run/lookup.hpp"
#include "agent/run/run_context.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>
#include <stop_token>
#include <thread>
#include <vector>

namespace vc::agent {

// How long a run that is over waits for its notes.
inline constexpr std::chrono::seconds kNotesPatience{5};
// Task names of one run; those that were asked for come first.
inline constexpr std::size_t kNotedNamesMax = 16;

// The names of the graph's tasks, those that were asked for first, at most kNotedNamesMax.
std::vector<std::string> noted_names(const TaskGraph& graph);

class NotesUpload {
 public:
  // `run`, `http` must outlive this.
  NotesUpload(RunContext& run, net::HttpClient& http, Pause pause);
  // Gives up what is not done.
  ~NotesUpload();
  NotesUpload(const NotesUpload&) = delete;
  NotesUpload& operator=(const NotesUpload&) = delete;
  NotesUpload(NotesUpload&&) = delete;
  NotesUpload& operator=(NotesUpload&&) = delete;

  // Before the tasks run. Starts nothing where nothing would be shared: no remote to write, its
  // notes turned off, no task to execute, no repository.
  void begin(const LookupResult& lookups);
  // After the last task. Without one that was executed here there is nothing new to tell.
  void tasks_are_done(std::span<const TaskReport> reports);
  // Waits, for kNotesPatience at most. The bytes that were sent.
  std::uint64_t finish();

 private:
  void work(const std::stop_token& stop);
  void wait_patiently();
  bool wait_for_results(const std::stop_token& stop);
  std::vector<TaskNotes> notes_named(std::string_view name) const;
  bool share(const NotesAddress& address, const std::stop_token& stop);

  RunContext& run_;
  RemoteCache remote_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<TaskResult> results_;  // By TaskId.
  bool are_done_ = false;            // The tasks; then there are results.
  bool is_over_ = false;             // The thread's work.
  std::jthread thread_;              // Last: it uses everything above.
};

}  // namespace vc::agent
